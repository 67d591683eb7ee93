"""Samples whose given label the model doubts most. NumPy only, on what was read back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_tb.confidence import MIDDLES, Confidences

if TYPE_CHECKING:
    from mnist_tb.events.payload import ExamplesTable
    from mnist_tb.events.reader import Examples

Array = NDArray[Any]

_AT_ONCE = 0.75  # what counts of a margin whatever other epochs said; see tests/commands/suspects.py


class SuspectLabels(NamedTuple):
    """N samples whose label may be wrong, the most doubtful one first.

    Attributes:
        position: (N,) int64, 0-based place in the order in which the validation data passed.
        given: (N,) int64 classes, the labels.
        proposed: (N,) int64 classes, what the model says instead.
        label_probability: (N,) float64 in [0, 1], that of the given label.
        proposed_probability: (N,) float64 in [0, 1].
        score: (N,) float64 in [-1, 1], falling; see `suspect_labels`.
        epochs_same: (N,) int64, in how many epochs the sample was kept with the same wrong answer.
        epochs_seen: (N,) int64, of how many epochs: those whose labels show the same samples in the same order.
        thumbnails: N PNG pictures (bytes) or texts; "" where nothing could be kept of a sample.
    """

    position: Array
    given: Array
    proposed: Array
    label_probability: Array
    proposed_probability: Array
    score: Array
    epochs_same: Array
    epochs_seen: Array
    thumbnails: tuple[bytes | str, ...]


class Ranking(NamedTuple):
    """The suspects of a table of samples: their rows, the most doubtful one first, and what they are ranked by."""

    rows: Array
    label_probability: Array
    score: Array
    epochs_same: Array
    epochs_seen: int


def suspect_labels(
    examples: "Sequence[Examples]", confidences: Confidences | None = None, *, top: int | None = None
) -> SuspectLabels:
    """Of the samples that were kept in the last epoch, the mistakes that may be mistakes of the label.

    They are ordered by how much surer the model is of its answer than of the given label, of which a quarter counts by
    the share of the epochs in which it gave this same answer. With `confidences`, each probability is taken relative
    to the mean that samples of that class get for it: a class that the model knows badly is not full of wrong labels.

    This is the normalized margin of confident learning (Northcutt, Jiang, Chuang, "Confident Learning: Estimating
    Uncertainty in Dataset Labels", 2021, arXiv:1911.00068), adjusted as cleanlab's `get_label_quality_scores` does with
    `adjust_pred_probs=True`. `nox -s suspects` measures it by the 15 errors that are known in MNIST's test labels and
    by labels that were made wrong.

    A suspect is a reason to look, and no verdict. The model must not know the samples: those of validation data are out
    of sample only if nothing was tuned on them, which early stopping and the choice of hyperparameters do. Only
    samples that were kept can be found, the most confident ones of each cell; `examples_per_cell` of the loggers says
    how many.

    Args:
        examples: as `read_examples` gives them; up to the epoch that is asked for.
        confidences: those of the last of these epochs, as `read_confidences` gives them.
        top: how many at most, at least 0; None for all.

    Raises:
        ValueError: there are no examples, or `confidences` are of another epoch or other classes, or `top` is negative,
            or the logs are of an older version, which did not keep the probability of the label.

    Example:
        >>> import numpy as np, mnist_tb
        >>> from mnist_tb.events.payload import Likely
        >>> from mnist_tb.events.reader import Examples
        >>> true, predicted = np.array([8, 4]), np.array([9, 9])
        >>> likely = Likely(np.array([0.01, 0.45]), true, np.array([0.01, 0.45]), true, np.array([0.0, 0.0]))
        >>> position, thumbnails = np.array([947, 115]), ("a", "b")
        >>> epoch = Examples(0, "cell", true, predicted, np.array([0.98, 0.5]), position, thumbnails, likely)
        >>> suspects = mnist_tb.suspect_labels([epoch], top=1)
        >>> suspects.position, suspects.given, suspects.proposed, suspects.score.round(2)
        (array([947]), array([8]), array([9]), array([0.97]))
    """
    last = _check(examples, confidences, top)
    ranking = rank_suspects(examples, None if confidences is None else class_means(confidences))
    rows = ranking.rows[:top]
    return SuspectLabels(
        last.position[rows],
        last.true[rows],
        last.predicted[rows],
        ranking.label_probability[:top],
        last.confidence[rows],
        ranking.score[:top],
        ranking.epochs_same[:top],
        np.full(len(rows), ranking.epochs_seen),
        tuple(last.thumbnails[row] for row in rows.tolist()),
    )


def _check(examples: "Sequence[Examples]", confidences: Confidences | None, top: int | None) -> "Examples":
    """The last epoch; what does not fit is refused."""
    if top is not None and top < 0:
        raise ValueError(f"top must be at least 0, but is {top}; give the number of suspects wanted.")
    if not examples:
        raise ValueError("examples must hold at least one epoch, but is empty; read them with read_examples.")
    last = examples[-1]
    if confidences is None:
        return last
    if confidences.step != last.step:
        raise ValueError(
            f"confidences are those of epoch {confidences.step}, and the last examples those of epoch {last.step}; "
            "give those of one epoch."
        )
    classes, largest = len(confidences.class_names), max(last.true.max(initial=0), last.predicted.max(initial=0))
    if largest >= classes:
        raise ValueError(
            f"examples have a class {largest}, and confidences those from 0 to {classes - 1}; read both from one run."
        )
    return last


def class_means(confidences: Confidences) -> Array:
    """The mean probability of its own class that samples of each class get, (C,) float64, from the middles of bins.

    A class without samples has that of all samples.
    """
    samples, sums = confidences.label_counts.sum(axis=1), confidences.label_counts @ MIDDLES
    means: Array = np.where(samples > 0, sums / np.maximum(1, samples), sums.sum() / max(1, samples.sum()))
    return means


def rank_suspects(tables: "Sequence[Examples | ExamplesTable]", means: Array | None) -> Ranking:
    """The suspects of the last table, among the classes of `class_means`; a ValueError says what older logs lack."""
    last = tables[-1]
    if last.likely is None:
        raise ValueError(
            "these logs are of an older mnist_tb, which did not keep the probability of the label: train again to "
            "find labels that may be wrong."
        )
    is_class = True if means is None else np.maximum(last.true, last.predicted) < len(means)
    rows = np.flatnonzero((last.true != last.predicted) & is_class)
    true, predicted, label_probability = last.true[rows], last.predicted[rows], last.likely.label_probability[rows]
    margin = last.confidence[rows] - label_probability
    if means is not None:
        # From each probability its class' mean is taken, the largest mean is added to all, and their sum made 1 again.
        margin = (margin - means[predicted] + means[true]) / (1 + len(means) * means.max() - means.sum())
    same, seen = _persistence(tables, rows)
    score = margin * (_AT_ONCE + (1 - _AT_ONCE) * same / seen)
    order = np.lexsort((last.position[rows], -score))
    return Ranking(rows[order], label_probability[order], score[order], same[order], seen)


def _persistence(tables: "Sequence[Examples | ExamplesTable]", rows: Array) -> tuple[Array, int]:
    """In how many epochs the samples in some rows of the last table got the same answer, and of how many epochs."""
    last, same, seen = tables[-1], np.zeros(len(rows), np.int64), 0
    for table in tables:
        _, places, others = np.intersect1d(last.position, table.position, return_indices=True)
        if not len(places) or (last.true[places] != table.true[others]).any():
            continue  # the data came in another order, and a position is another sample
        seen += 1
        answers = np.full(len(last.position), -1)
        answers[places] = table.predicted[others]
        same += answers[rows] == last.predicted[rows]
    return same, max(1, seen)
