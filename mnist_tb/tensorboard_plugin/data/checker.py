"""Checks all payloads after the list of runs was sent, so that what is asked for next is there.

A page would wait for it otherwise: to check 100 epochs of 1,000 classes takes about a second.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tensorboard.util import tb_logging

from mnist_tb.tensorboard_plugin.data.runs import Run


class Checker:
    """Checks runs on a thread of its own, one at most.

    A daemon, as TensorBoard must end when it is told to.
    """

    def __init__(self) -> None:
        self._is_free = threading.Lock()

    def start(self, runs: Sequence[Run]) -> threading.Thread | None:
        """Check all that is unknown of some runs; does nothing while an earlier call is at work."""
        if not self._is_free.acquire(blocking=False):
            return None
        thread = threading.Thread(target=self._check, args=(runs,), name="mnist_tb_checks", daemon=True)
        thread.start()
        return thread

    def _check(self, runs: Sequence[Run]) -> None:
        try:
            for run in runs:
                run.check()
        except Exception as error:  # whoever asks next meets the same one, and is answered
            tb_logging.get_logger().debug("mnist_tb stopped checking payloads: %r", error)
        finally:
            self._is_free.release()
