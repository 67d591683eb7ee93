"""What the callbacks of one `fit` write with: event files, the thread that draws, and what is said of failures."""

import itertools
import logging
import os
import platform
import re
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from mnist_tb.backend.flavours import backend_of, keras_of
from mnist_tb.events.background import Background
from mnist_tb.events.summaries import text
from mnist_tb.events.writer import EventWriter
from mnist_tb.observer.observation import Observation

_logger = logging.getLogger("mnist_tb")
_SHOWN_CLASSES = 100
_PACKAGES = ("mnist_tb", "tensorflow", "jax", "torch", "tensorboard", "numpy")


class EventLog:
    """The event files of a `fit`, one for each run, and what is said, once for each reason, of what can't be logged."""

    def __init__(self) -> None:
        self.error: Exception | None = None  # the first that is to end the training
        self._background = Background()
        self._writers: dict[str, EventWriter] = {}
        self._claims: dict[EventWriter, dict[str, str]] = {}  # of what has not begun: by tag, a line on what is logged
        self._said: set[str] = set()
        self._missing: dict[tuple[str, str], set[int | None]] = {}
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
        claims = self._claims.setdefault(writer, {})
        if tag in claims:
            raise ValueError(
                f"two loggers want to write {tag!r} into {log_dir!r}: give each its own log_dir, or leave one out"
            )
        claims[tag] = describes
        return writer

    def begin(self, writer: EventWriter, epoch: int) -> list[str]:
        """Say in the file that a fit begins at `epoch`; a line on each thing logged there for the first that asks."""
        if writer not in self._claims:
            return []
        writer.begin(epoch)
        return list(self._claims.pop(writer).values())

    def submit(self, epoch: int, job: Callable[..., Any], *args: Any) -> None:
        """Have `job(*args)` done on the thread; wait first while anything waits that is older than the last epoch."""
        self._release_sigterm = self._release_sigterm or _exit_on_sigterm()
        self._background.do(epoch, job, *args)

    def close(self) -> None:
        """Write all that is left, close the files, and say what is missing."""
        self._background.close()
        for writer in self._writers.values():
            with self.caught("the end of the file", None, str(writer.directory)):
                writer.close()
        if self._release_sigterm:
            self._release_sigterm()
        by_place: dict[str, list[str]] = {}
        for (what, where), epochs in self._missing.items():
            by_place.setdefault(where, []).append(f"{what}{_of_epochs(epochs - {None})}")
        for where, lines in by_place.items():
            _logger.warning("mnist_tb: not logged to %s: %s", where, ", ".join(lines))

    def say(self, message: str, cause: str = "") -> None:
        """Log a warning, unless there was one of the same cause, or with the same words; numbers make no difference."""
        key = re.sub(r"\d+", "#", cause or message)
        if key not in self._said:
            self._said.add(key)
            _logger.warning("mnist_tb: %s", message)

    @contextmanager
    def caught(self, what: str, epoch: int | None, where: str, raises: bool = False) -> Iterator[None]:
        """Go on where something of an epoch, if of any, can't be logged to `where`; keep as `error` what `raises`."""
        try:
            yield
        except Exception as error:
            self._missing.setdefault((what, where), set()).add(epoch)
            if raises:
                self.error = self.error or error
                return
            of = "" if epoch is None else f" of epoch {epoch}"
            reason = _reason_of(error)
            self.say(
                f"{what}{of} can't be logged to {where}: {reason}; training goes on, and it is tried again at each "
                "epoch",
                cause=getattr(error, "strerror", None) or reason,
            )


def _reason_of(error: Exception) -> str:
    """An error on one line, with its kind where the text alone does not tell."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return text if text and isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: {text}"


def _of_epochs(epochs: Iterable[Any]) -> str:
    """Epochs in words, such as " of epochs 1 to 3, 7"; "" for none."""
    ordered = sorted(epochs)
    # Numbers in a row keep their distance from their place.
    runs = [[n for _, n in run] for _, run in itertools.groupby(enumerate(ordered), lambda pair: pair[1] - pair[0])]
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return f" of epoch{'s' if len(ordered) > 1 else ''} {', '.join(parts)}" if parts else ""


def _exit_on_sigterm() -> Callable[[], None]:
    """Have SIGTERM end the program as Ctrl-C does, and what waits be written; gives a function that takes it back."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:  # the program has a handler itself
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


def about(model: Any, observation: Observation, class_names: Sequence[str], loggers: Sequence[str]) -> Any:
    """The text that says, once a run, what is logged, the classes with their support, and versions, as a value."""
    support = observation.counts.sum(axis=1)
    rows = [f"| {_cell(name)} | {n:,} |" for name, n in zip(class_names, support, strict=True)]
    if len(rows) > _SHOWN_CLASSES:
        rows = [*rows[:_SHOWN_CLASSES], f"| and {len(rows) - _SHOWN_CLASSES} more | |"]
    lines = [
        f"### {_cell(model.name)}: {support.sum():,} samples in {len(class_names)} classes",
        "",
        *[f"- {line}" for line in loggers],
        "",
        "| class | samples |",
        "|---|---:|",
        *rows,
        "",
        ", ".join(_versions(keras_of(model))),
    ]
    return text("about", "\n".join(lines))


def _cell(content: str) -> str:
    """A text that Markdown shows as it is."""
    plain = " ".join(str(content).split())
    return "".join(f"\\{char}" if char in r"\`*_{}[]<>()#+-.!|~" else char for char in plain)


def _versions(keras: Any) -> list[str]:
    found = [f"Python {platform.python_version()}", f"{keras.__name__} {keras.__version__} on {backend_of(keras)}"]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return found
