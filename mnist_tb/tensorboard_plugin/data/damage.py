"""What of the event files themselves is damaged: TensorBoard stops there in silence, or reads on as if it were not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mnist_tb.events.records import find_damage

_FILES = "*.mnist_tb"  # as the writer names them; others' files are others' business


class Damage:
    """What is damaged in the files of each run, as far as it was looked for.

    Args:
        logdir: TensorBoard's. Of a folder that is not on this machine, or of several, nothing is ever said.

    Attributes:
        of_runs: by run a message for each damaged file.

    Example:
        >>> damage = Damage("gs://bucket/logs")
        >>> damage.check(["run"])
        >>> damage.of_runs
        {'run': []}
    """

    def __init__(self, logdir: str | None) -> None:
        self._root = "" if not logdir or "://" in logdir else os.path.expanduser(logdir)
        self._messages: dict[Path, tuple[tuple[int, int], str]] = {}
        self.of_runs: dict[str, list[str]] = {}

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
