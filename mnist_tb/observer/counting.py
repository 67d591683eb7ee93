"""What is counted of each answer, all of it in one variable: its cell, and how sure it was.

By cell and bin of its confidence where there are few classes. Where there are many, cells and bins are counted apart, and
beside them a code for each of the first million answers says which go together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_tb.backend.scatter import Scatter
from mnist_tb.confidence import NUM_BINS, Confidences
from mnist_tb.observer.predictions import NUM_OTHERS, SKIPPED, BatchPredictions, Tensor, outcomes

Array = np.ndarray[Any, Any]

FEW_CLASSES = 20  # of which the probability of every class is counted unless somebody says otherwise
# What loggers may ask for: nothing, the answers alone, or the probabilities of all classes too, of few classes or of any.
NOTHING, ANSWERS, SCORES_OF_FEW, SCORES = range(4)
MOST_COUNTS = 2**18  # cells times bins that are counted together, 2 MB
MOST_CODES = 2**20  # answers of which the cell and the bin are noted where there are more, 4 MB
_PROPER, _UNSUMMED, _OUTSIDE = 0, 1, 2  # what a row of predictions is as probabilities
_FORMS = 3
_NOT_LOGGED = "until then it is not logged how sure they are"
_TOLERANCE = 0.01  # of a sum of probabilities, as those of half precision add up to


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
        answers = {"cells": cells * NUM_BINS} if self.by_cell else {"cells": cells, **apart}
        scores = {"labels": bins, **({"every": bins} if self.scores else {})}
        return {**answers, **scores, "forms": _FORMS, "others": NUM_OTHERS}

    @property
    def size(self) -> int:
        """How many counts there are in all."""
        return sum(self.sizes.values())

    def parts(self, counts: Array) -> dict[str, Array]:
        """Counts (S,) by name."""
        ends = np.cumsum(list(self.sizes.values()))[:-1]
        return dict(zip(self.sizes, np.split(counts, ends), strict=True))

    def matrix(self, counts: Array) -> Array:
        """The cells of counts (S,), (C, C)."""
        cells = self.parts(counts)["cells"].reshape(self.num_classes, self.num_classes, -1)
        return cells.sum(axis=-1)

    def indices(self, ops: Any, scatter: Scatter, batch: BatchPredictions, from_logits: bool) -> tuple[Tensor, Tensor]:
        """What a batch of P positions adds 1 to, (N,) int32, and its codes, (P,) int32, -1 for none."""
        cell = batch.true * self.num_classes + batch.predicted
        if not self.confidences:
            return outcomes(ops, batch, cell, self.size), cell
        starts = dict(zip(self.sizes, np.cumsum([0, *self.sizes.values()]).tolist(), strict=False))
        skipped = self.size + SKIPPED
        probability = probabilities_of(ops, batch.probability)
        place = ops.arange(ops.shape(batch.true)[0], dtype="int32") * self.num_classes
        if self.scores:
            every = scatter.bins(ops.reshape(probability, (-1,)))
            sure, label = (ops.take(every, place + classes, axis=0) for classes in (batch.predicted, batch.true))
        else:
            label = scatter.bins(ops.take(ops.reshape(probability, (-1,)), place + batch.true, axis=0))
            sure = scatter.bins(batch.confidence)
        code = cell * NUM_BINS + sure

        def counted(*index: Tensor) -> list[Tensor]:
            return [ops.where(batch.counted, one, skipped) for one in index]

        true, predicted = batch.true * NUM_BINS, batch.predicted * NUM_BINS
        added = counted(starts["labels"] + true + label, starts["forms"] + _form(ops, batch, from_logits))
        if self.scores:
            of_class = starts["every"] + ops.arange(self.num_classes, dtype="int32") * NUM_BINS
            index = ops.reshape(every, (-1, self.num_classes)) + of_class[None, :]
            added.append(ops.reshape(ops.where(batch.counted[:, None], index, skipped), (-1,)))
        if self.by_cell:
            return _joined(ops, outcomes(ops, batch, code, self.size), *added), code
        right = batch.true == batch.predicted
        added += counted(ops.where(right, starts["right"], starts["wrong_true"]) + true + sure)
        added += counted(ops.where(right, skipped, starts["wrong_predicted"] + predicted + sure))
        minus_one = -1 * ops.ones_like(code)
        code = ops.where(batch.counted, code, minus_one)
        return _joined(ops, outcomes(ops, batch, cell, self.size), *added), code

    def read(self, counts: Array, codes: Array | None) -> Confidences:
        """How sure the answers were, from counts (S,); without `codes` (N,) of all answers, cells may be unknown."""
        parts, shape = self.parts(counts), (self.num_classes, NUM_BINS)
        if self.by_cell:
            entries = _entries(parts["cells"].reshape(-1, NUM_BINS), self.num_classes)
        elif codes is not None:
            code, number = np.unique(codes[codes >= 0].astype(np.int64), return_counts=True)
            cell, place = np.divmod(code, NUM_BINS)
            entries = (*np.divmod(cell, self.num_classes), place, number)
        else:
            entries = self._entries_by_class(parts)
        labels = parts["labels"].reshape(shape)
        others = parts["every"].reshape(shape) - labels if self.scores else None
        return Confidences(0, (), *entries, labels, others)

    def _entries_by_class(self, parts: dict[str, Array]) -> tuple[Array, ...]:
        columns = []
        for name in ("right", "wrong_true", "wrong_predicted"):
            table = parts[name].reshape(-1, NUM_BINS)
            classes, place = np.nonzero(table)
            other = np.full(len(classes), -1)
            true = other if name == "wrong_predicted" else classes
            predicted = other if name == "wrong_true" else classes
            columns.append((true, predicted, place, table[classes, place]))
        return tuple(np.concatenate(column) for column in zip(*columns, strict=True))

    def misfit(self, counts: Array, from_logits: bool) -> tuple[str, bool]:
        """Why predictions are no probabilities, "" where they are, and whether nothing can be said of them then."""
        proper, unsummed, outside = self.parts(counts)["forms"].tolist()
        total = proper + unsummed + outside
        if from_logits and total and proper == total:
            return (
                f"all {total} predictions look like probabilities, though by from_logits=True they are logits: take "
                f"that from the loss and the callbacks, or the softmax from the model; {_NOT_LOGGED}"
            ), True
        if not from_logits and outside:
            return (
                f"{outside} of {total} predictions are no probabilities, as they hold numbers below 0 or above 1: give "
                f"the callbacks from_logits=True if they are logits, or the model a softmax; {_NOT_LOGGED}"
            ), True
        if not from_logits and unsummed:
            return (
                f"{unsummed} of {total} predictions do not sum to 1: how sure they are is logged as if they were "
                "probabilities; give the callbacks from_logits=True if they are logits, or the model a softmax"
            ), False
        return "", False


def layout_for(num_classes: int, wanted: int) -> Layout:
    """The layout for what the logger that wants most asks for."""
    scores = wanted == SCORES or (wanted == SCORES_OF_FEW and num_classes <= FEW_CLASSES)
    return Layout(num_classes, wanted > NOTHING, scores)


def probabilities_of(ops: Any, probability: Tensor) -> Tensor:
    """Probabilities (P, C), also of one sigmoid unit, (P,)."""
    return probability if len(probability.shape) > 1 else ops.stack([1.0 - probability, probability], axis=1)


def _joined(ops: Any, *parts: Tensor) -> Tensor:
    return ops.concatenate([ops.cast(part, "int32") for part in parts], axis=0)


def _form(ops: Any, batch: BatchPredictions, from_logits: bool) -> Tensor:
    """What each row of predictions is as probabilities, (P,) int32."""
    rows = batch.scores
    if len(rows.shape) == 1:
        low = high = rows
        summed = rows == rows
    else:
        low, high = ops.min(rows, axis=-1), ops.max(rows, axis=-1)
        summed = abs(ops.sum(rows, axis=-1) - 1.0) < _TOLERANCE
    inside = ops.logical_and(low >= 0.0, high <= 1.0 + 1e-3)
    return ops.where(inside, ops.where(summed, _PROPER, _UNSUMMED), _OUTSIDE)


def _entries(table: Array, num_classes: int) -> tuple[Array, ...]:
    cell, place = np.nonzero(table)
    return (*np.divmod(cell, num_classes), place, table[cell, place])
