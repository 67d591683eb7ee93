"""`ClassAccuracyLogger`: accuracy, precision and F1 of every class, as scalars."""

from pathlib import Path

import numpy as np

from mnist_tb.callbacks.base import EpochLogger
from mnist_tb.events import summaries
from mnist_tb.events.writer import EventWriter
from mnist_tb.observer.observation import Observation
from mnist_tb.report import class_report

_LAYOUT = {
    "Classes": {
        "accuracy of every class": "class_accuracy/.*",
        "precision of every class": "class_precision/.*",
        "F1 of every class": "class_f1/.*",
        "all classes together": "(accuracy|balanced_accuracy|macro_f1)$",
    }
}


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

    def _forget_fit(self) -> None:
        super()._forget_fit()
        self._laid_out: set[Path] = set()  # files that have their layout

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        report = class_report(observation.counts, names)
        columns = {"class_accuracy": report.recall, "class_precision": report.precision, "class_f1": report.f1}
        figures = {
            f"{tag}/{name}": value for tag, column in columns.items() for name, value in zip(names, column, strict=True)
        }
        figures |= {tag: getattr(report, tag) for tag in ("accuracy", "balanced_accuracy", "macro_f1")}
        values = [summaries.scalar(tag, value) for tag, value in figures.items() if np.isfinite(value)]
        if events.path not in self._laid_out:
            self._laid_out.add(events.path)
            values.append(summaries.charts(_LAYOUT))
        events.write(epoch, values)
