"""Labels and predictions of a batch as classes and cells, in the operations of `keras.ops`: compiled or eager."""

from typing import Any, NamedTuple

Tensor = Any

# What a position may be counted as that is in no cell of the matrix, from the end.
NONFINITE, BAD_LABEL, SKIPPED = -3, -2, -1
NUM_OTHERS = 3


class BatchPredictions(NamedTuple):
    """Labels and predictions of a batch, one entry per position (a sample, or a pixel or time step of it), P in all."""

    true: Tensor  # (P,) int32; 0 where the label is no class
    known: Tensor  # (P,) bool, whether the label is a class
    predicted: Tensor  # (P,) int32
    scores: Tensor  # (P, C) float32 as the model gives them, or (P,) of one output unit
    probability: Tensor  # the same as probabilities, which they may be already
    confidence: Tensor  # (P,) float32, the probability of the predicted class
    counted: Tensor  # (P,) bool, false where something keeps it out of the matrix
    bad_label: Tensor  # (P,) bool, no class though it should be counted
    label: Tensor  # (P,) float32, what the label was, for the message about a bad one
    nonfinite: Tensor  # (P,) bool, a NaN or inf in the prediction


def decode(
    ops: Any,
    y_true: Tensor,
    y_pred: Tensor,
    num_classes: int,
    from_logits: bool,
    ignore_class: int | None = None,
    sparse: bool = True,
    mask: Tensor | None = None,
) -> BatchPredictions:
    """Turn labels and predictions of any form that `ConfusionMatrix` takes into classes; ValueError for misfit shapes.

    Where the shape of labels is not known in advance, `sparse` says whether they are; `mask` (B, ...) is what to count.
    """
    check_shapes(y_true.shape, y_pred.shape, num_classes)
    scores = ops.cast(y_pred, "float32")
    one_hot = is_one_hot(y_true.shape, y_pred.shape, sparse)
    binary = num_outputs(y_pred.shape) == 1
    scores = ops.reshape(scores, (-1,) if binary else (-1, num_classes))
    finite = ops.isfinite(scores) if binary else ops.all(ops.isfinite(scores), axis=-1)
    if binary:
        probability = ops.sigmoid(scores) if from_logits else scores
        predicted, confidence = probability > 0.5, ops.maximum(probability, 1.0 - probability)
    else:
        probability = ops.softmax(scores) if from_logits else scores
        predicted, confidence = ops.argmax(scores, axis=-1), ops.max(probability, axis=-1)
    true, label, known = read_labels(ops, y_true, num_classes, one_hot)
    wanted = ops.ones_like(known)
    if ignore_class is not None:
        ignored = ops.logical_and(known, true == ignore_class) if one_hot else label == float(ignore_class)
        wanted = ops.logical_not(ignored)
    if mask is not None:
        wanted = ops.logical_and(wanted, ops.reshape(ops.cast(mask, "bool"), (-1,)))
    counted = ops.logical_and(wanted, ops.logical_and(known, finite))
    bad = ops.logical_and(wanted, ops.logical_not(known))
    nonfinite = ops.logical_and(wanted, ops.logical_not(finite))
    predicted = ops.cast(predicted, "int32")
    return BatchPredictions(true, known, predicted, scores, probability, confidence, counted, bad, label, nonfinite)


def read_labels(ops: Any, y_true: Tensor, num_classes: int, one_hot: bool) -> tuple[Tensor, Tensor, Tensor]:
    """The class, the label as it came or the sum of its row, and whether it is a class: (P,) int32, float32, bool."""
    labels = ops.cast(y_true, "float32")
    if one_hot:
        rows = ops.reshape(labels, (-1, num_classes))
        label = ops.sum(rows, axis=-1)  # 1, also for smoothed labels
        good = ops.logical_and(ops.min(rows, axis=-1) >= 0.0, abs(label - 1.0) < 1e-3)
        true = ops.cast(ops.argmax(rows, axis=-1), "int32")
    else:
        label = ops.reshape(labels, (-1,))
        in_range = ops.logical_and(label >= 0.0, label < float(num_classes))
        good = ops.logical_and(in_range, ops.floor(label) == label)
        true = ops.cast(ops.where(good, label, 0.0 * ops.ones_like(label)), "int32")
    return true, label, good


def num_outputs(shape: Any) -> Any:
    """How many numbers the model gives for each position: 1 for one sigmoid unit; None where it does not tell."""
    return 1 if len(shape) == 1 else shape[-1]


def num_classes_of(shape: Any) -> Any:
    """Classes of predictions of this shape, 2 for one sigmoid unit; None where it does not tell."""
    outputs = None if shape is None else num_outputs(shape)
    return None if outputs is None else max(2, outputs)


def has_several_positions(shape: Any) -> bool:
    """Whether the model's output of this shape has further axes between batch and classes, such as those of pixels."""
    return len(shape) > 2


def is_one_hot(true_shape: Any, pred_shape: Any, sparse: bool = True) -> bool:
    """Whether labels are one-hot; where `true_shape` does not tell (from a generator), unless they are `sparse`."""
    width, sizes = num_outputs(pred_shape), known_sizes(true_shape)
    if sizes is None or (len(sizes) == len(pred_shape) and sizes[-1] is None):
        return width > 1 and not sparse
    return width > 1 and len(sizes) == len(pred_shape) and sizes[-1] == width


def known_sizes(shape: Any) -> tuple[Any, ...] | None:
    """Sizes of a shape, None for one that is not known before the step runs; None where not even the rank is."""
    return None if shape is None or getattr(shape, "rank", 0) is None else tuple(shape)


def check_shapes(true_shape: Any, pred_shape: Any, num_classes: int) -> None:
    """Refuse, with a ValueError, labels and predictions that do not fit."""
    width, classes = num_outputs(pred_shape), num_classes_of(pred_shape)
    if classes != num_classes:
        raise ValueError(
            f"num_classes={num_classes} is at odds with the model's output of shape {_text(pred_shape)}, which has "
            f"{classes} classes on its last axis: give as many class_names (or that num_classes)"
        )
    leading, sizes = max(1, len(pred_shape) - 1), known_sizes(true_shape)
    fits = sizes is None or len(sizes) == leading or (len(sizes) == leading + 1 and sizes[-1] in (1, width, None))
    if not fits:
        raise ValueError(
            f"labels of shape {_text(true_shape)} do not fit predictions of shape {_text(pred_shape)}: give class "
            f"indices of shape {_text(tuple(pred_shape)[:leading])} or one-hot rows of {_text(pred_shape)}"
        )


def _text(shape: Any) -> str:
    return "(" + ", ".join("batch" if size is None else str(size) for size in shape) + ")"


def outcomes(ops: Any, batch: BatchPredictions, index: Tensor, size: int) -> Tensor:
    """What each position is counted as, (P,) int32: its `index` (P,), or one of the last of `size` counts."""
    other = ops.where(batch.nonfinite, size + NONFINITE, size + SKIPPED)
    other = ops.where(batch.bad_label, size + BAD_LABEL, other)
    return ops.where(batch.counted, index, other)


def position_weights(ops: Any, sample_weight: Tensor, y_pred: Tensor) -> Tensor:
    """`sample_weight` of shape (B,), (B, 1) or (B, ...) as one weight per position, (P,) float32."""
    weight = ops.cast(sample_weight, "float32")
    positions = ops.ones_like(ops.cast(y_pred if len(y_pred.shape) == 1 else y_pred[..., 0], "float32"))
    axes = len(positions.shape)
    if len(weight.shape) > axes:
        weight = weight[..., 0]
    while len(weight.shape) < axes:  # one weight of a sample counts for each of its positions
        weight = weight[..., None]
    return ops.reshape(weight * positions, (-1,))
