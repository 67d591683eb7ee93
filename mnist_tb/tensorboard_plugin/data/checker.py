"""Checks all payloads and files after the list of runs was sent, so that what is asked for next is there.

A page would wait for it otherwise: to check 100 epochs of 1,000 classes takes about a second.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence

from tensorboard.util import tb_logging

from mnist_tb.tensorboard_plugin.data.cache import Kept
from mnist_tb.tensorboard_plugin.data.damage import Damage
from mnist_tb.tensorboard_plugin.data.logs import Logs
from mnist_tb.tensorboard_plugin.data.runs import Run

_AT_ONCE = 32  # steps; what a page asks for meanwhile waits behind them


class Checker:
    """Checks runs on a thread of its own, one at most.

    A daemon, as TensorBoard must end when it is told to.

    Args:
        kept: where it keeps what it finds of the payloads.
        damage: where it keeps what it finds of the files.
    """

    def __init__(self, kept: Kept, damage: Damage) -> None:
        self._kept = kept
        self._damage = damage
        self._is_free = threading.Lock()

    def start(self, runs: Sequence[Run], logs: Logs) -> threading.Thread | None:
        """Check what is new in some runs, and in the files of all; does nothing while an earlier call is at work."""
        if not self._is_free.acquire(blocking=False):
            return None
        thread = threading.Thread(target=self._check, args=(runs, logs), name="mnist_tb_checks", daemon=True)
        thread.start()
        return thread

    def _check(self, runs: Sequence[Run], logs: Logs) -> None:
        try:
            unchecked = ((run, *step) for run in runs for step in run.unchecked())
            while some := list(itertools.islice(unchecked, _AT_ONCE)):
                list(self._kept.workers.map(lambda one: one[0].get(*one[1:]), some))
            self._damage.check(logs.run_names())
        except Exception as error:  # whoever asks next meets the same one, and is answered
            tb_logging.get_logger().debug("mnist_tb stopped checking payloads: %r", error)
        finally:
            self._is_free.release()
