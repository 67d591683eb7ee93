"""The loggers: confusion matrix, accuracy of every class, sample predictions; and one call for all three."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_tb import inspection, payload, writer
from mnist_tb.class_report import Normalize, class_report, normalize_counts
from mnist_tb.images.confusion_matrix import confusion_matrix_image, most_confused_image
from mnist_tb.images.pictures import are_pictures
from mnist_tb.images.png import encode_png
from mnist_tb.images.sample_grid import sample_grid_image
from mnist_tb.logger_base import EpochLogger, LoggerOptions, check_whole
from mnist_tb.observer import Observation, Samples
from mnist_tb.writer import EventWriter

if TYPE_CHECKING:
    from typing_extensions import Unpack

_logger = logging.getLogger("mnist_tb")
_NUMBERED_CLASSES = 60  # beyond, the most confused classes get a picture of their own
_SHOWN_SAMPLES = 25


class ConfusionMatrixLogger(EpochLogger):
    """Logs the confusion matrix of the validation data: the counts, and a picture of them.

    The counts are read back by `read_confusion_matrices`; the picture (tag `predictions/confusion_matrix`) shows count and
    rate in each cell, true classes on the rows. Beyond 60 classes a second picture shows the most confused ones.
    Where the validation data carry sample weights, their sums are stored beside the counts and drawn as
    `predictions/confusion_matrix_weighted`. Predictions with a NaN or inf are counted as `nonfinite_predictions`.

    Args:
        log_dir: see `EpochLogger`.
        normalize: what the rates and colours refer to: "true", the samples of the true class; "pred", the
            predictions of a class; "all", all samples; None, the counts alone.
        **options: see `EpochLogger`.

    Raises:
        ValueError: an argument that can't be right.

    Example:
        >>> import mnist_tb
        >>> logger = mnist_tb.ConfusionMatrixLogger("logs/run1", class_names=["cat", "dog"], normalize="pred")
    """

    tag = "confusion_matrix"
    describes = "predictions/confusion_matrix: counts and picture, true classes on the rows (Images tab)"

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        *,
        normalize: Normalize = "true",
        **options: Unpack[LoggerOptions],
    ) -> None:
        super().__init__(log_dir, **options)
        normalize_counts([[0]], normalize)  # refuses an unknown one
        self.normalize: Normalize = normalize

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], writer_: EventWriter) -> None:
        counts, weighted = observation.counts, observation.weighted_counts
        matrix = payload.MatrixPayload(counts, names, weighted, observation.nonfinite)
        values = [writer.payload("confusion_matrix", payload.PLUGIN_NAME, payload.encode(matrix))]
        if observation.nonfinite:
            values.append(writer.scalar("nonfinite_predictions", observation.nonfinite))
        looks: dict[str, Any] = {"normalize": self.normalize, "title": f"epoch {epoch}"}
        bad = observation.nonfinite
        picture = confusion_matrix_image(counts, names, nonfinite_predictions=bad, **looks)
        values.append(_image("predictions/confusion_matrix", picture))
        if len(names) > _NUMBERED_CLASSES:
            values.append(_image("predictions/confusion_matrix_most_confused", most_confused_image(counts, names, **looks)))
        if weighted is not None:
            picture = confusion_matrix_image(weighted, names, weighted=True, nonfinite_predictions=bad, **looks)
            values.append(_image("predictions/confusion_matrix_weighted", picture))
        writer_.write(epoch, values)


class ClassAccuracyLogger(EpochLogger):
    """Logs accuracy (recall), precision and F1 of every class as scalars, and three that sum them up.

    Tags are `class_accuracy/<name>`, `class_precision/<name>`, `class_f1/<name>`, and `accuracy`,
    `balanced_accuracy` and `macro_f1`. The Custom Scalars tab has all classes in one chart. A figure that is not
    defined, such as the accuracy of a class without samples, is left out.

    Args:
        log_dir: see `EpochLogger`.
        **options: see `EpochLogger`.

    Raises:
        ValueError: an argument that can't be right.

    Example:
        >>> import mnist_tb
        >>> logger = mnist_tb.ClassAccuracyLogger("logs/run1", class_names=["cat", "dog"])
    """

    tag = "class_accuracy"
    describes = "class_accuracy, class_precision, class_f1: one scalar per class (Scalars and Custom Scalars tabs)"

    def _begin(self) -> None:
        layout = {
            "Classes": {
                "accuracy of every class": "class_accuracy/.*",
                "precision of every class": "class_precision/.*",
                "F1 of every class": "class_f1/.*",
                "all classes together": "(accuracy|balanced_accuracy|macro_f1)$",
            }
        }
        for own in self._writers.values():
            own.write(0, [writer.charts(layout)])

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], writer_: EventWriter) -> None:
        report = class_report(observation.counts, names)
        figures = {f"class_accuracy/{name}": value for name, value in zip(names, report.recall, strict=True)}
        figures |= {f"class_precision/{name}": value for name, value in zip(names, report.precision, strict=True)}
        figures |= {f"class_f1/{name}": value for name, value in zip(names, report.f1, strict=True)}
        for name in ("accuracy", "balanced_accuracy", "macro_f1"):
            figures[name] = getattr(report, name)
        writer_.write(epoch, [writer.scalar(tag, value) for tag, value in figures.items() if np.isfinite(value)])


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
        num_samples: int = _SHOWN_SAMPLES,
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

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], writer_: EventWriter) -> None:
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
            self._write("predictions/samples", "first samples of the validation data", epoch, watched, names, writer_)
        self._write("predictions/mistakes", "most confident mistakes", epoch, mistakes, names, writer_)

    def _log_extras(self, epoch: int) -> None:
        if self.samples is None or self._session is None or self._observer is None:
            return
        x, y = self.samples
        samples = self._observer.judge_samples(self._model, x, y, self._session.predict)
        names = self._names(self._observer.state.num_classes)
        self._write("predictions/samples", "chosen samples", epoch, samples, names, self._writers["validation"])

    def _write(
        self, tag: str, title: str, epoch: int, samples: Samples, names: tuple[str, ...], writer_: EventWriter
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
        writer_.write(epoch, [_image(tag, picture)])

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


def classification_loggers(
    log_dir: str | os.PathLike[str] = "logs",
    *,
    normalize: Normalize = "true",
    samples: tuple[Any, Any] | None = None,
    num_samples: int = _SHOWN_SAMPLES,
    image_shape: Sequence[int] | None = None,
    draw: Callable[[Any], Any] | None = None,
    **options: Unpack[LoggerOptions],
) -> list[EpochLogger]:
    """All three loggers, for `fit(callbacks=…)` of any compiled Keras classifier.

    They look on while Keras validates: no metric to add, nothing recompiled, no second pass over the data.
    `val_balanced_accuracy` and `val_macro_f1` join the logs, so that EarlyStopping can monitor them.

    Args:
        log_dir: TensorBoard's folder of this run.
        normalize: see `ConfusionMatrixLogger`.
        samples: see `SamplePredictionLogger`, as are the next three.
        num_samples: how many samples to show.
        image_shape: shape of a picture where the model takes flattened ones.
        draw: draws one sample.
        **options: see `EpochLogger`.

    Returns:
        A `ConfusionMatrixLogger`, a `ClassAccuracyLogger` and a `SamplePredictionLogger`.

    Raises:
        ValueError: an argument that can't be right.

    Example:
        >>> import mnist_tb
        >>> loggers = mnist_tb.classification_loggers("logs/run1", class_names=["cat", "dog"])
        >>> [type(logger).__name__ for logger in loggers]
        ['ConfusionMatrixLogger', 'ClassAccuracyLogger', 'SamplePredictionLogger']
    """
    return [
        ConfusionMatrixLogger(log_dir, normalize=normalize, **options),
        ClassAccuracyLogger(log_dir, **options),
        SamplePredictionLogger(
            log_dir, samples=samples, num_samples=num_samples, image_shape=image_shape, draw=draw, **options
        ),
    ]


def _image(tag: str, picture: Any) -> Any:
    height, width = picture.shape[:2]
    return writer.image(tag, encode_png(picture), width, height)


def _checked_samples(samples: tuple[Any, Any] | None, num_samples: int) -> tuple[Any, Any] | None:
    """The first `num_samples` of (x, y)."""
    if samples is None:
        return None
    if not isinstance(samples, (tuple, list)) or len(samples) != 2:
        raise ValueError(f"samples must be (x, y), inputs and labels, and is of type {type(samples).__name__}")
    lengths = {len(leaf) for leaf in inspection.leaves(list(samples))}
    if len(lengths) != 1 or not min(lengths):
        raise ValueError(f"samples=(x, y) must hold as many labels as inputs and at least one, and holds {sorted(lengths)}")
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
