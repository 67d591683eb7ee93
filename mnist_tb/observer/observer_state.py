"""The state of an observer: the counts of a `ConfusionMatrixState`, and buffers of samples beside them."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

from mnist_tb.backend.flavours import ops_of
from mnist_tb.backend.scatter import LIMB
from mnist_tb.observer.counting import distance_from_probabilities, probabilities_of
from mnist_tb.observer.data import InputSpec
from mnist_tb.observer.observation import SamplePlan
from mnist_tb.observer.predictions import BatchPredictions, Tensor, has_several_positions
from mnist_tb.observer.sample_buffer import SampleBuffer, best_of_groups, best_overall
from mnist_tb.observer.state import ConfusionMatrixState

_MOST_SAMPLES = 2048  # that a `BatchBuffer` collects
_MOST_BYTES = 8 * 2**20


class ObserverState(ConfusionMatrixState):
    """Counts, and the samples of a plan with their inputs; call `reset_state` first, which empties the buffers."""

    counted = (*ConfusionMatrixState.counted, "passed", "batch_size", "distance")

    def __init__(self, plan: SamplePlan, specs: Sequence[InputSpec], collects: bool = False, **options: Any) -> None:
        super().__init__(plan.num_classes, name="mnist_tb_observed", **options)
        self.plan = plan
        self.codes = self._variable("codes", (max(1, self.layout.num_codes),), "int32")  # workers can't gather nothing
        self.distance = self._variable("distance", (), "float32")  # the largest of any row from probabilities
        self.collected = BatchBuffer(self._update) if collects else None
        self.shapes = tuple(spec.shape for spec in specs)
        self.passed = self._variable("passed", (2,), "int32")  # high · LIMB + low
        self.batch_size = self._variable("batch_size", (), "int32")  # of a full batch, as this replica sees it
        self.tracked = SampleBuffer(self, "tracked", max(plan.num_samples, plan.num_tracked), plan.num_samples, specs)
        num_mistakes = max(plan.num_samples, plan.per_group if plan.groups == 1 else 0)
        detailed = (*specs, InputSpec((plan.num_classes,), "float32"))  # what the model thought of it is kept too
        self.mistakes = SampleBuffer(
            self, "mistakes", num_mistakes, num_mistakes, detailed if plan.groups == 1 else specs
        )
        num_examples = plan.groups * plan.per_group if plan.groups > 1 else 0
        self.examples = SampleBuffer(self, "examples", num_examples, num_examples, detailed)
        self.buffers = (self.tracked, self.mistakes, self.examples)

    @property
    def by_name(self) -> dict[str, Any]:
        """All variables; under "buffers" a list for each of these."""
        counted = {name: getattr(self, name) for name in (*self.counted, "codes")}
        return {**counted, "buffers": [buffer.variables for buffer in self.buffers]}

    def update(
        self, inputs: list[Tensor] | None, y_true: Tensor, y_pred: Tensor, weight: Tensor = None, mask: Tensor = None
    ) -> None:
        """Count a batch and keep samples of it; `inputs` are a (B, ...) tensor for each spec, or None to keep none."""
        parts = (y_true, y_pred, weight, mask, *(inputs or ()))
        if self.collected:
            convert = ops_of(self.keras).convert_to_tensor
            self.collected.put(*(None if part is None else convert(part) for part in parts))
        else:
            self._update(*parts)

    def _update(self, y_true: Tensor, y_pred: Tensor, weight: Tensor, mask: Tensor, *inputs: Tensor) -> None:
        ops = ops_of(self.keras)
        batch, codes = self.count(y_true, y_pred, weight, mask)
        if self.layout.num_codes:
            self._note(ops, batch, codes)
        wanted = any(buffer.size for buffer in self.buffers) and not has_several_positions(y_pred.shape)
        if wanted and len(inputs) == len(self.shapes):
            rows = [ops.reshape(x, (-1, *shape)) for x, shape in zip(inputs, self.shapes, strict=True)]
            self._keep_samples(ops, batch, rows)
        if self.layout.confidences:
            distance = distance_from_probabilities(ops, batch)
            self.distance.assign(ops.maximum(ops.convert_to_tensor(self.distance), distance))
        passed = ops.convert_to_tensor(self.passed)
        size = ops.shape(batch.true)[0]
        low = passed[1] + size
        self.passed.assign(ops.stack([passed[0] + low // LIMB, low % LIMB], axis=0))
        self.batch_size.assign(ops.maximum(ops.convert_to_tensor(self.batch_size), size))

    def _positions(self, ops: Any, batch: BatchPredictions) -> tuple[Tensor, Tensor, Tensor]:
        """The places of a batch in it, and among all that passed as high · LIMB + low: (P,) int32 each."""
        place = ops.arange(ops.shape(batch.true)[0], dtype="int32")
        passed = ops.convert_to_tensor(self.passed)
        return place, passed[0] + 0 * place, passed[1] + place

    def _note(self, ops: Any, batch: BatchPredictions, codes: Tensor) -> None:
        place, high, low = self._positions(ops, batch)
        slot = ops.where(high > 0, self.layout.num_codes, low)
        slot, place = self.scatter.within(self.layout.num_codes, slot, place)
        self.scatter.set(self.codes, slot, ops.where(batch.counted, codes, -1 * ops.ones_like(codes)), place)

    def _keep_samples(self, ops: Any, batch: BatchPredictions, inputs: list[Tensor]) -> None:
        place, high, low = self._positions(ops, batch)
        ones = ops.ones_like(batch.confidence)
        true = ops.where(batch.known, batch.true, -1 * ops.ones_like(batch.true))
        confidence = ops.where(batch.nonfinite, float("nan") * ones, batch.confidence)
        detail = probabilities_of(ops, batch.probability)
        samples = [ops.stack([true, batch.predicted, high, low], axis=1), confidence, *inputs, detail]

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

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: batches come through `update`, not from a loop over the model's metrics."""

    def result(self) -> dict[str, Tensor]:
        """No keys for the logs."""
        return {}

    def reset_state(self) -> None:
        """Forget all batches."""
        super().reset_state()
        if self.collected:
            self.collected.clear()
        for buffer in self.buffers:
            buffer.clear()


@cache
def observer_state_class(keras: ModuleType) -> type[Any]:
    """`ObserverState` as a metric of this Keras."""
    return type("ObserverMetric", (ObserverState, keras.metrics.Metric), {"keras": keras})


class BatchBuffer:
    """Batches of torch tensors, copied, as a data loader may fill the same memory again, and then observed as one.

    Torch runs some 190 small operations for each: a validation took 1.84 of a bare one, and takes 1.04 with batches
    collected; on TensorFlow copies would cost what they save. `update` gets the parts (B, ...) of one or several, of
    which all but the first may be None.
    """

    def __init__(self, update: Callable[..., None]) -> None:
        self._update = update
        self._batches: list[tuple[Tensor, ...]] = []

    def put(self, *parts: Tensor) -> None:
        """Take a batch; it is passed on now or later, after all that came before it."""
        aligned = len({part.shape[:1] for part in parts if part is not None}) == 1
        enough = _enough(parts) if aligned else 0
        if self._batches and (not aligned or _kinds(parts) != _kinds(self._batches[0])):
            self.flush()
        if not self._batches and len(parts[0]) >= enough:
            self._update(*parts)
            return
        self._batches.append(tuple(None if part is None else part.clone() for part in parts))
        if sum(len(parts[0]) for parts in self._batches) >= enough:
            self.flush()

    def flush(self) -> None:
        """Pass on all that were collected."""
        import torch

        columns = list(zip(*self._batches, strict=True))
        self.clear()
        if columns:
            self._update(*(None if column[0] is None else torch.cat(column) for column in columns))

    def clear(self) -> None:
        """Forget all that were collected."""
        self._batches = []


def _kinds(parts: Sequence[Tensor]) -> list[Any]:
    """Shape and dtype of a row of each part."""
    return [None if part is None else (part.shape[1:], part.dtype) for part in parts]


def _enough(parts: Sequence[Tensor]) -> int:
    """From how many samples of this kind on a batch is passed on at once."""
    bytes_each = sum(part.element_size() * math.prod(part.shape[1:]) for part in parts if part is not None)
    return min(_MOST_SAMPLES, int(_MOST_BYTES // bytes_each))
