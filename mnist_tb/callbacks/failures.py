"""What can't be logged must not end a training: it is said once for each reason, and named when training ends."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

_logger = logging.getLogger("mnist_tb")


class Failures:
    """The failures of one `fit`, shared by its loggers and by the thread that draws."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._missing: dict[tuple[str, str], set[int | None]] = {}
        self.error: Exception | None = None  # the first that is to end the training

    def say(self, message: str, cause: str = "") -> None:
        """Log a warning, unless there was one of the same cause, or with the same words; numbers make no difference."""
        key = re.sub(r"\d+", "#", cause or message)
        if key not in self._said:
            self._said.add(key)
            _logger.warning("mnist_tb: %s", message)

    @contextmanager
    def caught(self, what: str, epoch: int | None, where: str, raises: bool = False) -> Iterator[None]:
        """Go on where something of an epoch (None for what belongs to none) can't be logged to `where`.

        If it `raises`, it is to end the training, and is kept as `error`.
        """
        try:
            yield
        except Exception as error:
            self._missing.setdefault((what, where), set()).add(epoch)
            if raises:
                self.error = self.error or error
            else:
                of = "" if epoch is None else f" of epoch {epoch}"
                self.say(
                    f"{what}{of} can't be logged to {where}: {reason_of(error)}; training goes on, and it is tried "
                    "again at each epoch",
                    cause=getattr(error, "strerror", None) or reason_of(error),
                )

    def missing(self) -> list[str]:
        """What was not logged, a line for each place."""
        by_place: dict[str, list[str]] = {}
        for (what, where), epochs in self._missing.items():
            by_place.setdefault(where, []).append(f"{what}{_of_epochs(epochs - {None})}")
        return [f"not logged to {where}: {', '.join(lines)}" for where, lines in by_place.items()]


def reason_of(error: Exception) -> str:
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
