"""Event files, written without TensorFlow: one run's, with no buffer between a call and the disk."""

import logging
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from weakref import WeakValueDictionary

from mnist_tb.events.records import encode_record, event_files

if sys.platform != "win32":
    import fcntl

_logger = logging.getLogger("mnist_tb")
_newest: "WeakValueDictionary[str, EventWriter]" = WeakValueDictionary()  # by folder, the last to open a file there


class EventWriter:
    """Writes one run into event files of TensorFlow's format; threads may share it.

    An error surfaces in the call that met it, and nothing written is lost when the process dies. What can't be
    appended to a file, as somebody removed or changed it, goes into a new one. The folder is made if it is missing; a
    ValueError says that it can't be written to.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self._next_step: int | None = None  # of a fit that has begun, the step after all that it wrote
        try:
            self._file = _EventFile(self.directory)
        except OSError as error:
            raise ValueError(
                f"log_dir must be a folder that can be written to, and {str(self.directory)!r} can't be "
                f"({error.strerror}): choose another log_dir"
            ) from error
        _newest[str(self.directory)] = self
        if any(map(_is_written_by_others, event_files(self.directory))):
            self._warn_of_another()

    @property
    def path(self) -> Path:
        """The file that was written last."""
        return self._file.path

    def begin(self, step: int) -> None:
        """Say that a `fit` begins at `step`: an earlier one in this folder is shown and read up to there."""
        self._write_event(step, _start(step))
        self._next_step = step

    def write(self, step: int, values: Sequence[Any]) -> None:
        """Write one event that holds `values`, as `summaries` makes them; an OSError if no file can take it."""
        if values:
            self._write_event(step, _event(step=step, summary={"value": values}))

    def sync(self) -> None:
        """Have the system bring all to the disk that it may hold in memory, against a power cut; or an OSError."""
        with self._lock:
            if not self._file.closed:
                self._file.sync()

    def close(self) -> None:
        """Close the file; further calls do nothing, and a further `write` begins a new file."""
        with self._lock:
            if _newest.get(str(self.directory)) is self:
                del _newest[str(self.directory)]
            self._file.close()

    def _write_event(self, step: int, event: bytes) -> None:
        with self._lock:
            if self._file.closed:
                self._begin_file(event)
            else:
                self._append(event)
            if self._next_step is not None:
                self._next_step = max(self._next_step, step + 1)
            if _newest.setdefault(str(self.directory), self) is not self:
                self._warn_of_another()

    def _append(self, event: bytes) -> None:
        try:
            self._file.append(event)
        except OSError as error:
            try:
                self._begin_file(event)
            except OSError:
                raise error from None
            self._warn(f"{error}: the logs go on in a new file in {self.directory}")

    def _begin_file(self, event: bytes) -> None:
        # Should the file with the fit's START have been removed, TensorBoard would take the next fit's for the first
        # one, which replaces nothing; this one replaces nothing of this fit.
        start = b"" if self._next_step is None else _start(self._next_step)
        self._file = _EventFile(self.directory, start + event, self._file.number)

    def _warn_of_another(self) -> None:
        self._warn(f"another training is writing into {self.directory} now: give each its own log_dir")

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            _logger.warning("mnist_tb: %s", message)


class _EventFile:
    """A new event file that begins with some records, open to be appended to until it is closed or a call fails."""

    def __init__(self, folder: Path, data: bytes = b"", after: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # The time, or what follows all files of a folder, also `after`, which may be gone: TensorBoard reads by name
        # and never returns to an earlier one, so that a slow clock or two starts in one second would hide a run.
        self.number = max([int(time.time()), after + 1, *(_number(path) + 1 for path in event_files(folder))])
        self._file = self._create(folder)
        self._inode = os.fstat(self._file.fileno()).st_ino
        self._size = 0
        if sys.platform != "win32":
            with suppress(OSError):  # a file system without locks
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            self.append(_event(file_version="brain.Event:2") + data)
        except OSError:
            with suppress(OSError):  # a disk that is full for long would be littered with empty files
                self.path.unlink()
            raise

    @property
    def closed(self) -> bool:
        """Whether nothing more can be appended."""
        return self._file.closed

    def append(self, data: bytes) -> None:
        """Write whole records at once; an OSError too where somebody else removed, replaced or changed the file."""
        try:
            there = os.stat(self.path)
            if (there.st_ino, there.st_size) != (self._inode, self._size):
                raise OSError(f"the event file {str(self.path)!r} was replaced or cut by another program")
            self._write(data)
        except BaseException:
            with suppress(OSError):  # it may end in half a record, behind which nobody would find another
                self.close()
            raise

    def sync(self) -> None:
        """Have the system bring to the disk what it may hold in memory."""
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


def check_log_dir(log_dir: Any) -> str:
    """The path of a local folder, with the home folder in place of `~`; a ValueError says that it is none."""
    path = os.fspath(log_dir) if isinstance(log_dir, (str, os.PathLike)) else ""
    if not isinstance(path, str) or not path or "\0" in path:
        raise ValueError(f"log_dir must be the path of a folder, such as 'logs/run1', and is {log_dir!r}")
    if re.match(r"[A-Za-z][\w+.-]+:/", path):  # a Path makes one slash of two; one letter is a drive of Windows
        raise ValueError(
            f"log_dir must be a local folder, and {path!r} is an address: "
            "log into a local folder that is synced to it, or mount it"
        )
    return os.path.expanduser(path)


def _start(step: int) -> bytes:
    """The word that nothing which earlier `fit`s wrote at `step` or later is to be shown."""
    return _event(step=step, session_log={"status": "START"})


def _event(**content: Any) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event

    return encode_record(Event(wall_time=time.time(), **content).SerializeToString())


def _ours() -> str:
    """What the names of this process' event files end with."""
    return f".{socket.gethostname()}.{os.getpid()}.mnist_tb"


def _number(path: Path) -> int:
    """The number that TensorFlow and this package put into the name of an event file; 0 where there is none."""
    found = re.search(r"tfevents\.(\d{1,10})\.", path.name)
    return int(found[1]) if found else 0


def _is_written_by_others(path: Path) -> bool:
    """Whether another process has an event file open to write to it; False where the system does not tell."""
    if sys.platform == "win32" or path.name.endswith(_ours()):
        return False
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:  # else it has gone, or its file system has no locks
        return isinstance(error, BlockingIOError)
    return False
