"""The event files of a folder: their order, which of them others write, and a new one to write into."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl


def event_files(folder: Path) -> list[Path]:
    """The event files of a folder in the order in which they were begun, which their names tell (see `EventFile`)."""
    return sorted((path for path in folder.glob("*tfevents*") if path.is_file()), key=_order)


def is_written_by_others(path: Path) -> bool:
    """Whether another process has an event file open to write to it; False where the system does not tell."""
    if sys.platform == "win32" or path.name.endswith(_ours()):
        return False
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # it has gone, or its file system has no locks
        return False
    return False


class EventFile:
    """A new event file, open to be appended to until it is closed or something fails.

    After an error it may end in half a record, behind which nobody would find another: it closes itself.

    Args:
        folder: made if it is missing.
        data: whole records to begin with.
        after: number of an earlier file of the same writer, which may have been removed.

    Attributes:
        number: in the file's name: the time in seconds or, where there are files of a later time, one more than theirs.
            TensorBoard reads the files of a folder by name and never returns to an earlier one, so that a clock that
            is behind or a second start in the same second would hide a run.
        path: of the file.

    Raises:
        OSError: it can't be made or written to.
    """

    def __init__(self, folder: Path, data: bytes, after: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.number = max([int(time.time()), after + 1, *(_number(path) + 1 for path in event_files(folder))])
        self._file = self._create(folder)
        self._inode = os.fstat(self._file.fileno()).st_ino
        self._size = 0
        if sys.platform != "win32":
            with suppress(OSError):  # a file system without locks
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            self.append(data)
        except OSError:
            with suppress(OSError):  # a disk that is full for long would be littered with empty files
                self.path.unlink()
            raise

    @property
    def closed(self) -> bool:
        """Whether nothing more can be appended."""
        return self._file.closed

    def append(self, data: bytes) -> None:
        """Write whole records at once.

        Raises:
            OSError: they can't be written, or somebody else removed, replaced or changed the file.
        """
        try:
            there = os.stat(self.path)
            if (there.st_ino, there.st_size) != (self._inode, self._size):
                raise OSError(f"the event file {str(self.path)!r} was replaced or cut by another program")
            self._write(data)
        except BaseException:
            with suppress(OSError):
                self.close()
            raise

    def sync(self) -> None:
        """Have the system bring to the disk what it may hold in memory, against a power cut."""
        try:
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self.close()
            raise

    def close(self) -> None:
        """Close the file; further calls do nothing, nor is it an error if the file has gone."""
        if self._file.closed:
            return
        if sys.platform != "win32":
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)  # for a child process that inherited the open file
        try:
            self._file.close()
        except OSError:
            if self.path.exists():
                raise

    def _create(self, folder: Path) -> BinaryIO:
        while True:
            self.path = folder / f"events.out.tfevents.{self.number:010d}{_ours()}"
            try:
                return open(self.path, "xb", buffering=0)
            except FileExistsError:  # somebody was faster
                self.number += 1

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:  # a disk that fills up takes a part; the next call says why it takes no more
                left = left[self._file.write(left) :]
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._size)  # what comes next may be smaller and fit
            raise OSError(error.errno, error.strerror, str(self.path)) from error
        self._size += len(data)


def _ours() -> str:
    """What the names of this process' event files end with."""
    return f".{socket.gethostname()}.{os.getpid()}.mnist_tb"


def _number(path: Path) -> int:
    """The number that TensorFlow and this package put into the name of an event file; 0 where there is none."""
    found = re.search(r"tfevents\.(\d{1,10})\.", path.name)
    return int(found[1]) if found else 0


def _order(path: Path) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"\d+", path.name)], path.name
