"""Checks all payloads and files after the list of runs was sent, so that what is asked for next is there.

A page would wait for it otherwise: to check 100 epochs of 1,000 classes takes about a second.
"""

import itertools
import os
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from tensorboard.util import tb_logging

from mnist_tb.events.records import find_damage
from mnist_tb.tensorboard_plugin.logs import Logs
from mnist_tb.tensorboard_plugin.runs import Run

_AT_ONCE = 32  # steps; what a page asks for meanwhile waits behind them
_FILES = "*.mnist_tb"  # as the writer names them; others' files are others' business


class Checker:
    """Checks runs on a thread of its own, one at most; a daemon, as TensorBoard must end when it is told to."""

    def __init__(self, damage: "Damage") -> None:
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
                list(logs.shared.workers.map(lambda one: one[0].get(*one[1:]), some))
            self._damage.check(logs.run_names())
        except Exception as error:  # whoever asks next meets the same one, and is answered
            tb_logging.get_logger().debug("mnist_tb stopped checking payloads: %r", error)
        finally:
            self._is_free.release()


class Damage:
    """What is damaged in the files of each run: TensorBoard stops there in silence, or reads on as if it were not.

    Of a `logdir` that is not one folder on this machine, nothing is ever said.
    """

    def __init__(self, logdir: str | None) -> None:
        self._root = "" if not logdir or "://" in logdir else os.path.expanduser(logdir)
        self._messages: dict[Path, tuple[tuple[int, int], str]] = {}
        self.of_runs: dict[str, list[str]] = {}  # a message for each damaged file, as far as was looked

    def check(self, runs: Iterable[str]) -> None:
        """Read those files of the runs that have changed since the last time."""
        self.of_runs = {run: [message for path in self._files(run) if (message := self._message(path))] for run in runs}

    def _files(self, run: str) -> list[Path]:
        folder = os.path.normpath(run)
        if not self._root or os.path.isabs(folder) or folder.split(os.sep)[0] == os.pardir:
            return []
        with suppress(OSError, ValueError):  # it has gone, or its name is none that a folder can have
            return sorted(path for path in Path(self._root, folder).glob(_FILES) if path.is_file())
        return []

    def _message(self, path: Path) -> str:
        with suppress(OSError):  # it has gone, or may not be read: TensorBoard can't read it either
            status = path.stat()
            state = status.st_size, status.st_mtime_ns
            if self._messages.get(path, ((), ""))[0] != state:
                self._messages[path] = state, find_damage(path)
            return self._messages[path][1]
        return ""
