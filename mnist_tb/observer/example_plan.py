"""Which samples are kept as examples of the cells of a confusion matrix, within a limit of memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mnist_tb.observer.validation_data import InputSpec

MEMORY_LIMIT = 64 * 2**20  # bytes, for the inputs of all examples


@dataclass(frozen=True)
class ExamplePlan:
    """Which examples are kept, and how many."""

    scope: Literal["cell", "mistakes"]  # the most confident of every cell; where too many, the most confident mistakes
    num_classes: int
    groups: int = 0  # lists: one for each cell; of mistakes one for each true class, or 1 where too many; 0 for nothing
    per_group: int = 0  # samples in each list

    def group_of(self, true: Any, predicted: Any) -> Any:
        """The list that each of N samples belongs to, (N,) like their classes: tensors or NumPy arrays."""
        return true * self.num_classes + predicted if self.scope == "cell" else true

    def describe(self, asked: int) -> str:
        """A message that says what is kept instead of `asked` examples of each cell; "" if it is these."""
        if not asked or (self.scope == "cell" and self.groups):
            return ""
        instead = "no examples are kept"
        if self.groups:
            of = "all" if self.groups == 1 else "each class"
            instead = f"the {self.per_group} most confident mistakes of {of} are kept"
        return (
            f"examples_per_cell={asked} would take more than {MEMORY_LIMIT // 2**20} MiB for {self.num_classes} x "
            f"{self.num_classes} cells of samples of this size: {instead} instead"
        )


def plan_examples(num_classes: int, per_cell: int, specs: Sequence[InputSpec]) -> ExamplePlan:
    """Find what can be kept of `per_cell` wanted examples within `MEMORY_LIMIT`, as float32 arrays of these `specs`."""
    most = MEMORY_LIMIT // (4 * sum(math.prod(spec.shape) for spec in specs) + 16)
    if not per_cell or not most:
        return ExamplePlan("cell", num_classes)
    if num_classes**2 * per_cell <= most:
        return ExamplePlan("cell", num_classes, num_classes**2, per_cell)
    if num_classes * per_cell <= most:
        return ExamplePlan("mistakes", num_classes, num_classes, per_cell)
    return ExamplePlan("mistakes", num_classes, 1, min(most, num_classes * per_cell))
