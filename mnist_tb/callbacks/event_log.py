"""What the loggers of one `fit` write with: its event files, and the thread that draws and writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mnist_tb.events.background import Background
from mnist_tb.events.writer import EventWriter


class EventLog:
    """The event files of a `fit`, one for each run, and a queue of what is to be written there."""

    def __init__(self) -> None:
        self.descriptions: dict[EventWriter, list[str]] = {}  # for each, a line on what every logger writes there
        self._background = Background()
        self._writers: dict[str, EventWriter] = {}
        self._claims: set[tuple[str, str]] = set()
        self._begun: set[EventWriter] = set()

    def writer(self, log_dir: str | os.PathLike[str], split: str, tag: str, describes: str) -> EventWriter:
        """The writer of a run, shared by all loggers; `tag` belongs to the one that asks.

        Raises:
            ValueError: the tag is taken, or the folder can't be written to.
        """
        directory = os.path.realpath(Path(log_dir) / "mnist_tb" / split)
        if (directory, tag) in self._claims:
            raise ValueError(
                f"two loggers want to write {tag!r} into {str(log_dir)!r}: give each its own log_dir, or leave one out"
            )
        self._claims.add((directory, tag))
        if directory not in self._writers:
            self._writers[directory] = EventWriter(directory)
        writer = self._writers[directory]
        self.descriptions.setdefault(writer, []).append(describes)
        return writer

    def is_first(self, writer: EventWriter) -> bool:
        """Whether this is the first time that a logger asks about this writer."""
        first = writer not in self._begun
        self._begun.add(writer)
        return first

    def submit(self, job: Callable[..., Any], *args: Any) -> None:
        """Have `job(*args)` done on the thread; raises what an earlier job raised."""
        self._background.do(job, *args)

    def flush(self) -> None:
        """Wait until all is written; raises what a job raised."""
        self._background.finish()

    def close(self) -> None:
        """Write all that is left, and close the files."""
        try:
            self._background.close()
        finally:
            for writer in self._writers.values():
                writer.close()
