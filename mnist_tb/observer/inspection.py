"""What a compiled model says of itself before a step is run: outputs, classes and loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mnist_tb.backend.flavours import keras_of
from mnist_tb.backend.nested import pack_as
from mnist_tb.observer.predictions import known_sizes
from mnist_tb.observer.validation_data import InputSpec

REGRESSION_LOSSES = {
    "mse", "mae", "mape", "msle", "meansquarederror", "meanabsoluteerror", "meanabsolutepercentageerror",
    "meansquaredlogarithmicerror", "huber", "huberloss", "logcosh", "poisson",
}  # fmt: skip


def output_names(model: Any) -> list[str]:
    """Names of the outputs of a functional model, [] where the model does not tell."""
    outputs = _symbolic_outputs(model)
    # The keys of a dict are the names, and the layers may have others.
    return sorted(outputs) if isinstance(outputs, dict) else _output_layers(model)


def _output_layers(model: Any) -> list[str]:
    """Names of the layers that make the outputs, in the order of `output_names`."""
    return list(getattr(model, "output_names", None) or [])


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
    """The part of `structure` (labels, predictions, losses or weights by output) that belongs to `output`.

    ValueError where there are several and none was chosen.
    """
    several = isinstance(structure, (list, tuple)) and (
        len(names) > 1 or any(known_sizes(getattr(part, "shape", ())) != () for part in structure)
    )
    if not several and not isinstance(structure, dict):
        return structure
    if len(structure) == 1 and output is None:
        return next(iter(structure.values())) if isinstance(structure, dict) else structure[0]
    if isinstance(structure, dict) and output is not None:
        return structure.get(output)
    if not isinstance(structure, dict) and not names:
        raise ValueError(_without_names(len(structure)))
    if output is None:
        what = ", ".join(map(str, structure if isinstance(structure, dict) else names))
        raise ValueError(f"the model has {len(structure)} outputs, {what}: say which with output=…")
    return structure[list(names).index(output)]


def output_shape(
    model: Any, output: str | None, structure: Any = None, specs: Sequence[InputSpec] | None = None
) -> tuple[int | None, ...] | None:
    """Shape of the predictions, batch axis None, or None where the model does not tell.

    Where the `structure` of the inputs and their `specs` are known, a subclass of Model can be asked too.
    """
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


def num_classes_of(shape: tuple[int | None, ...] | None) -> int | None:
    """Classes of predictions of this shape, 2 for one sigmoid unit; None where it does not tell."""
    if shape is None:
        return None
    return 2 if len(shape) == 1 or shape[-1] == 1 else shape[-1]


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
    loss = _loss(model, output)
    if not hasattr(loss, "get_config"):
        return None
    try:
        return loss.get_config().get(name)
    except NotImplementedError:
        return None


def _activation(model: Any, output: str | None) -> str:
    """Name of the activation that makes the output, "" where it can't be told."""
    name = dict(zip(output_names(model), _output_layers(model), strict=False)).get(str(output), output)
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
    if one_unit and name.replace("_", "") in REGRESSION_LOSSES and _activation(model, output) != "sigmoid":
        raise ValueError(
            f"a confusion matrix needs a classifier, and this model has one output unit and the loss {name!r} of a "
            "regression: use the callbacks with a softmax or sigmoid output"
        )
