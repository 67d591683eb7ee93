"""What counting remembers from batch to batch: the variables of a Keras metric.

`ConfusionMatrixState` holds the confusion matrix; `ObserverState` adds the samples that are shown. Both are mixed into
the `Metric` class of whichever Keras is at work, so that its engine carries, resets and aggregates them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend.flavours import ops_of, to_numpy
from mnist_tb.backend.scatter import Scatter
from mnist_tb.observer.batch_buffer import BatchBuffer
from mnist_tb.observer.example_plan import ExamplePlan
from mnist_tb.observer.predictions import (
    BatchPredictions,
    Tensor,
    cells,
    decode_predictions,
    has_several_positions,
    position_weights,
)
from mnist_tb.observer.sample_buffer import Batch, InputSpec, SampleBuffer, best_of_groups, best_overall, facts_of

# What `ConfusionMatrixState` and `ObserverState` count, by the names of their variables.
_COUNTED = ("counts", "weighted_counts", "weighted_batches", "nonfinite", "bad_labels", "bad_label")
COUNTERS = (*_COUNTED, "passed", "batch_size")
_MOST_SUMMED = 1 << 16  # cells, up to which the weights of a batch are summed before they are added


class ConfusionMatrixState:
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
        cells = (self.num_classes**2,)
        # float32 could not count past 2**24 in a cell
        self.counts = self._variable("counts", cells, "int32")
        self.weighted_counts = self._variable("weighted_counts", cells, "float32")
        self.weighted_batches = self._variable("weighted_batches", (), "int32")  # how many had sample weights
        self._maybe_weighted = False  # set while a step is traced that has them; others need not choose
        self.nonfinite = self._variable("nonfinite", (), "int32")
        self.bad_labels = self._variable("bad_labels", (), "int32")
        self.bad_label = self._variable("bad_label", (), "float32")

    def _variable(self, name: str, shape: tuple[int, ...], dtype: str) -> Any:
        return self.add_weight(name=name, shape=shape, initializer="zeros", dtype=dtype)  # type: ignore[attr-defined]

    def check_keras(self, keras: ModuleType | None) -> None:
        """Refuse to serve a model of another Keras.

        Raises:
            TypeError: says which is of which, and how to make a metric that fits.
        """
        if keras not in (None, self.keras):
            raise TypeError(
                f"the ConfusionMatrix is a metric of {self.keras.__name__} {self.keras.__version__}, and the model is "
                f"of {keras.__name__} {keras.__version__}: "
                f"make it with mnist_tb.metrics.confusion_matrix_class({keras.__name__})(num_classes=…)"
            )

    def count(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None, mask: Tensor | None = None
    ) -> BatchPredictions:
        """Add a batch to the counts and return what it said."""
        ops = ops_of(self.keras)
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        batch = decode_predictions(
            ops,
            y_true,
            y_pred,
            num_classes=self.num_classes,
            from_logits=self.from_logits,
            ignore_class=self.ignore_class,
            sparse=self.sparse,
            mask=mask,
        )
        cell, scatter = cells(ops, batch, self.num_classes), Scatter(self.keras)
        scatter.add(self.counts, cell, batch.counted)
        if sample_weight is not None:
            weight = position_weights(ops, ops.convert_to_tensor(sample_weight), y_pred)
            add = scatter.add_sums if self.num_classes**2 <= _MOST_SUMMED else scatter.add
            add(self.weighted_counts, cell, ops.where(batch.counted, weight, 0.0 * weight))
            self.weighted_batches.assign_add(ops.ones((), dtype="int32"))
            self._maybe_weighted = True
        self._remember_bad(ops, batch)
        return batch

    def _remember_bad(self, ops: Any, batch: BatchPredictions) -> None:
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
        for name in _COUNTED:
            variable = getattr(self, name)
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def balanced_accuracy(self) -> Tensor:
        """Mean recall over the classes seen, a float32 scalar; NaN if a label was no class of the matrix."""
        ops = ops_of(self.keras)
        counts = ops.cast(ops.convert_to_tensor(self.counts), "float32")
        if self._maybe_weighted:
            is_weighted = ops.convert_to_tensor(self.weighted_batches) > 0
            counts = ops.where(is_weighted, ops.convert_to_tensor(self.weighted_counts), counts)
        matrix = ops.reshape(counts, (self.num_classes, self.num_classes))
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


class ObserverState(ConfusionMatrixState):
    """Counts, and lists of samples: the first to pass, the mistakes made with most confidence, and examples.

    Args:
        num_classes: see `ConfusionMatrixState`.
        num_samples: how many of the first samples, and of the mistakes, are kept with their inputs.
        num_tracked: of how many of the first samples labels and predictions are kept.
        plan: which samples are kept as examples.
        specs: the arrays of a sample.
        compiled: whether XLA compiles the step.
        may_wait: whether several batches may be looked at as one; on torch alone.
        **options: see `ConfusionMatrixState`.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        num_samples: int,
        num_tracked: int,
        plan: ExamplePlan,
        specs: Sequence[InputSpec],
        compiled: bool,
        may_wait: bool,
        **options: Any,
    ) -> None:
        super().__init__(num_classes, name="mnist_tb_observed", **options)
        self.num_samples = num_samples
        self.plan = plan
        self.scatter = Scatter(self.keras, compiled)
        self.held = BatchBuffer(self._look_at) if may_wait else None
        self.shapes = tuple(spec.shape for spec in specs)
        self.passed = self._variable("passed", (), "int32")
        self.batch_size = self._variable("batch_size", (), "int32")  # of a full batch, as this replica sees it
        self.watched = SampleBuffer(self, "watched", max(num_samples, num_tracked), num_samples, specs)
        num_mistakes, num_examples = max(num_samples, plan.overall), plan.groups * plan.per_group
        self.mistakes = SampleBuffer(self, "mistakes", num_mistakes, num_mistakes, specs)
        self.examples = SampleBuffer(self, "examples", num_examples, num_examples, specs)

    @property
    def lists(self) -> tuple[SampleBuffer, SampleBuffer, SampleBuffer]:
        """The lists of samples: the first, the mistakes, the examples."""
        return self.watched, self.mistakes, self.examples

    @property
    def all_variables(self) -> list[Any]:
        """All variables: the `COUNTERS`, and those of the `lists`."""
        counters = [getattr(self, name) for name in COUNTERS]
        return [*counters, *(variable for slots in self.lists for variable in slots.variables)]

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
            y_true: see `decode_predictions`.
            y_pred: see `decode_predictions`.
            sample_weight: see `position_weights`.
            mask: see `decode_predictions`.
        """
        ops = ops_of(self.keras)
        parts = (y_true, y_pred, sample_weight, mask, *(inputs or ()))
        if self.held:
            self.held.put(*(None if part is None else ops.convert_to_tensor(part) for part in parts))
        else:
            self._look_at(*parts)

    def _look_at(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None, mask: Tensor | None, *inputs: Tensor
    ) -> None:
        ops = ops_of(self.keras)
        batch = self.count(y_true, y_pred, sample_weight, mask)
        wanted = any(slots.size for slots in self.lists) and not has_several_positions(y_pred.shape)
        if wanted and len(inputs) == len(self.shapes):
            rows = [ops.reshape(x, (-1, *shape)) for x, shape in zip(inputs, self.shapes, strict=True)]
            self._keep_samples(ops, batch, rows)

    def finish(self) -> None:
        """Look at the batches that still wait."""
        if self.held:
            self.held.finish()

    def _keep_samples(self, ops: Any, batch: BatchPredictions, inputs: list[Tensor]) -> None:
        size = ops.shape(batch.true)[0]
        place = ops.arange(size, dtype="int32")
        position = ops.convert_to_tensor(self.passed) + place
        ones = ops.ones_like(batch.confidence)
        true = ops.where(batch.known, batch.true, -1 * ops.ones_like(batch.true))
        confidence = ops.where(batch.nonfinite, float("nan") * ones, batch.confidence)
        samples = Batch(facts_of(ops, true, batch.predicted, confidence, position + 1), inputs)

        self.watched.put(self.scatter, samples, place, position)
        wrong = ops.logical_and(batch.counted, batch.true != batch.predicted)
        self._keep_mistakes(ops, samples, ops.where(wrong, batch.confidence, -ones))
        self._keep_examples(ops, samples, batch, wrong)
        self.passed.assign_add(size)
        self.batch_size.assign(ops.maximum(ops.convert_to_tensor(self.batch_size), size))

    def _keep_mistakes(self, ops: Any, samples: Batch, score: Tensor) -> None:
        if self.mistakes.size:
            place, slot = best_overall(ops, ops.convert_to_tensor(self.mistakes.facts), score)
            self.mistakes.put(self.scatter, samples, place, slot)

    def _keep_examples(self, ops: Any, samples: Batch, batch: BatchPredictions, wrong: Tensor) -> None:
        if self.examples.size:
            group, is_candidate = self.plan.group(ops, batch, wrong)
            score = ops.where(is_candidate, batch.confidence, -1.0 * ops.ones_like(batch.confidence))
            facts = ops.convert_to_tensor(self.examples.facts)
            place, slot = best_of_groups(ops, facts, group, score, self.plan.per_group)
            self.examples.put(self.scatter, samples, place, slot)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: what is observed comes through `look`, not from a loop over the model's metrics."""

    def result(self) -> dict[str, Tensor]:
        """No keys for the logs."""
        return {}

    def reset_state(self) -> None:
        """Forget all batches."""
        super().reset_state()
        ops = ops_of(self.keras)
        if self.held:
            self.held.clear()
        self.passed.assign(ops.zeros((), dtype="int32"))
        self.batch_size.assign(ops.zeros((), dtype="int32"))
        for slots in self.lists:
            slots.clear()


@cache
def observer_state_class(keras: ModuleType) -> type[Any]:
    """`ObserverState` as a metric of this Keras."""
    return type("ObservedSamples", (ObserverState, keras.metrics.Metric), {"keras": keras})
