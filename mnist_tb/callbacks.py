"""The loggers: confusion matrix, accuracy of every class, sample predictions; and one call for all three."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_tb import payload, writer
from mnist_tb.images import confusion_matrix_image, encode_png, most_confused_image
from mnist_tb.logger_base import EpochLogger, LoggerOptions
from mnist_tb.observer import Observation
from mnist_tb.report import Normalize, class_report, normalize_counts
from mnist_tb.sample_logger import SHOWN_SAMPLES, SamplePredictionLogger
from mnist_tb.writer import EventWriter

if TYPE_CHECKING:
    from typing_extensions import Unpack

_MOST_IN_ONE_PICTURE = 60  # classes; beyond, the most confused ones get a picture of their own


class ConfusionMatrixLogger(EpochLogger):
    """Logs the confusion matrix of the validation data: the counts, and a picture of them.

    The counts are read back by `read_confusion_matrices`; the picture (tag `predictions/confusion_matrix`) shows
    count and rate in each cell, true classes on the rows. Beyond 60 classes a second picture shows the most
    confused ones. Where the validation data carry sample weights, their sums are stored beside the counts and drawn as
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

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        counts, weighted = observation.counts, observation.weighted_counts
        matrix = payload.MatrixPayload(counts, names, weighted, observation.nonfinite)
        values = [writer.payload("confusion_matrix", payload.PLUGIN_NAME, payload.encode(matrix))]
        if observation.nonfinite:
            values.append(writer.scalar("nonfinite_predictions", observation.nonfinite))
        events.write(epoch, values)  # before anything is drawn
        options: dict[str, Any] = {
            "normalize": self.normalize,
            "title": f"epoch {epoch}",
            "nonfinite_predictions": observation.nonfinite,
        }
        pictures = {"confusion_matrix": confusion_matrix_image(counts, names, **options)}
        if len(names) > _MOST_IN_ONE_PICTURE:
            pictures["confusion_matrix_most_confused"] = most_confused_image(counts, names, **options)
        if weighted is not None:
            pictures["confusion_matrix_weighted"] = confusion_matrix_image(weighted, names, weighted=True, **options)
        images = [writer.image(f"predictions/{name}", encode_png(picture)) for name, picture in pictures.items()]
        events.write(epoch, images)


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

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        report = class_report(observation.counts, names)
        figures = {f"class_accuracy/{name}": value for name, value in zip(names, report.recall, strict=True)}
        figures |= {f"class_precision/{name}": value for name, value in zip(names, report.precision, strict=True)}
        figures |= {f"class_f1/{name}": value for name, value in zip(names, report.f1, strict=True)}
        for name in ("accuracy", "balanced_accuracy", "macro_f1"):
            figures[name] = getattr(report, name)
        events.write(epoch, [writer.scalar(tag, value) for tag, value in figures.items() if np.isfinite(value)])


def classification_loggers(
    log_dir: str | os.PathLike[str] = "logs",
    *,
    normalize: Normalize = "true",
    samples: tuple[Any, Any] | None = None,
    num_samples: int = SHOWN_SAMPLES,
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
