"""What a compiled model says of itself before a step is run, and whether its validation labels fit, where they tell."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend.flavours import keras_of, ops_of, to_numpy
from mnist_tb.observer import predictions
from mnist_tb.observer.data import InputSpec, pack_as, some_labels

_FAR = 0.02  # from 1, for a sum of probabilities: those of half precision add up to a little more or less
_MOST_CHECKED = 10_000_000  # labels, as numbers
_REGRESSION_LOSSES = {
    "mse", "mae", "mape", "msle", "meansquarederror", "meanabsoluteerror", "meanabsolutepercentageerror",
    "meansquaredlogarithmicerror", "huber", "huberloss", "logcosh", "poisson",
}  # fmt: skip


def output_names(model: Any) -> list[str]:
    """Names of the outputs of a functional model, [] where the model does not tell."""
    outputs = _symbolic_outputs(model)
    # The keys of a dict are the names, and the layers, which Keras names in the same order, may have others.
    return sorted(outputs) if isinstance(outputs, dict) else list(getattr(model, "output_names", None) or [])


def _symbolic_outputs(model: Any) -> Any:
    """Stand-ins of the outputs in their nesting; None for a model that is not built, or a subclass."""
    for name in ("output", "outputs"):  # a Sequential of Keras 3 has the second alone
        try:
            outputs = getattr(model, name)
        except (AttributeError, ValueError, RuntimeError):
            continue
        if not isinstance(outputs, list) or outputs:
            return outputs
    return None


def check_output(model: Any, output: str | None) -> None:
    """Refuse, with a ValueError, an output that the model does not have, or no choice where there are several."""
    names, losses = output_names(model), getattr(model, "loss", None)
    if output is None and len(names) > 1:
        raise ValueError(f"the model has {len(names)} outputs, {', '.join(names)}: say which with output={names[0]!r}")
    if output is not None and names and output not in names:
        raise ValueError(f"output={output!r} is none of the model's outputs: {', '.join(names)}")
    if not names and isinstance(losses, (list, tuple)) and len(losses) > 1:
        raise ValueError(_without_names(len(losses)))


def _without_names(count: int) -> str:
    return f"the model returns {count} outputs without names: let it return a dict, and choose with output=…"


def select_output(structure: Any, names: Sequence[str], output: str | None) -> Any:
    """The part of `structure` (labels, predictions, losses, weights) of an output; ValueError if it must be chosen."""
    several = isinstance(structure, (list, tuple)) and (
        len(names) > 1 or any(predictions.known_sizes(getattr(part, "shape", ())) != () for part in structure)
    )
    if several and not names and (len(structure) > 1 or output is not None):
        raise ValueError(_without_names(len(structure)))
    parts = dict(zip(names or [""], structure, strict=False)) if several else structure
    if not isinstance(parts, dict):
        return structure
    if output is not None:
        return parts.get(output)
    if len(parts) != 1:
        what = ", ".join(map(str, parts))
        raise ValueError(f"the model has {len(parts)} outputs, {what}: say which with output=…")
    return next(iter(parts.values()))


def output_shape(
    model: Any, output: str | None, structure: Any = None, specs: Sequence[InputSpec] | None = None
) -> tuple[int | None, ...] | None:
    """Shape of the predictions, batch axis None; or None where the model does not tell, even for these inputs."""
    outputs = _symbolic_outputs(model)
    if outputs is None and specs is not None:
        outputs = _outputs_for(model, structure, specs)
    chosen = select_output(outputs, output_names(model), output)
    return None if chosen is None else (None, *tuple(chosen.shape)[1:])


def _outputs_for(model: Any, structure: Any, specs: Sequence[InputSpec]) -> Any:
    """What a model would return for such inputs, found without computing anything; None where it can't be."""
    keras = keras_of(model)
    try:
        if hasattr(model, "compute_output_spec"):  # Keras 3
            inputs = [keras.KerasTensor((1, *spec.shape), spec.dtype) for spec in specs]
            return model.compute_output_spec(pack_as(structure, inputs))
        import tensorflow as tf

        inputs = [tf.TensorSpec((1, *spec.shape), spec.dtype) for spec in specs]
        return model.compute_output_signature(pack_as(structure, inputs))
    except Exception:
        return None  # a model is free not to tell; num_classes then comes from the user


def _loss(model: Any, output: str | None) -> Any:
    loss = getattr(model, "loss", None)
    if isinstance(loss, (list, tuple)) and len(loss) == 1:
        return loss[0]
    try:
        return select_output(loss, output_names(model), output)
    except (ValueError, IndexError):
        return None


def loss_name(model: Any, output: str | None) -> str:
    """The loss of an output as its user knows it, in lower case, such as "mse" or "sparsecategoricalcrossentropy"."""
    loss = _loss(model, output)
    return str(loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)).lower()


def _loss_option(model: Any, output: str | None, name: str) -> Any:
    """An option of the model's loss such as `from_logits`; None where the loss does not say."""
    config_of: Any = getattr(_loss(model, output), "get_config", dict)
    try:
        return config_of().get(name)
    except NotImplementedError:
        return None


def _activation(model: Any, output: str | None) -> str:
    """Name of the activation that makes the output, "" where it can't be told."""
    layer_names = getattr(model, "output_names", None) or []
    name = dict(zip(output_names(model), layer_names, strict=False)).get(str(output), output)
    layers = [layer for layer in getattr(model, "layers", []) if name in (None, layer.name)]
    if not layers:
        return ""
    last = layers[-1]
    activation = getattr(last, "activation", None) or last
    return str(getattr(activation, "__name__", type(activation).__name__)).lower()


def predicts_logits(model: Any, output: str | None) -> bool:
    """Whether the predictions are logits: by the loss where it says, else by the last activation."""
    said, activation = _loss_option(model, output, "from_logits"), _activation(model, output)
    if activation.startswith("log_softmax"):  # log_softmax_v2 in TensorFlow; softmax makes probabilities of it
        return True
    if said is not None:
        return bool(said)
    named = isinstance(_loss(model, output), str)  # a loss given by name takes probabilities
    return not named and activation == "linear"


def ignored_class(model: Any, output: str | None) -> int | None:
    """The label that the model's loss skips, or None."""
    ignored = _loss_option(model, output, "ignore_class")
    return None if ignored is None else int(ignored)


def check_classifier(model: Any, output: str | None) -> None:
    """Refuse, with a ValueError, one output unit without a sigmoid and with a loss made for regression."""
    name, shape = loss_name(model, output), output_shape(model, output)
    one_unit = shape is not None and len(shape) > 1 and shape[-1] == 1
    if one_unit and name.replace("_", "") in _REGRESSION_LOSSES and _activation(model, output) != "sigmoid":
        raise ValueError(
            f"a confusion matrix needs a classifier, and this model has one output unit and the loss {name!r} of a "
            "regression: use the callbacks with a softmax or sigmoid output"
        )


def check_labels(model: Any, output: str | None, data: Any) -> None:
    """Refuse, with a ValueError, labels that are not one class each, as far as they are seen in validation `data`.

    Nothing is refused that can't be seen: labels of a generator, or those that a step of the model's own may change.
    """
    shape, loss = output_shape(model, output), loss_name(model, output).replace("_", "")
    num_classes = predictions.num_classes_of(shape)
    if shape is None or num_classes is None or _has_own_steps(model):
        return
    several = predictions.num_outputs(shape) > 1 or predictions.has_several_positions(shape)
    doubtful = loss in _REGRESSION_LOSSES or (loss.startswith("binary") and several)  # only then is a batch drawn
    labels = select_output(some_labels(data, draw=doubtful), output_names(model), output)
    labels = to_numpy(keras_of(model), labels) if hasattr(labels, "__len__") else np.zeros(0)
    if labels.dtype.kind not in "biuf" or not labels.size:
        return
    predictions.check_shapes((None, *labels.shape[1:]), shape, num_classes)
    labels = labels[: max(1, _MOST_CHECKED * len(labels) // labels.size)].astype(np.float32)
    label, good = _are_classes(keras_of(model), labels, shape, "sparse" in loss, ignored_class(model, output))
    if good.all():
        return
    if not doubtful:
        raise ValueError(bad_labels_message(num_classes, int((~good).sum()), label[~good][0]))
    if several and np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"a confusion matrix needs one true class for each sample, and this model is multi-label: {(~good).sum()} "
            f"of its validation labels mark several of {num_classes} classes, or none, which the callbacks do "
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


def not_probabilities_message(distance: float, from_logits: bool) -> str:
    """Why it can't be told how sure the answers are, from how far they are from probabilities; "" where it can."""
    if from_logits != (distance <= _FAR):
        return ""
    remedy = "predictions must be probabilities that sum to 1"
    if from_logits:
        return (
            f"it is not logged how sure the answers are: {remedy}, or logits, and these are probabilities although the "
            "loss or the callbacks say from_logits=True: say False, or take the softmax out of the model"
        )
    return (
        f"it is not logged how sure the answers are: {remedy}, and these are off by up to {distance:g}: give the "
        "callbacks from_logits=True if they are logits, or the model a softmax"
    )


def _has_own_steps(model: Any) -> bool:
    """Whether the model's class has a `train_step` or `test_step` that is not Keras' own."""
    steps = (type(model).train_step, type(model).test_step)
    return any(step.__module__.partition(".")[0] not in ("keras", "tf_keras") for step in steps)


def _are_classes(
    keras: ModuleType, labels: Any, shape: tuple[Any, ...], sparse: bool, ignored: int | None
) -> tuple[Any, Any]:
    """Each label, or the sum of its row, and whether it is a class or may be hidden: (P,) float32 and bool."""
    one_hot = predictions.is_one_hot(labels.shape, shape, sparse)
    read = predictions.read_labels(ops_of(keras), labels, predictions.num_classes_of(shape), one_hot)
    _, label, good = (to_numpy(keras, part) for part in read)
    if one_hot:
        return label, good
    masked = predictions.has_several_positions(shape) & (label == np.floor(label))  # whatever its range
    return label, good | masked | (label == ignored)
