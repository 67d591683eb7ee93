"""What is counted of each answer, all of it in one variable: its cell, and how sure it was.

By cell and bin of its confidence where there are few classes. Where there are many, cells and bins are counted apart,
and beside them a code for each of the first million answers says which go together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_tb.backend.scatter import Scatter
from mnist_tb.confidence import NUM_BINS, Confidences
from mnist_tb.observer.predictions import NUM_OTHERS, SKIPPED, BatchPredictions, Tensor, outcomes

Array = np.ndarray[Any, Any]

FEW_CLASSES = 20  # of which the probability of every class is counted unless somebody says otherwise
# What loggers may ask for: nothing, the answers, or the probabilities of all classes too: of few classes, or of any.
NOTHING, ANSWERS, SCORES_OF_FEW, SCORES = range(4)
MOST_COUNTS = 2**18  # cells times bins that are counted together, 2 MB
MOST_CODES = 2**20  # answers of which the cell and the bin are noted where there are more, 4 MB


@dataclass(frozen=True)
class Layout:
    """Where each count stands in the variable: one after the other, and last those that are in no cell."""

    num_classes: int
    confidences: bool = False
    scores: bool = False  # whether the probability of every class counts, not that of the label alone

    @property
    def by_cell(self) -> bool:
        """Whether bins are counted in each cell."""
        return self.confidences and self.num_classes**2 * NUM_BINS <= MOST_COUNTS

    @property
    def num_codes(self) -> int:
        """How many answers have a code."""
        has_codes = self.confidences and not self.by_cell and self.num_classes**2 * NUM_BINS < 2**31
        return MOST_CODES if has_codes else 0

    @property
    def sizes(self) -> dict[str, int]:
        """By name, in order, how many counts there are."""
        cells, bins = self.num_classes**2, self.num_classes * NUM_BINS
        if not self.confidences:
            return {"cells": cells, "others": NUM_OTHERS}
        apart = {} if self.by_cell else {"right": bins, "wrong_true": bins, "wrong_predicted": bins}
        # Those of other classes and those of the label, class after class.
        scores = {"scores": 2 * bins} if self.scores else {"labels": bins}
        return {"cells": cells * NUM_BINS if self.by_cell else cells, **apart, **scores, "others": NUM_OTHERS}

    @property
    def size(self) -> int:
        """How many counts there are in all."""
        return sum(self.sizes.values())

    def start(self, name: str) -> int:
        """Where the counts of a name begin."""
        names = list(self.sizes)
        return sum(self.sizes[before] for before in names[: names.index(name)])

    def parts(self, counts: Array) -> dict[str, Array]:
        """Counts (S,) by name."""
        return {name: counts[self.start(name) :][:size] for name, size in self.sizes.items()}

    def matrix(self, counts: Array) -> Array:
        """The cells of counts (S,), (C, C)."""
        cells = self.parts(counts)["cells"].reshape(self.num_classes, self.num_classes, -1)
        matrix: Array = cells.sum(axis=-1)
        return matrix

    def indices(self, ops: Any, scatter: Scatter, batch: BatchPredictions) -> tuple[Tensor, Tensor]:
        """What a batch of P positions adds 1 to, (N,) int32, and its codes, (P,) int32; see `MOST_CODES`."""
        cell = batch.true * self.num_classes + batch.predicted
        if not self.confidences:
            return outcomes(ops, batch, cell, self.size), cell
        probability = probabilities_of(ops, batch.probability)
        if self.scores:
            every = scatter.bins(probability)
            sure = ops.max(every, axis=-1)
            rows = every + self.start("scores") + 2 * NUM_BINS * ops.arange(self.num_classes, dtype="int32")
            scores = rows + NUM_BINS * ops.one_hot(batch.true, self.num_classes, dtype="int32")
        else:
            sure = scatter.bins(batch.confidence)
            place = ops.arange(ops.shape(batch.true)[0], dtype="int32") * self.num_classes + batch.true
            label = scatter.bins(ops.take(ops.reshape(probability, (-1,)), place, axis=0))
            scores = (self.start("labels") + batch.true * NUM_BINS + label)[:, None]
        code = cell * NUM_BINS + sure
        if not self.by_cell:
            scores = ops.concatenate([scores, self._apart(ops, batch, sure)], axis=1)
        scores = ops.reshape(ops.where(batch.counted[:, None], scores, self.size + SKIPPED), (-1,))
        answers = outcomes(ops, batch, code if self.by_cell else cell, self.size)
        return ops.concatenate([answers, ops.cast(scores, "int32")], axis=0), code

    def _apart(self, ops: Any, batch: BatchPredictions, sure: Tensor) -> Tensor:
        """The counts by true and by predicted class, (P, 2)."""
        right = batch.true == batch.predicted
        by_true = ops.where(right, self.start("right"), self.start("wrong_true")) + batch.true * NUM_BINS + sure
        by_predicted = self.start("wrong_predicted") + batch.predicted * NUM_BINS + sure
        return ops.stack([by_true, ops.where(right, self.size + SKIPPED, by_predicted)], axis=1)

    def read(self, counts: Array, codes: Array | None) -> Confidences:
        """How sure the answers were, from counts (S,); without `codes` (N,) of all answers, cells may be unknown."""
        parts = self.parts(counts)
        if self.by_cell:
            cell, place = np.nonzero(parts["cells"].reshape(-1, NUM_BINS))
            number = parts["cells"][cell * NUM_BINS + place]
        elif codes is not None:
            code, number = np.unique(codes[codes >= 0].astype(np.int64), return_counts=True)
            cell, place = np.divmod(code, NUM_BINS)
        if self.by_cell or codes is not None:
            true, predicted = np.divmod(cell, self.num_classes)
        else:
            true, predicted, place, number = self._entries_by_class(parts)
        if self.scores:
            others, labels = np.moveaxis(parts["scores"].reshape(self.num_classes, 2, NUM_BINS), 1, 0)
        else:
            others, labels = None, parts["labels"].reshape(self.num_classes, NUM_BINS)
        return Confidences(0, (), true, predicted, place, number, labels, others)

    def _entries_by_class(self, parts: dict[str, Array]) -> list[Array]:
        columns = []
        for name in ("right", "wrong_true", "wrong_predicted"):
            table = parts[name].reshape(-1, NUM_BINS)
            classes, place = np.nonzero(table)
            other = np.full(len(classes), -1)
            true = other if name == "wrong_predicted" else classes
            predicted = other if name == "wrong_true" else classes
            columns.append((true, predicted, place, table[classes, place]))
        return [np.concatenate(column) for column in zip(*columns, strict=True)]


def layout_for(num_classes: int, wanted: int) -> Layout:
    """The layout for what the logger that wants most asks for."""
    scores = wanted == SCORES or (wanted == SCORES_OF_FEW and num_classes <= FEW_CLASSES)
    return Layout(num_classes, wanted > NOTHING, scores)


def probabilities_of(ops: Any, probability: Tensor) -> Tensor:
    """Probabilities (P, C), also of one sigmoid unit, (P,)."""
    return probability if len(probability.shape) > 1 else ops.stack([1.0 - probability, probability], axis=1)


def distance_from_probabilities(ops: Any, batch: BatchPredictions) -> Tensor:
    """How far the sum of any row of scores is from 1, or one sigmoid unit from [0, 1]: a float32 scalar."""
    scores = batch.scores
    beyond = abs(scores - 0.5) - 0.5 if len(scores.shape) == 1 else abs(ops.sum(scores, axis=-1) - 1.0)
    return ops.max(ops.where(batch.counted, beyond, ops.zeros((), dtype="float32")))
