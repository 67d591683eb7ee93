"""The confusion matrix from batch to batch, in the variables of a Keras metric."""

from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend.flavours import ops_of, to_numpy
from mnist_tb.backend.scatter import Scatter, total
from mnist_tb.observer import predictions
from mnist_tb.observer.counting import Layout
from mnist_tb.observer.data import flatten
from mnist_tb.observer.predictions import BatchPredictions, Tensor
from mnist_tb.options import check_whole


class ConfusionMatrixState:
    """Counts per cell; mixed into the `Metric` of a Keras, whose backend carries, resets and aggregates variables."""

    keras: ModuleType  # of the metric
    counted: tuple[str, ...] = ("counts", "weighted_counts", "has_weights", "bad_label")  # its variables

    def __init__(
        self,
        num_classes: int,
        name: str = "balanced_accuracy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        sparse: bool = True,
        layout: Layout | None = None,
    ) -> None:
        num_classes = check_whole("num_classes", num_classes, 2)
        super().__init__(name=name, dtype=dtype)  # type: ignore[call-arg]
        self.num_classes = num_classes
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.sparse = sparse
        self.scatter = Scatter(self.keras)
        self.layout = layout or Layout(num_classes)
        self.counts = self._variable("counts", *self.scatter.sums(self.layout.size, "int64"))
        cells = num_classes**2 + predictions.NUM_OTHERS
        self.weighted_counts = self._variable("weighted_counts", *self.scatter.sums(cells, "float64"))
        self.has_weights = self._variable("has_weights", (), "int32")  # 1 once there was a batch with weights
        self._maybe_weighted = False  # set while a step is traced that has them; others need not choose
        self.bad_label = self._variable("bad_label", (2,), "float32")  # one, for the message; and any other label

    def _variable(self, name: str, shape: tuple[int, ...], dtype: str) -> Any:
        return self.add_weight(name=name, shape=shape, initializer="zeros", dtype=dtype)  # type: ignore[attr-defined]

    def check_keras(self, keras: ModuleType | None) -> None:
        """Refuse, with a TypeError, to serve a model of another Keras."""
        if keras not in (None, self.keras):
            raise TypeError(
                f"the ConfusionMatrix is a metric of {self.keras.__name__} {self.keras.__version__}, and the model is "
                f"of {keras.__name__} {keras.__version__}: "
                f"make it with mnist_tb.metrics.confusion_matrix_class({keras.__name__})(num_classes=…)"
            )

    def count(
        self, y_true: Tensor, y_pred: Tensor, weight: Tensor = None, mask: Tensor = None
    ) -> tuple[BatchPredictions, Tensor]:
        """Add a batch to the counts; gives its labels and predictions as classes, and their codes, as `Layout` does."""
        ops = ops_of(self.keras)
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        batch = predictions.decode(
            ops, y_true, y_pred, self.num_classes, self.from_logits, self.ignore_class, self.sparse, mask
        )
        index, codes = self.layout.indices(ops, self.scatter, batch)
        self.scatter.count(self.counts, index)
        if weight is not None:
            cell = batch.true * self.num_classes + batch.predicted
            outcome = predictions.outcomes(ops, batch, cell, self.weighted_counts.shape[-1])
            weights = predictions.position_weights(ops, ops.convert_to_tensor(weight), y_pred)
            self.scatter.add(self.weighted_counts, outcome, weights)
            self.has_weights.assign(ops.ones((), dtype="int32"))
            self._maybe_weighted = True
        place = ops.arange(ops.shape(batch.label)[0], dtype="int32")
        self.scatter.set(self.bad_label, 1 - ops.cast(batch.bad_label, "int32"), batch.label, place)
        return batch, codes

    def reset_state(self) -> None:
        """Forget all batches."""
        ops = ops_of(self.keras)
        for name in self.counted:
            variable = getattr(self, name)
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def result(self) -> Tensor:
        """Balanced accuracy: the mean recall of the classes seen, a float32 scalar; NaN if a label was no class."""
        ops = ops_of(self.keras)
        counts = self.scatter.as_float32(self.counts)
        is_bad = counts[predictions.BAD_LABEL] > 0
        if self._maybe_weighted:
            is_weighted = ops.convert_to_tensor(self.has_weights) > 0
            counts = ops.where(is_weighted, self.scatter.as_float32(self.weighted_counts), counts)
        matrix = ops.reshape(counts[: self.num_classes**2], (self.num_classes, self.num_classes))
        support = ops.sum(matrix, axis=1)
        hits = ops.reshape(matrix, (-1,))[:: self.num_classes + 1]
        none = ops.zeros((self.num_classes,), dtype="float32")
        seen = support > 0
        recall = ops.where(seen, hits / ops.where(seen, support, none + 1.0), none)
        mean = ops.sum(recall) / ops.maximum(ops.sum(ops.cast(seen, "float32")), 1.0)
        return ops.where(is_bad, float("nan") * ops.ones_like(mean), mean)

    def confusion_matrix(self, weighted: bool = False) -> np.ndarray[Any, Any]:
        """The counts so far, true classes on the rows: (C, C) int64, or float64 sums of the sample weights."""
        variable = self.weighted_counts if weighted else self.counts
        counts: np.ndarray[Any, Any] = total(to_numpy(self.keras, variable)[None])[0]
        return counts[: self.num_classes**2].reshape(self.num_classes, self.num_classes)


def compiled_state(model: Any) -> ConfusionMatrixState | None:
    """The `ConfusionMatrix` metric that the model was compiled with, or None."""
    container = getattr(model, "_compile_metrics", None) or getattr(model, "compiled_metrics", None)
    given = [getattr(container, name, None) for name in ("_user_metrics", "_user_weighted_metrics")]
    return next((metric for metric in flatten(given) if isinstance(metric, ConfusionMatrixState)), None)
