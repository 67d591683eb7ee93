"""`SamplePredictionLogger`: what the model makes of a fixed set of samples, and its most confident mistakes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mnist_tb.backend import nested
from mnist_tb.callbacks.base import EpochLogger, LoggerOptions
from mnist_tb.callbacks.options import check_whole, checked_draw, checked_shape
from mnist_tb.callbacks.thumbnails import drawable
from mnist_tb.events import summaries
from mnist_tb.events.writer import EventWriter
from mnist_tb.images import png_bytes
from mnist_tb.images.sample_grid import sample_grid_image
from mnist_tb.observer.observation import Observation, Samples
from mnist_tb.observer.session import FitSession

if TYPE_CHECKING:
    from typing_extensions import Unpack

SHOWN_SAMPLES = 25
_POSITIONS = "SamplePredictionLogger shows nothing for outputs of several positions per sample, such as pixels"


class SamplePredictionLogger(EpochLogger):
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
        super().__init__(log_dir, **options)
        self.num_samples = check_whole("num_samples", num_samples, "a whole number", 1, 36)
        self.samples = _checked_samples(samples, self.num_samples)
        self.image_shape = checked_shape(image_shape)
        self.draw = checked_draw(draw)

    def _needs_validation(self) -> bool:
        return self.samples is None and super()._needs_validation()

    def _forget_fit(self) -> None:
        super()._forget_fit()
        self._first: Samples | None = None  # of the first epoch

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        first_samples, mistakes = observation.first_samples, observation.mistakes
        if first_samples is None or mistakes is None:
            if observation.several_positions:
                self._say(_POSITIONS)
            elif self.samples is None:
                self._say(
                    "these validation data have no samples that can be shown, as they are no numbers or texts of one "
                    "fixed shape: pass samples=(x, y) for some to track"
                )
            return
        own = slice(self.num_samples)  # another logger may have asked for more
        if self.samples is None:
            first = first_samples.at(own)
            if self._first is not None and not first.matches(self._first):
                self._say(
                    "the validation data come in another order at each epoch, so that the samples shown change: "
                    "don't shuffle them, or pass samples=(x, y) for some to track"
                )
            self._first = self._first or first
            self._write("predictions/samples", "first samples of the validation data", epoch, first, names, events)
        self._write("predictions/mistakes", "most confident mistakes", epoch, mistakes.at(own), names, events)

    def _log_extras(self, epoch: int, session: FitSession) -> None:
        if self.samples is None:
            return
        predicted = session.observer(self).predict_samples(*self.samples, session.predict)
        if predicted is None:
            self._say(_POSITIONS)
        elif session.writes:
            samples, num_classes = predicted
            tag, events = "predictions/samples", self._writers["validation"]
            self._submit(
                tag, epoch, self._write, tag, "chosen samples", epoch, samples, self._names(num_classes), events
            )

    def _write(
        self, tag: str, title: str, epoch: int, samples: Samples, names: tuple[str, ...], events: EventWriter
    ) -> None:
        with self._caught(tag, epoch):
            picture = sample_grid_image(
                drawable(samples.inputs, self.draw, self.image_shape),
                samples.true,
                samples.predicted,
                samples.confidence,
                names,
                title=f"epoch {epoch} · {title}",
                draw=self.draw,
                image_shape=self.image_shape,
            )
            events.write(epoch, [summaries.image(tag, png_bytes(picture))])


def _checked_samples(samples: tuple[Any, Any] | None, num_samples: int) -> tuple[Any, Any] | None:
    """The first `num_samples` of (x, y)."""
    if samples is None:
        return None
    if not isinstance(samples, (tuple, list)) or len(samples) != 2:
        raise ValueError(f"samples must be (x, y), inputs and labels, and is of type {type(samples).__name__}")
    lengths = {len(leaf) for leaf in nested.flatten(list(samples))}
    if len(lengths) != 1 or not min(lengths):
        raise ValueError(
            f"samples=(x, y) must hold as many labels as inputs and at least one, and holds {sorted(lengths)}"
        )
    x, y = (nested.map_arrays(lambda leaf: leaf[:num_samples], part) for part in samples)
    return x, y
