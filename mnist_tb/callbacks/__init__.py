"""The callbacks, and one call for those that observe. Importing this package imports Keras."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mnist_tb.callbacks.base import EpochLogger, LoggerOptions
from mnist_tb.callbacks.class_accuracy import ClassAccuracyLogger
from mnist_tb.callbacks.confidence import ConfidenceLogger
from mnist_tb.callbacks.confusion_matrix import EXAMPLES_PER_CELL, ConfusionMatrixLogger
from mnist_tb.callbacks.sample_predictions import SHOWN_SAMPLES, SamplePredictionLogger
from mnist_tb.groups import ClassGroups
from mnist_tb.report import Normalize

if TYPE_CHECKING:
    from typing_extensions import Unpack


def classification_loggers(
    log_dir: str | os.PathLike[str] = "logs",
    *,
    normalize: Normalize = "true",
    samples: tuple[Any, Any] | None = None,
    num_samples: int = SHOWN_SAMPLES,
    examples_per_cell: int = EXAMPLES_PER_CELL,
    class_groups: ClassGroups | None = None,
    curves: bool | None = None,
    pr_curves: bool | Sequence[str] = False,
    image_shape: Sequence[int] | None = None,
    draw: Callable[[Any], Any] | None = None,
    **options: Unpack[LoggerOptions],
) -> list[EpochLogger]:
    """All loggers that observe, for `fit(callbacks=…)` of any compiled Keras classifier.

    They observe Keras' own validation: no metric to add, nothing recompiled, no second pass over the data.
    `val_balanced_accuracy`, `val_macro_f1`, `val_expected_calibration_error` and, of at most 20 classes,
    `val_macro_average_precision` and `val_macro_auc` join the logs, so that EarlyStopping can monitor them.

    Args:
        log_dir: TensorBoard's folder of this run.
        normalize: see `ConfusionMatrixLogger`.
        samples: see `SamplePredictionLogger`.
        num_samples: how many samples to show; see `SamplePredictionLogger`.
        examples_per_cell: see `ConfusionMatrixLogger`.
        class_groups: groups of classes, such as {"animals": ["cat", "dog"]}; see `ConfusionMatrixLogger`.
        curves: whether to count what PR and ROC curves need; see `ConfidenceLogger`.
        pr_curves: log precision and recall for TensorBoard's own PR Curves tab; see `ConfidenceLogger`.
        image_shape: shape of a picture where the model takes flattened ones.
        draw: draws one sample.
        **options: see `EpochLogger`.

    Returns:
        A `ConfusionMatrixLogger`, a `ClassAccuracyLogger`, a `SamplePredictionLogger` and a `ConfidenceLogger`.

    Raises:
        ValueError: an argument that can't be right.

    Example:
        >>> import mnist_tb
        >>> loggers = mnist_tb.classification_loggers("logs/run1", class_names=["cat", "dog"])
        >>> [type(logger).__name__ for logger in loggers]
        ['ConfusionMatrixLogger', 'ClassAccuracyLogger', 'SamplePredictionLogger', 'ConfidenceLogger']
    """
    drawing: dict[str, Any] = {"image_shape": image_shape, "draw": draw}
    cells: dict[str, Any] = {"examples_per_cell": examples_per_cell, "class_groups": class_groups}
    return [
        ConfusionMatrixLogger(log_dir, normalize=normalize, **cells, **drawing, **options),
        ClassAccuracyLogger(log_dir, **options),
        SamplePredictionLogger(log_dir, samples=samples, num_samples=num_samples, **drawing, **options),
        ConfidenceLogger(log_dir, curves=curves, pr_curves=pr_curves, **options),
    ]
