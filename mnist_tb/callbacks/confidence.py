"""`ConfidenceLogger`: how sure the answers of every epoch were, and whether that can be trusted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mnist_tb.callbacks.base import EpochLogger, LoggerOptions
from mnist_tb.curves import confidence_scalars, pr_curve_table
from mnist_tb.events import summaries
from mnist_tb.events.confidence import CONFIDENCES_TAG, encode_confidences
from mnist_tb.events.writer import EventWriter
from mnist_tb.observer.counting import ANSWERS, SCORES, SCORES_OF_FEW
from mnist_tb.observer.observation import Observation
from mnist_tb.reliability import confidence_histograms

if TYPE_CHECKING:
    from typing_extensions import Unpack


class ConfidenceLogger(EpochLogger):
    """Logs how sure the answers were, in bins: for thresholds, calibration, PR and ROC curves in the tab.

    The counts are read back by `read_confidences`. The expected calibration error and, where the scores of all classes
    are counted, the mean average precision and area under the ROC curve of the classes are logged as scalars, and join
    the logs of `fit` as `val_expected_calibration_error`, `val_macro_average_precision` and `val_macro_auc`. The
    confidence of right and of wrong answers is in the Histograms tab. Where cells times bins would take more than 2 MB,
    as with more than 46 classes, the bins of the first million answers are kept; of more answers they are kept by true
    class and by predicted class instead of by cell, and a line says so.

    Args:
        log_dir: see `EpochLogger`.
        curves: whether to count the probability of every class for every sample, which PR and ROC curves need: some
            (B, C) numbers more to count in each batch of B, and C x 120 to keep. By default, where there are at most 20
            classes.
        pr_curves: log precision and recall for TensorBoard's own PR Curves tab: True for every class, or a list of
            class names.
        **options: see `EpochLogger`.

    Raises:
        ValueError: an argument that can't be right.

    Example:
        >>> import mnist_tb
        >>> logger = mnist_tb.ConfidenceLogger("logs/run1", class_names=["cat", "dog"], pr_curves=["cat"])
    """

    tag = CONFIDENCES_TAG
    describes = "confidence of right and of wrong answers (Histograms tab), expected_calibration_error (Scalars tab)"
    has_train = False

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        *,
        curves: bool | None = None,
        pr_curves: bool | Sequence[str] = False,
        **options: Unpack[LoggerOptions],
    ) -> None:
        super().__init__(log_dir, **options)
        if curves not in (True, False, None):
            raise ValueError(f"curves must be True, False or None, and is {curves!r}")
        self.pr_curves = _checked_pr_curves(pr_curves, self.class_names)
        if self.pr_curves and curves is False:
            raise ValueError("pr_curves need the probability of every class to be counted: leave out curves=False")
        self.curves = True if self.pr_curves else curves
        self.confidences = {True: SCORES, False: ANSWERS, None: SCORES_OF_FEW}[self.curves]

    def _names(self, num_classes: int) -> tuple[str, ...]:
        names = super()._names(num_classes)
        _checked_pr_curves(self.pr_curves, names)
        return names

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        if observation.confidences is None:
            return
        confidences = observation.confidences._replace(step=epoch, class_names=names)
        values = [summaries.payload(CONFIDENCES_TAG, encode_confidences(confidences))]
        values += [summaries.scalar(name, value) for name, value in confidence_scalars(confidences).items()]
        edges, right, wrong = confidence_histograms(confidences)
        values += [
            summaries.histogram("confidence/right", right, edges),
            summaries.histogram("confidence/wrong", wrong, edges),
        ]
        for name in names if self.pr_curves is True else self.pr_curves or ():
            values.append(summaries.pr_curve(f"pr_curve/{name}", pr_curve_table(confidences, names.index(name))))
        events.write(epoch, values)


def _checked_pr_curves(pr_curves: bool | Sequence[str], class_names: tuple[str, ...] | None) -> bool | tuple[str, ...]:
    """Whether every class has a curve, or the names of those that have one; ValueError for what is no such choice."""
    if isinstance(pr_curves, (bool, np.bool_)):
        return bool(pr_curves)
    if isinstance(pr_curves, str) or not isinstance(pr_curves, Sequence):
        raise ValueError(f"pr_curves must be True, False or a list of class names, and is {pr_curves!r}")
    names = tuple(map(str, pr_curves))
    unknown = sorted(set(names) - set(class_names or names))
    if unknown:
        raise ValueError(f"pr_curves must name classes, and {', '.join(unknown)} came, which class_names do not have")
    return names
