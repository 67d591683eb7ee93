"""The state of an observer: the counts of a `ConfusionMatrixState`, and buffers of samples beside them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

from mnist_tb.backend.flavours import ops_of
from mnist_tb.backend.jax_sums import LIMB
from mnist_tb.observer.batch_buffer import BatchBuffer
from mnist_tb.observer.example_plan import ExamplePlan
from mnist_tb.observer.predictions import BatchPredictions, Tensor, has_several_positions
from mnist_tb.observer.sample_buffer import SampleBuffer, best_of_groups, best_overall
from mnist_tb.observer.state import COUNTED, ConfusionMatrixState
from mnist_tb.observer.validation_data import InputSpec

# The variables beside those of the buffers, by name.
COUNTERS = (*COUNTED, "passed", "batch_size")


class ObserverState(ConfusionMatrixState):
    """Counts, and samples: the first to pass, the mistakes made with most confidence, and examples of the cells.

    Call `reset_state` before the first batch: it also marks all slots of the buffers as empty. Of `num_tracked` of the
    first samples labels and predictions are kept, of `num_samples`, and of as many mistakes, the inputs too. If it
    `collects`, on torch alone, several batches may be observed as one.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        num_samples: int,
        num_tracked: int,
        plan: ExamplePlan,
        specs: Sequence[InputSpec],
        collects: bool,
        **options: Any,
    ) -> None:
        super().__init__(num_classes, name="mnist_tb_observed", **options)
        self.num_samples = num_samples
        self.plan = plan
        self.collected = BatchBuffer(self._update) if collects else None
        self.shapes = tuple(spec.shape for spec in specs)
        self.passed = self._variable("passed", (2,), "int32")  # high · LIMB + low
        self.batch_size = self._variable("batch_size", (), "int32")  # of a full batch, as this replica sees it
        self.tracked = SampleBuffer(self, "tracked", max(num_samples, num_tracked), num_samples, specs)
        num_mistakes = max(num_samples, plan.per_group if plan.groups == 1 else 0)
        self.mistakes = SampleBuffer(self, "mistakes", num_mistakes, num_mistakes, specs)
        num_examples = plan.groups * plan.per_group if plan.groups > 1 else 0
        self.examples = SampleBuffer(self, "examples", num_examples, num_examples, specs)

        self.buffers = (self.tracked, self.mistakes, self.examples)

    @property
    def all_variables(self) -> list[Any]:
        """The `COUNTERS`, and the variables of the `buffers`."""
        counters = [getattr(self, name) for name in COUNTERS]
        return [*counters, *(variable for buffer in self.buffers for variable in buffer.variables)]

    def update(
        self,
        inputs: Sequence[Tensor] | None,
        y_true: Tensor,
        y_pred: Tensor,
        sample_weight: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> None:
        """Count a batch and keep samples of it; `inputs` are a (B, ...) tensor for each spec, or None to keep none."""
        ops = ops_of(self.keras)
        parts = (y_true, y_pred, sample_weight, mask, *(inputs or ()))
        if self.collected:
            self.collected.put(*(None if part is None else ops.convert_to_tensor(part) for part in parts))
        else:
            self._update(*parts)

    def _update(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None, mask: Tensor | None, *inputs: Tensor
    ) -> None:
        ops = ops_of(self.keras)
        batch = self.count(y_true, y_pred, sample_weight, mask)
        wanted = any(buffer.size for buffer in self.buffers) and not has_several_positions(y_pred.shape)
        if wanted and len(inputs) == len(self.shapes):
            rows = [ops.reshape(x, (-1, *shape)) for x, shape in zip(inputs, self.shapes, strict=True)]
            self._keep_samples(ops, batch, rows)

    def flush(self) -> None:
        """Observe the batches that were only collected up to now."""
        if self.collected:
            self.collected.flush()

    def _keep_samples(self, ops: Any, batch: BatchPredictions, inputs: list[Tensor]) -> None:
        size = ops.shape(batch.true)[0]
        place = ops.arange(size, dtype="int32")
        passed = ops.convert_to_tensor(self.passed)
        high, low = passed[0] + 0 * place, passed[1] + place
        ones = ops.ones_like(batch.confidence)
        true = ops.where(batch.known, batch.true, -1 * ops.ones_like(batch.true))
        confidence = ops.where(batch.nonfinite, float("nan") * ones, batch.confidence)
        samples = [ops.stack([true, batch.predicted, high, low], axis=1), confidence, *inputs]

        self.tracked.put(self.scatter, samples, place, ops.where(high > 0, self.tracked.size, low))
        wrong = ops.logical_and(batch.counted, batch.true != batch.predicted)
        if self.mistakes.size:
            score = ops.where(wrong, batch.confidence, -ones)
            self.mistakes.put(self.scatter, samples, *best_overall(ops, *self.mistakes.kept(ops), score))
        if self.examples.size:
            asked = batch.counted if self.plan.scope == "cell" else wrong
            score = ops.where(asked, batch.confidence, -ones)
            group = self.plan.group_of(batch.true, batch.predicted)
            entering = best_of_groups(ops, *self.examples.kept(ops), group, score, self.plan.per_group)
            self.examples.put(self.scatter, samples, *entering)
        low = passed[1] + size
        self.passed.assign(ops.stack([passed[0] + low // LIMB, low % LIMB], axis=0))
        self.batch_size.assign(ops.maximum(ops.convert_to_tensor(self.batch_size), size))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: batches come through `update`, not from a loop over the model's metrics."""

    def result(self) -> dict[str, Tensor]:
        """No keys for the logs."""
        return {}

    def reset_state(self) -> None:
        """Forget all batches."""
        super().reset_state()
        ops = ops_of(self.keras)
        if self.collected:
            self.collected.clear()
        self.passed.assign(ops.zeros((2,), dtype="int32"))
        self.batch_size.assign(ops.zeros((), dtype="int32"))
        for buffer in self.buffers:
            buffer.clear()


@cache
def observer_state_class(keras: ModuleType) -> type[Any]:
    """`ObserverState` as a metric of this Keras."""
    return type("ObserverMetric", (ObserverState, keras.metrics.Metric), {"keras": keras})
