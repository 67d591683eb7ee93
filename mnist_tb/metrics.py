"""`ConfusionMatrix`: the counts of the observer as a Keras metric; importing it registers it, so that models load."""

import sys
from functools import cache
from types import ModuleType
from typing import Any

from mnist_tb.backend.flavours import default_keras
from mnist_tb.observer.state import ConfusionMatrixState


class ConfusionMatrixMethods(ConfusionMatrixState):
    """What a Keras metric has beside its state; another Keras that comes to use it is refused, by a TypeError."""

    @property
    def variables(self) -> Any:
        """The metric's variables; tf_keras asks for them when a model is compiled."""
        self.check_keras(_calling_keras())
        return super().variables  # type: ignore[misc]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Count a batch and give the result; tf_keras calls a metric of Keras 3 as if it were a plain function."""
        self.check_keras(_calling_keras())
        return super().__call__(*args, **kwargs)  # type: ignore[misc]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: (B, ...) or (B, ..., 1) class indices, or (B, ..., C) one-hot rows.
            y_pred: (B, ..., C) probabilities or logits; (B, ..., 1) or (B,) for two classes.
            sample_weight: (B,) or (B, ...); summed beside the plain counts, and used for the result.
        """
        self.count(y_true, y_pred, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {name: getattr(self, name) for name in ("num_classes", "from_logits", "ignore_class")}
        return {**super().get_config(), **own}  # type: ignore[misc]


def _calling_keras() -> ModuleType | None:
    """The Keras whose code calls a metric, directly or through TensorFlow's tracing; None if it is somebody else."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package != "tensorflow":
            return sys.modules[package] if package in ("keras", "tf_keras") else None
        frame = frame.f_back
    return None


_keras: Any = default_keras()


@_keras.utils.register_keras_serializable(package="mnist_tb")
class ConfusionMatrix(ConfusionMatrixMethods, _keras.metrics.Metric):  # type: ignore[misc]
    """Counts every pair of true and predicted class; its `result()` is the balanced accuracy.

    For one's own training loops, for the counts of the training data, and for models with steps of their own.
    The callbacks need no metric. Labels may be sparse or one-hot, predictions probabilities or logits with the
    classes on the last axis, or one sigmoid unit for two classes; further axes (pixels, time steps) are counted
    one by one. Predictions with a NaN or inf are left out. A label that is no class makes the result NaN.

    A program that loads a model saved with it must have named `mnist_tb.ConfusionMatrix` before (importing
    `mnist_tb` alone imports no Keras), or pass it in `custom_objects`.

    Args:
        num_classes: C, at least 2.
        name: of the metric in the logs.
        dtype: of the result.
        from_logits: whether the predictions are logits. It matters for one output unit only, where the
            threshold is 0 for logits and 0.5 for probabilities.
        ignore_class: a label to skip, as in Keras' losses.

    Raises:
        ValueError: `num_classes` is no whole number from 2 on; or, when called, shapes that do not fit.

    Example:
        >>> import mnist_tb
        >>> metric = mnist_tb.ConfusionMatrix(num_classes=3)
        >>> metric.update_state([0, 0, 2], [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.1, 0.2, 0.7]])
        >>> metric.confusion_matrix()  # true classes on the rows, int64
        array([[1, 1, 0],
               [0, 0, 0],
               [0, 0, 1]])
        >>> float(metric.result())  # mean recall of the classes seen
        0.75
    """

    keras: ModuleType = _keras


@cache
def confusion_matrix_class(keras: ModuleType) -> type[Any]:
    """`ConfusionMatrix` for models of a given Keras, where a process has two.

    Args:
        keras: the module `keras` or `tf_keras`.

    Example:
        >>> import mnist_tb.metrics
        >>> mnist_tb.metrics.confusion_matrix_class(ConfusionMatrix.keras) is ConfusionMatrix
        True
    """
    if keras is _keras:
        return ConfusionMatrix
    register = keras.utils.register_keras_serializable(package="mnist_tb")
    bases = (ConfusionMatrixMethods, keras.metrics.Metric)
    made: type[Any] = register(type("ConfusionMatrix", bases, {"keras": keras, "__doc__": ConfusionMatrix.__doc__}))
    return made
