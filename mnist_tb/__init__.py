"""What does a Keras classifier get wrong? Seen in TensorBoard, while it trains.

    import mnist_tb

    (x_train, y_train), (x_test, y_test) = mnist_tb.load_mnist()
    model = mnist_tb.mnist_dense()
    model.fit(x_train / 255.0, y_train, validation_data=(x_test / 255.0, y_test), epochs=5,
              callbacks=mnist_tb.classification_loggers("logs/run1"))
    steps, counts = mnist_tb.read_confusion_matrices("logs/run1")[:2]

Names are imported when they are used: `import mnist_tb` loads neither Keras, TensorFlow nor matplotlib.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_tb.callbacks import classification_loggers as classification_loggers
    from mnist_tb.callbacks.class_accuracy import ClassAccuracyLogger as ClassAccuracyLogger
    from mnist_tb.callbacks.confidence import ConfidenceLogger as ConfidenceLogger
    from mnist_tb.callbacks.confusion_matrix import ConfusionMatrixLogger as ConfusionMatrixLogger
    from mnist_tb.callbacks.epoch_scalars import EpochScalarsLogger as EpochScalarsLogger
    from mnist_tb.callbacks.sample_predictions import SamplePredictionLogger as SamplePredictionLogger
    from mnist_tb.confidence import confidences_of as confidences_of
    from mnist_tb.curves import precision_recall as precision_recall
    from mnist_tb.curves import roc as roc
    from mnist_tb.datasets.digits import read_digit as read_digit
    from mnist_tb.datasets.mnist import load_mnist as load_mnist
    from mnist_tb.events.reader import read_confidences as read_confidences
    from mnist_tb.events.reader import read_confusion_matrices as read_confusion_matrices
    from mnist_tb.events.reader import read_examples as read_examples
    from mnist_tb.events.reader import read_tracked as read_tracked
    from mnist_tb.groups import group_counts as group_counts
    from mnist_tb.images.confusion_matrix import confusion_matrix_image as confusion_matrix_image
    from mnist_tb.images.sample_grid import sample_grid_image as sample_grid_image
    from mnist_tb.metrics import ConfusionMatrix as ConfusionMatrix
    from mnist_tb.models import mnist_dense as mnist_dense
    from mnist_tb.reliability import accuracy_coverage as accuracy_coverage
    from mnist_tb.reliability import at_threshold as at_threshold
    from mnist_tb.reliability import calibration as calibration
    from mnist_tb.report import class_report as class_report
    from mnist_tb.report import most_confused as most_confused
    from mnist_tb.suspects import suspect_labels as suspect_labels

__version__ = "0.1.0"

_HOMES = {
    "ClassAccuracyLogger": "callbacks.class_accuracy",
    "ConfidenceLogger": "callbacks.confidence",
    "ConfusionMatrix": "metrics",
    "ConfusionMatrixLogger": "callbacks.confusion_matrix",
    "EpochScalarsLogger": "callbacks.epoch_scalars",
    "SamplePredictionLogger": "callbacks.sample_predictions",
    "accuracy_coverage": "reliability",
    "at_threshold": "reliability",
    "calibration": "reliability",
    "class_report": "report",
    "classification_loggers": "callbacks",
    "confidences_of": "confidence",
    "confusion_matrix_image": "images.confusion_matrix",
    "group_counts": "groups",
    "load_mnist": "datasets.mnist",
    "mnist_dense": "models",
    "most_confused": "report",
    "precision_recall": "curves",
    "read_confidences": "events.reader",
    "read_confusion_matrices": "events.reader",
    "read_digit": "datasets.digits",
    "read_examples": "events.reader",
    "read_tracked": "events.reader",
    "roc": "curves",
    "sample_grid_image": "images.sample_grid",
    "suspect_labels": "suspects",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605 (a list of names, made from the one above)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mnist_tb' has no attribute {name!r}")
    return getattr(importlib.import_module(f"mnist_tb.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
