"""`SamplePredictionLogger`: what the model makes of a fixed set of samples, and its most confident mistakes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image

from mnist_tb.callbacks.base import EpochLogger, LoggerOptions
from mnist_tb.events import summaries
from mnist_tb.events.writer import EventWriter
from mnist_tb.images import png_bytes
from mnist_tb.images.arrays import are_pictures, make_tiles
from mnist_tb.images.sample_grid import sample_grid_image
from mnist_tb.observer.data import flatten, map_arrays, pack_as
from mnist_tb.observer.observation import Observation, Samples
from mnist_tb.options import check_whole

if TYPE_CHECKING:
    from typing_extensions import Unpack

SHOWN_SAMPLES = 25
_LONGEST_TEXT = 300
_LARGEST_SIDE = 96  # pixels of a thumbnail, where the picture is larger
_POSITIONS = "SamplePredictionLogger shows nothing for outputs of several positions per sample, such as pixels"


class DrawingLogger(EpochLogger):
    """An `EpochLogger` with the options `image_shape` and `draw`; `SamplePredictionLogger` says what they mean."""

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        *,
        image_shape: Sequence[int] | None,
        draw: Callable[[Any], Any] | None,
        **options: Unpack[LoggerOptions],
    ) -> None:
        super().__init__(log_dir, **options)
        if draw is not None and not callable(draw):
            raise ValueError(f"draw must be a function of one sample, and is {draw!r}")
        self.image_shape = None if image_shape is None else _checked_shape(image_shape)
        self.draw = draw

    def _drawable(self, inputs: Any) -> Any:
        """One array out of inputs that are several, where nobody says how to draw them: the one that is a picture."""
        arrays = flatten(inputs)
        if self.draw is not None and len(arrays) > 1:
            together = np.empty(len(arrays[0]), object)
            together[:] = [pack_as(inputs, row) for row in zip(*arrays, strict=True)]
            return together
        pictures = [array for array in arrays if are_pictures(array.shape[1:], self.image_shape)]
        return (pictures or arrays)[0]

    def _thumbnails(self, inputs: Any) -> list[bytes | str]:
        """A PNG or a text for each sample."""
        thumbnails: list[bytes | str] = []
        for tile in make_tiles(self._drawable(inputs), image_shape=self.image_shape, draw=self.draw):
            if isinstance(tile, str):
                thumbnails.append(tile[:_LONGEST_TEXT])
            else:
                picture = PIL.Image.fromarray(tile)
                picture.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), PIL.Image.Resampling.BILINEAR)
                thumbnails.append(png_bytes(picture))
        return thumbnails


class SamplePredictionLogger(DrawingLogger):
    """Logs what the model makes of a fixed set of samples, and its most confident mistakes.

    Each sample is shown with its true and predicted class and the confidence. The samples (tag
    `predictions/samples`) are the first of the validation data as they pass, or `samples`; the mistakes (tag
    `predictions/mistakes`) are found in the whole validation set.

    Args:
        log_dir: see `EpochLogger`.
        samples: (x, y), the samples to show: inputs as the model takes them, and labels.
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
        super().__init__(log_dir, image_shape=image_shape, draw=draw, **options)
        self.num_samples = check_whole("num_samples", num_samples, 1, 36)
        self.samples = _checked_samples(samples, self.num_samples)

    def _needs_validation(self) -> bool:
        return self.samples is None and super()._needs_validation()

    def _forget_fit(self) -> None:
        super()._forget_fit()
        self._first: Samples | None = None  # of the first epoch

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        first_samples, mistakes = observation.first_samples, observation.mistakes
        if first_samples is None or mistakes is None:
            if observation.several_positions:
                self._session.log.say(_POSITIONS)
            elif self.samples is None:
                self._session.log.say(
                    "these validation data have no samples that can be shown, as they are no numbers or texts of one "
                    "fixed shape: pass samples=(x, y) for some to track"
                )
            return
        own = slice(self.num_samples)  # another logger may have asked for more
        if self.samples is None:
            first = first_samples.at(own)
            if self._first is not None and not first.matches(self._first):
                self._session.log.say(
                    "the validation data come in another order at each epoch, so that the samples shown change: "
                    "don't shuffle them, or pass samples=(x, y) for some to track"
                )
            self._first = self._first or first
            self._write(self.tag, "first samples of the validation data", epoch, first, names, events)
        self._write("predictions/mistakes", "most confident mistakes", epoch, mistakes.at(own), names, events)

    def _log_extras(self, epoch: int) -> None:
        if self.samples is None:
            return
        predicted = self._sources["validation"].predict_samples(*self.samples, self._session.predict)
        if predicted is None:
            self._session.log.say(_POSITIONS)
        elif self._writers:
            samples, num_classes = predicted
            names, events = self._names(num_classes), self._writers["validation"]
            self._submit(self.tag, epoch, self._write, self.tag, "chosen samples", epoch, samples, names, events)

    def _write(
        self, tag: str, title: str, epoch: int, samples: Samples, names: tuple[str, ...], events: EventWriter
    ) -> None:
        with self._caught(tag, epoch):
            picture = sample_grid_image(
                self._drawable(samples.inputs),
                samples.true,
                samples.predicted,
                samples.confidence,
                names,
                title=f"epoch {epoch} · {title}",
                draw=self.draw,
                image_shape=self.image_shape,
            )
            events.write(epoch, [summaries.image(tag, png_bytes(picture))])


def _checked_shape(image_shape: Sequence[int]) -> tuple[int, ...]:
    sizes = tuple(image_shape)
    if len(sizes) not in (2, 3) or any(not isinstance(size, (int, np.integer)) or size < 1 for size in sizes):
        raise ValueError(f"image_shape must hold 2 or 3 sizes, such as (28, 28) or (32, 32, 3), and is {image_shape!r}")
    return tuple(map(int, sizes))


def _checked_samples(samples: tuple[Any, Any] | None, num_samples: int) -> tuple[Any, Any] | None:
    """The first `num_samples` of (x, y)."""
    if samples is None:
        return None
    if not isinstance(samples, (tuple, list)) or len(samples) != 2:
        raise ValueError(f"samples must be (x, y), inputs and labels, and is of type {type(samples).__name__}")
    lengths = {len(leaf) for leaf in flatten(list(samples))}
    if len(lengths) != 1 or not min(lengths):
        raise ValueError(
            f"samples=(x, y) must hold as many labels as inputs and at least one, and holds {sorted(lengths)}"
        )
    x, y = (map_arrays(lambda leaf: leaf[:num_samples], part) for part in samples)
    return x, y
