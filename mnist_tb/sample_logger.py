"""`SamplePredictionLogger`: what the model makes of a fixed set of samples, and its most confident mistakes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_tb import inspection, writer
from mnist_tb.images import are_pictures, encode_png, sample_grid_image
from mnist_tb.logger_base import EpochLogger, LoggerOptions, check_whole
from mnist_tb.observer import Observation, Samples
from mnist_tb.writer import EventWriter

if TYPE_CHECKING:
    from typing_extensions import Unpack

SHOWN_SAMPLES = 25

_logger = logging.getLogger("mnist_tb")


class SamplePredictionLogger(EpochLogger):
    """Logs what the model makes of a fixed set of samples, and its most confident mistakes.

    Each sample is shown with its true and predicted class and the confidence. The samples (tag
    `predictions/samples`) are the first of the validation data as they pass, or `samples`; the mistakes (tag
    `predictions/mistakes`) are found in the whole validation set.

    Args:
        log_dir: see `EpochLogger`.
        samples: (x, y), the samples to follow: inputs as the model takes them, and labels.
        num_samples: how many to show, 1 to 36.
        image_shape: shape of a picture where the model takes flattened ones, such as (28, 28).
        draw: for data that are no pictures: called with the input of one sample, it returns a picture
            (H, W) or (H, W, 3), or a text. Without it such data are shown as text.
        **options: see `EpochLogger`.

    Raises:
        ValueError: an argument that can't be right.

    Example:
        >>> import mnist_tb
        >>> logger = mnist_tb.SamplePredictionLogger("logs/run1", image_shape=(28, 28), num_samples=36)
    """

    tag = "predictions/samples"
    describes = "predictions/samples, predictions/mistakes: samples with true and predicted class (Images tab)"
    has_train = False

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        *,
        samples: tuple[Any, Any] | None = None,
        num_samples: int = SHOWN_SAMPLES,
        image_shape: Sequence[int] | None = None,
        draw: Callable[[Any], Any] | None = None,
        **options: Unpack[LoggerOptions],
    ) -> None:
        super().__init__(log_dir, **options)
        check_whole("num_samples", num_samples, "a whole number", 1, 36)
        if draw is not None and not callable(draw):
            raise ValueError(f"draw must be a function of one sample, and is {draw!r}")
        self.samples = _checked_samples(samples, num_samples)
        self.num_samples = num_samples
        self.image_shape = _checked_shape(image_shape)
        self.draw = draw
        self._first: Samples | None = None
        self._told = False

    def _needs_validation(self) -> bool:
        return self.samples is None and super()._needs_validation()

    def _begin(self) -> None:
        self._first, self._told = None, False

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        watched, mistakes = observation.watched, observation.mistakes
        if watched is None or mistakes is None:
            if not self._told and self.samples is None:
                _logger.warning(
                    "SamplePredictionLogger shows nothing for outputs of several positions per sample, such as pixels"
                )
            self._told = True
            return
        if self.samples is None:
            self._notice_shuffling(watched)
            self._write("predictions/samples", "first samples of the validation data", epoch, watched, names, events)
        self._write("predictions/mistakes", "most confident mistakes", epoch, mistakes, names, events)

    def _log_extras(self, epoch: int) -> None:
        if self.samples is None or self._session is None or self._observer is None:
            return
        x, y = self.samples
        samples = self._observer.judge_samples(self._model, x, y, self._session.predict)
        names = self._names(self._observer.state.num_classes)
        self._write("predictions/samples", "chosen samples", epoch, samples, names, self._writers["validation"])

    def _write(
        self, tag: str, title: str, epoch: int, samples: Samples, names: tuple[str, ...], events: EventWriter
    ) -> None:
        picture = sample_grid_image(
            _drawable(samples.inputs, self.draw, self.image_shape),
            samples.true,
            samples.predicted,
            samples.confidence,
            names,
            title=f"epoch {epoch} · {title}",
            draw=self.draw,
            image_shape=self.image_shape,
        )
        events.write(epoch, [writer.image(tag, encode_png(picture))])

    def _notice_shuffling(self, watched: Samples) -> None:
        """Say once that the samples are not the same ones as in the epoch before."""
        if self._first is None:
            self._first = watched
        elif not self._told and not _same(self._first, watched):
            self._told = True
            _logger.warning(
                "the validation data come in another order at each epoch, so that the samples shown change: "
                "don't shuffle them, or pass samples=(x, y) for some to follow"
            )


def _checked_samples(samples: tuple[Any, Any] | None, num_samples: int) -> tuple[Any, Any] | None:
    """The first `num_samples` of (x, y)."""
    if samples is None:
        return None
    if not isinstance(samples, (tuple, list)) or len(samples) != 2:
        raise ValueError(f"samples must be (x, y), inputs and labels, and is of type {type(samples).__name__}")
    lengths = {len(leaf) for leaf in inspection.leaves(list(samples))}
    if len(lengths) != 1 or not min(lengths):
        raise ValueError(
            f"samples=(x, y) must hold as many labels as inputs and at least one, and holds {sorted(lengths)}"
        )
    x, y = (inspection.like(part, iter([leaf[:num_samples] for leaf in inspection.leaves(part)])) for part in samples)
    return x, y


def _checked_shape(image_shape: Sequence[int] | None) -> tuple[int, ...] | None:
    if image_shape is None:
        return None
    sizes = tuple(image_shape)
    if len(sizes) not in (2, 3) or any(not isinstance(size, int) or size < 1 for size in sizes):
        raise ValueError(f"image_shape must hold 2 or 3 sizes, such as (28, 28) or (32, 32, 3), and is {image_shape!r}")
    return sizes


def _drawable(inputs: Any, draw: Any, image_shape: Any) -> Any:
    """One array out of inputs that are several, where nobody says how to draw them: the one that is a picture."""
    arrays = inspection.leaves(inputs)
    if draw is not None and len(arrays) > 1:
        rows = zip(*arrays, strict=True)
        together = np.empty(len(arrays[0]), object)
        together[:] = [inspection.like(inputs, iter(row)) for row in rows]
        return together
    pictures = [array for array in arrays if are_pictures(array.shape[1:], image_shape)]
    return (pictures or arrays)[0]


def _same(first: Samples, second: Samples) -> bool:
    pairs = zip(inspection.leaves(first.inputs), inspection.leaves(second.inputs), strict=True)
    return np.array_equal(first.true, second.true) and all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
