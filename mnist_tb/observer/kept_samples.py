"""What stands in the slots of all replicas → samples in order, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.backend.distribution import global_positions
from mnist_tb.observer.example_plan import ExamplePlan, first_of_each
from mnist_tb.observer.observation import Array, Samples
from mnist_tb.observer.sample_buffer import CONFIDENCE, NUMBER_BASE, NUMBER_HIGH, NUMBER_LOW, PREDICTED, TRUE, InputSpec


class KeptSamples(NamedTuple):
    """The samples of one list, of all replicas, in no order.

    Attributes:
        true: (N,) int64.
        predicted: (N,) int64.
        confidence: (N,) float32.
        position: (N,) int64, among all that passed.
        inputs: one (N, ...) array for each of the specs, in the dtype of the data; none where none are kept.
    """

    true: Array
    predicted: Array
    confidence: Array
    position: Array
    inputs: list[Array]

    def take(self, order: Array, structure: Callable[[list[Array]], Any] | None = None) -> Samples:
        """Those that `order` names; `structure` makes the nesting of the inputs out of the list of them."""
        facts = (values[order] for values in self[:4])
        inputs = structure([array[order] for array in self.inputs]) if structure and self.inputs else None
        return Samples(inputs, *facts)

    def first(self, count: int) -> Array:
        """Which are the first to pass."""
        return np.argsort(self.position)[:count]

    def best(self, count: int) -> Array:
        """Which were predicted with most confidence; of equals, the first."""
        return np.lexsort((self.position, -self.confidence))[:count]

    def best_of_groups(self, plan: ExamplePlan) -> Array:
        """The same for each list of the plan, list after list."""
        group = plan.list_of(self.true, self.predicted)
        order = np.lexsort((self.position, -self.confidence, group))
        best: Array = order[first_of_each(group[order], plan.per_group)]
        return best


def kept_samples(
    facts: Array, inputs: Sequence[Array], specs: Sequence[InputSpec], passed: Array, batch_size: Array
) -> KeptSamples:
    """The samples in the slots of R replicas.

    Args:
        facts: (R, S, 6), see `slots.facts_of`.
        inputs: one (R, S, ...) array for each of the specs, or none.
        specs: the arrays of a sample.
        passed: (R,) samples that passed each replica.
        batch_size: (R,) how many of a full batch each replica sees.
    """
    number = (facts[..., NUMBER_HIGH].astype(np.int64) * NUMBER_BASE) + facts[..., NUMBER_LOW].astype(np.int64)
    position = global_positions(number - 1, passed, batch_size) if len(number) > 1 else number - 1
    filled = number > 0
    known = facts[filled]
    return KeptSamples(
        known[:, TRUE].astype(np.int64),
        known[:, PREDICTED].astype(np.int64),
        known[:, CONFIDENCE],
        position[filled],
        [array[filled].astype(_numpy_dtype(spec)) for array, spec in zip(inputs, specs, strict=False)],
    )


def _numpy_dtype(spec: InputSpec) -> str:
    """The dtype of the inputs where NumPy has it: uint8 pictures come back as uint8."""
    return spec.dtype if spec.dtype in np.sctypeDict and not spec.dtype.startswith("float") else "float32"
