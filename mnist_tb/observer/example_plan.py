"""Which samples are kept as examples of the cells of a confusion matrix, within a limit of memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from mnist_tb.observer.predictions import BatchPredictions, cells
from mnist_tb.observer.sample_buffer import InputSpec

Kept = Literal["cell", "class", "overall", "none"]
MEMORY_LIMIT = 64 * 2**20  # bytes, for the inputs of all examples


@dataclass(frozen=True)
class ExamplePlan:
    """How many examples are kept, and of what.

    Attributes:
        kept: the most confident samples of each "cell"; or, where these are too many, the most confident mistakes
            of each true "class", or "overall"; or "none".
        num_classes: C.
        groups: how many cells or classes have a list of their own.
        per_group: how long each list is.
        overall: how many mistakes are kept in one list.
    """

    kept: Kept
    num_classes: int = 0
    groups: int = 0
    per_group: int = 0
    overall: int = 0

    def group(self, ops: Any, batch: BatchPredictions, wrong: Any) -> tuple[Any, Any]:
        """The list that each sample of a batch belongs to, (B,) int32, and whether it does, (B,) bool."""
        if self.kept == "cell":
            return cells(ops, batch, self.num_classes), batch.counted
        return batch.true, wrong

    def list_of(self, true: Any, predicted: Any) -> Any:
        """The same for samples that were kept, as NumPy arrays (N,)."""
        return true * self.num_classes + predicted if self.kept == "cell" else true

    def describe(self, asked: int) -> str:
        """A line that says what is kept instead of `asked` examples of each cell; "" if it is these."""
        instead = {
            "class": f"the {self.per_group} most confident mistakes of each class are kept",
            "overall": f"the {self.overall} most confident mistakes of all are kept",
            "none": "none are kept",
        }
        if self.kept == "cell" or not asked:
            return ""
        limit = MEMORY_LIMIT // 2**20
        return (
            f"examples_per_cell={asked} would take more than {limit} MiB for {self.num_classes} x {self.num_classes} "
            f"cells of samples of this size: {instead[self.kept]} instead"
        )


def first_of_each(group: Any, count: int) -> Any:
    """Which of sorted `group` (N,) are among the first `count` of their value: (N,) bool.

    Example:
        >>> first_of_each(np.array([3, 3, 3, 8]), 2)
        array([ True,  True, False,  True])
    """
    return np.arange(len(group)) - np.searchsorted(group, group) < count


def plan_examples(num_classes: int, per_cell: int, specs: Sequence[InputSpec]) -> ExamplePlan:
    """Find what can be kept within `MEMORY_LIMIT`.

    Args:
        num_classes: C.
        per_cell: how many examples of each cell are wanted; 0 for none.
        specs: the arrays of a sample, which are kept as float32.

    Example:
        >>> digits, photos = [InputSpec((28, 28), "uint8")], [InputSpec((224, 224, 3), "float32")]
        >>> plan_examples(10, 4, digits).kept, plan_examples(10, 4, photos).kept, plan_examples(1000, 4, photos).kept
        ('cell', 'class', 'overall')
    """
    most = MEMORY_LIMIT // (4 * sum(math.prod(spec.shape) for spec in specs) + 20)
    if not per_cell:
        return ExamplePlan("none", num_classes)
    if num_classes**2 * per_cell <= most:
        return ExamplePlan("cell", num_classes, num_classes**2, per_cell)
    if num_classes * per_cell <= most:
        return ExamplePlan("class", num_classes, num_classes, per_cell)
    if most:
        return ExamplePlan("overall", num_classes, overall=min(most, num_classes * per_cell))
    return ExamplePlan("none", num_classes)
