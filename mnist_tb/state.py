"""What counting remembers from batch to batch: the variables of a Keras metric.

`CountState` holds the confusion matrix; `SampleState` adds the samples that are shown. Both are mixed into
the `Metric` class of whichever Keras is at work, so that its engine carries, resets and aggregates them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from mnist_tb._keras import ops_of, to_numpy
from mnist_tb.counting import Judgement, Tensor, count_cells, judge, position_weights


class InputSpec(NamedTuple):
    """One array of a sample: its shape without the batch axis, and its dtype."""

    shape: tuple[int, ...]
    dtype: str


class CountState:
    """Counts per cell, in the variables of the metric that it is mixed into."""

    keras: ModuleType  # of the metric

    def __init__(
        self,
        num_classes: int,
        name: str = "balanced_accuracy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        sparse: bool = True,
    ) -> None:
        if isinstance(num_classes, bool) or not isinstance(num_classes, (int, np.integer)) or num_classes < 2:
            raise ValueError(f"num_classes must be a whole number from 2 on, and is {num_classes!r}")
        super().__init__(name=name, dtype=dtype)  # type: ignore[call-arg]
        self.num_classes = int(num_classes)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.sparse = sparse
        self.weighted = False  # set while a step is traced that has sample weights
        cells = (self.num_classes**2,)
        # float32 could not count past 2**24 in a cell
        self.counts = self._variable("counts", cells, "int32")
        self.weighted_counts = self._variable("weighted_counts", cells, "float32")
        self.nonfinite = self._variable("nonfinite", (), "int32")
        self.bad_labels = self._variable("bad_labels", (), "int32")
        self.bad_label = self._variable("bad_label", (), "float32")

    def _variable(self, name: str, shape: tuple[int, ...], dtype: str) -> Any:
        return self.add_weight(name=name, shape=shape, initializer="zeros", dtype=dtype)  # type: ignore[attr-defined]

    def count(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> Judgement:
        """Add a batch to the counts and return what it said."""
        ops = ops_of(self.keras)
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        batch = judge(
            ops,
            y_true,
            y_pred,
            num_classes=self.num_classes,
            from_logits=self.from_logits,
            ignore_class=self.ignore_class,
            sparse=self.sparse,
            mask=mask,
        )
        self.counts.assign_add(count_cells(ops, batch, self.num_classes))
        if sample_weight is not None:
            self.weighted = True
            weight = position_weights(ops, ops.convert_to_tensor(sample_weight), y_pred)
            self.weighted_counts.assign_add(count_cells(ops, batch, self.num_classes, weight))
        self._remember_bad(ops, batch)
        return batch

    def _remember_bad(self, ops: Any, batch: Judgement) -> None:
        """Count what can't be counted as a class, and keep one such label for the message."""
        self.nonfinite.assign_add(ops.sum(ops.cast(batch.nonfinite, "int32")))
        bad = ops.sum(ops.cast(batch.bad_label, "int32"))
        # One entry more than the batch has: a replica's batch may be empty.
        flags = ops.concatenate([ops.cast(batch.bad_label, "int32"), ops.zeros((1,), dtype="int32")], axis=0)
        labels = ops.concatenate([batch.label, ops.zeros((1,), dtype="float32")], axis=0)
        first = ops.take(labels, ops.argmax(flags, axis=0), axis=0)
        self.bad_label.assign(ops.where(bad > 0, first, ops.convert_to_tensor(self.bad_label)))
        self.bad_labels.assign_add(bad)

    def reset_state(self) -> None:
        """Forget all batches."""
        ops = ops_of(self.keras)
        for variable in (self.counts, self.weighted_counts, self.nonfinite, self.bad_labels, self.bad_label):
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def balanced_accuracy(self) -> Tensor:
        """Mean recall over the classes seen, a float32 scalar; NaN if a label was no class of the matrix."""
        ops = ops_of(self.keras)
        counts = ops.convert_to_tensor(self.weighted_counts if self.weighted else self.counts)
        matrix = ops.cast(ops.reshape(counts, (self.num_classes, self.num_classes)), "float32")
        support = ops.sum(matrix, axis=1)
        hits = ops.reshape(matrix, (-1,))[:: self.num_classes + 1]
        none = ops.zeros((self.num_classes,), dtype="float32")
        recall = ops.where(support > 0, hits / ops.where(support > 0, support, none + 1.0), none)
        seen = ops.sum(ops.cast(support > 0, "float32"))
        mean = ops.sum(recall) / ops.maximum(seen, 1.0)
        return ops.where(ops.convert_to_tensor(self.bad_labels) > 0, float("nan") * (mean * 0.0 + 1.0), mean)

    def confusion_matrix(self, weighted: bool = False) -> np.ndarray[Any, Any]:
        """The counts so far, true classes on the rows: (C, C) int64, or float64 sums of the sample weights."""
        variable, dtype = (self.weighted_counts, np.float64) if weighted else (self.counts, np.int64)
        counts = to_numpy(self.keras, variable).astype(dtype)
        return counts.reshape(self.num_classes, self.num_classes)


class Slots:
    """A fixed number of kept samples: variables with one row a slot.

    `number` is the sample's position among all that passed plus one, so that zeros are an empty slot.
    """

    def __init__(self, metric: Any, name: str, size: int, specs: Sequence[InputSpec]) -> None:
        self.size = size
        self.true = metric._variable(f"{name}_true", (size,), "int32")
        self.predicted = metric._variable(f"{name}_predicted", (size,), "int32")
        self.confidence = metric._variable(f"{name}_confidence", (size,), "float32")
        self.number = metric._variable(f"{name}_number", (size,), "int32")
        self.inputs = [
            metric._variable(f"{name}_input_{i}", (size, *spec.shape), "float32") for i, spec in enumerate(specs)
        ]

    @property
    def variables(self) -> list[Any]:
        """The variables in the order in which `keep` takes their rows."""
        return [self.true, self.predicted, self.confidence, self.number, *self.inputs]

    def keep(self, ops: Any, rows: Sequence[Tensor], index: Tensor, may_be_empty: bool) -> None:
        """Fill each slot with the row that `index` (size,) names: an own one below `size`, else one of `rows`.

        Args:
            ops: the operations of the Keras at work.
            rows: one tensor (B, ...) for each of the variables.
            index: (size,) int32.
            may_be_empty: whether B may be 0, as it is for a replica that gets nothing of a short last batch.
        """
        of_batch = ops.maximum(index - self.size, 0)
        own = ops.where(index < self.size, index, 0 * index)
        for variable, row in zip(self.variables, rows, strict=True):
            kept = ops.convert_to_tensor(variable)
            # There must be something to take from.
            batch = ops.concatenate([row, kept[:1]], axis=0) if may_be_empty else row
            is_new = ops.reshape(index >= self.size, (-1,) + (1,) * (len(variable.shape) - 1))
            variable.assign(ops.where(is_new, ops.take(batch, of_batch, axis=0), ops.take(kept, own, axis=0)))

    def clear(self, ops: Any) -> None:
        """Empty all slots."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))


class SampleState(CountState):
    """Counts, and two lists of samples: the first to pass, and the mistakes made with most confidence."""

    def __init__(
        self, num_classes: int, *, num_samples: int, specs: Sequence[InputSpec], replicated: bool, **options: Any
    ) -> None:
        super().__init__(num_classes, name="mnist_tb_observed", **options)
        self.num_samples = num_samples
        self.replicated = replicated
        self.shapes = tuple(spec.shape for spec in specs)
        self.passed = self._variable("passed", (), "int32")
        self.watched = Slots(self, "watched", num_samples, specs)
        self.mistakes = Slots(self, "mistakes", num_samples, specs)

    def look(
        self,
        inputs: Sequence[Tensor] | None,
        y_true: Tensor,
        y_pred: Tensor,
        sample_weight: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> None:
        """Count a batch and keep what is to be shown of it.

        Args:
            inputs: one (B, ...) tensor for each of the specs, or None to keep no samples.
            y_true: see `judge`.
            y_pred: see `judge`.
            sample_weight: see `position_weights`.
            mask: see `judge`.
        """
        ops = ops_of(self.keras)
        batch = self.count(y_true, y_pred, sample_weight, mask)
        if inputs is not None and self.num_samples and len(y_pred.shape) <= 2:  # no pixels or time steps
            rows = [
                ops.cast(ops.reshape(x, (-1, *shape)), "float32") for x, shape in zip(inputs, self.shapes, strict=True)
            ]
            self._keep_samples(ops, batch, rows)

    def _keep_samples(self, ops: Any, batch: Judgement, inputs: list[Tensor]) -> None:
        size, slots = ops.shape(batch.true)[0], self.num_samples
        passed = ops.convert_to_tensor(self.passed)
        number = passed + 1 + ops.arange(size, dtype="int32")
        ones = ops.ones_like(batch.confidence)

        slot = ops.arange(slots, dtype="int32")
        source = slot - passed
        comes = ops.logical_and(source >= 0, source < size)
        true = ops.where(batch.bad_label, -1 * ops.ones_like(batch.true), batch.true)
        confidence = ops.where(batch.nonfinite, float("nan") * ones, batch.confidence)
        rows = [true, batch.predicted, confidence, number, *inputs]
        self.watched.keep(ops, rows, ops.where(comes, source + slots, slot), self.replicated)

        wrong = ops.logical_and(batch.counted, batch.true != batch.predicted)
        score = ops.where(wrong, batch.confidence, -ones)  # below the 0 of an empty slot: never kept
        ranked = ops.concatenate([ops.convert_to_tensor(self.mistakes.confidence), score], axis=0)
        rows = [true, batch.predicted, score, number, *inputs]
        self.mistakes.keep(ops, rows, ops.argsort(-ranked)[:slots], self.replicated)
        self.passed.assign_add(size)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: what is observed comes through `look`, not from a loop over the model's metrics."""

    def result(self) -> dict[str, Tensor]:
        """No keys for the logs."""
        return {}

    def reset_state(self) -> None:
        """Forget all batches."""
        super().reset_state()
        ops = ops_of(self.keras)
        self.passed.assign(ops.zeros((), dtype="int32"))
        self.watched.clear(ops)
        self.mistakes.clear(ops)


@cache
def sample_state_class(keras: ModuleType) -> type[Any]:
    """`SampleState` as a metric of this Keras."""
    return type("ObservedSamples", (SampleState, keras.metrics.Metric), {"keras": keras})
