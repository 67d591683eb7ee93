"""Whether validation labels are one class for each sample, told before a step is run, as far as it can be."""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_tb.backend.flavours import keras_of, to_numpy
from mnist_tb.observer.inspection import (
    REGRESSION_LOSSES,
    ignored_class,
    loss_name,
    num_classes_of,
    output_names,
    output_shape,
    select_output,
)
from mnist_tb.observer.predictions import check_shapes, has_several_positions, is_one_hot, num_outputs
from mnist_tb.observer.validation_data import some_labels

_MOST_CHECKED = 10_000_000  # numbers


def check_labels(model: Any, output: str | None, data: Any) -> None:
    """Refuse, with a ValueError, a model that does not give each sample one class, and labels that are no such class.

    `data` are what `fit` validates with; labels are taken from arrays, and from the first batch of other data only
    where the loss is one that regressions and multi-label models have too. Nothing is refused that can't be seen:
    labels of a generator, or those that a step of the model's own may change.
    """
    shape, loss = output_shape(model, output), loss_name(model, output).replace("_", "")
    num_classes = num_classes_of(shape)
    if shape is None or num_classes is None or _has_own_steps(model):
        return
    several = num_outputs(shape) > 1 or has_several_positions(shape)
    doubtful = loss in REGRESSION_LOSSES or (loss.startswith("binary") and several)
    labels = select_output(some_labels(data, draw=doubtful), output_names(model), output)
    labels = to_numpy(keras_of(model), labels) if hasattr(labels, "__len__") else np.zeros(0)
    if labels.dtype.kind not in "biuf" or not labels.size:
        return
    check_shapes((None, *labels.shape[1:]), shape, num_classes)
    labels = labels[: max(1, _MOST_CHECKED * len(labels) // labels.size)].astype(np.float64)
    label, good = _are_classes(labels, shape, "sparse" in loss, ignored_class(model, output))
    if good.all():
        return
    if not doubtful:
        raise ValueError(bad_labels_message(num_classes, int((~good).sum()), label[~good][0]))
    if several and np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"a confusion matrix needs one true class for each sample, and this model is multi-label: {(~good).sum()} "
            f"of its validation labels mark several of {num_outputs(shape)} classes, or none, which the callbacks do "
            "not support: leave them out"
        )
    raise ValueError(
        f"a confusion matrix needs a classifier, and with the loss {loss!r} and targets that are no classes (one of "
        f"them: {label[~good][0]:g}) this model is a regression or an autoencoder: leave the callbacks out"
    )


def bad_labels_message(num_classes: int, count: int, one: float) -> str:
    """What to say of `count` labels that are no class, such as `one`."""
    return (
        f"labels must be whole numbers from 0 to {num_classes - 1}, or one-hot rows that sum to 1, and {count} of "
        f"the validation labels are not (one of them: {one:g}): correct the labels or give the model's last layer "
        "more units"
    )


def _has_own_steps(model: Any) -> bool:
    """Whether the model's class has a `train_step` or `test_step` that is not Keras' own."""
    steps = (type(model).train_step, type(model).test_step)
    return any(step.__module__.partition(".")[0] not in ("keras", "tf_keras") for step in steps)


def _are_classes(labels: Any, shape: tuple[Any, ...], sparse: bool, ignored: int | None) -> tuple[Any, Any]:
    """Each label, or the sum of its row, and whether it is a class: (P,) float64 and bool."""
    units = num_outputs(shape)
    if is_one_hot(labels.shape, shape, sparse):
        rows = labels.reshape(-1, units)
        label = rows.sum(axis=-1)
        return label, (rows.min(axis=-1) >= 0) & (abs(label - 1) < 1e-3)
    label = labels.reshape(-1)
    in_range = (label >= 0) & (label < max(2, units))
    # What is out of range may be hidden by a mask where outputs have several positions.
    good = (label == np.floor(label)) & (in_range | has_several_positions(shape))
    return label, good | (label == ignored)
