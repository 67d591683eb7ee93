"""What the callbacks of one `fit` write with: its event files, the thread that draws, and what came of it."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mnist_tb.callbacks.failures import Failures
from mnist_tb.events.background import Background
from mnist_tb.events.writer import EventWriter

_logger = logging.getLogger("mnist_tb")


class EventLog:
    """The event files of a `fit`, one for each run, and a queue of what is to be drawn and written there."""

    def __init__(self) -> None:
        self.descriptions: dict[EventWriter, list[str]] = {}  # for each, a line on what every logger writes there
        self.failures = Failures()
        self._background = Background()
        self._writers: dict[str, EventWriter] = {}
        self._claims: set[tuple[EventWriter, str]] = set()
        self._begun: set[EventWriter] = set()
        self._release_sigterm: Callable[[], None] | None = None

    def writer(self, directory: str | os.PathLike[str]) -> EventWriter:
        """The writer of a run, shared by all that ask for it; ValueError if the folder can't be written to."""
        path = os.path.realpath(directory)
        if path not in self._writers:
            self._writers[path] = EventWriter(path)
        return self._writers[path]

    def claim(self, log_dir: str, split: str, tag: str, describes: str) -> EventWriter:
        """The writer of a split, for the one logger that writes `tag` there; ValueError if the tag is taken."""
        writer = self.writer(Path(log_dir) / "mnist_tb" / split)
        if (writer, tag) in self._claims:
            raise ValueError(
                f"two loggers want to write {tag!r} into {log_dir!r}: give each its own log_dir, or leave one out"
            )
        self._claims.add((writer, tag))
        self.descriptions.setdefault(writer, []).append(describes)
        return writer

    def begin(self, writer: EventWriter, epoch: int) -> bool:
        """Say in the file that a fit begins at `epoch`; True for the first that asks about this writer."""
        if writer in self._begun:
            return False
        writer.begin(epoch)
        self._begun.add(writer)
        return True

    def submit(self, epoch: int, job: Callable[..., Any], *args: Any) -> None:
        """Have `job(*args)` done on the thread; wait first while anything waits that is older than the last epoch."""
        self._release_sigterm = self._release_sigterm or _exit_on_sigterm()
        self._background.do(epoch, job, *args)

    def flush(self) -> None:
        """Wait until all is written."""
        self._background.finish()

    def close(self) -> None:
        """Write all that is left, close the files, and say what is missing."""
        self._background.close()
        for writer in self._writers.values():
            with self.failures.caught("the end of the file", None, str(writer.directory)):
                writer.close()
        if self._release_sigterm:
            self._release_sigterm()
        for line in self.failures.missing():
            _logger.warning("mnist_tb: %s", line)


def _exit_on_sigterm() -> Callable[[], None]:
    """Have SIGTERM, as schedulers send it, end the program as Ctrl-C does: what waits to be written is written.

    Nothing is changed where the program has a handler of its own, or outside of the main thread. Gives a function that
    takes it back.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return lambda: None
    process = os.getpid()

    def leave(number: int, frame: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if os.getpid() != process:  # a child that inherited this handler, such as a worker that loads data
            os.kill(os.getpid(), signal.SIGTERM)
        raise SystemExit(128 + number)

    def release() -> None:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is leave:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, leave)
    return release
