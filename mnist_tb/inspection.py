"""What a compiled model and its validation data say of themselves, before a step of either is run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mnist_tb.state import CountState, InputSpec

_REGRESSION_LOSSES = {
    "mse", "mae", "mape", "msle", "meansquarederror", "meanabsoluteerror", "meanabsolutepercentageerror",
    "meansquaredlogarithmicerror", "huber", "huberloss", "logcosh", "poisson",
}  # fmt: skip


def leaves(structure: Any) -> list[Any]:
    """The arrays of a nested dict, list or tuple, dict entries by sorted key."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in leaves(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in leaves(part)]
    return [structure]


def like(structure: Any, flat: Iterator[Any]) -> Any:
    """`flat` in the nesting of `structure`: the way back from `leaves`."""
    if isinstance(structure, dict):
        return {key: like(structure[key], flat) for key in sorted(structure)}
    if isinstance(structure, (list, tuple)):
        return tuple(like(part, flat) for part in structure)
    return next(flat)


def output_names(model: Any) -> list[str]:
    """Names of the outputs of a functional model, [] where the model does not tell."""
    return list(getattr(model, "output_names", None) or [])


def check_output(model: Any, output: str | None) -> None:
    """Refuse a choice of output that the model does not have, or none where there are several.

    Raises:
        ValueError: names the outputs there are.
    """
    names = output_names(model)
    if output is None and len(names) > 1:
        raise ValueError(f"the model has {len(names)} outputs, {', '.join(names)}: say which with output={names[0]!r}")
    if output is not None and names and output not in names:
        raise ValueError(f"output={output!r} is none of the model's outputs: {', '.join(names)}")


def pick(structure: Any, names: Sequence[str], output: str | None) -> Any:
    """The part of `structure` (labels, predictions, losses or weights by output) that belongs to `output`.

    Raises:
        ValueError: there are several and none was chosen.
    """
    several = isinstance(structure, dict) or (isinstance(structure, (list, tuple)) and len(names) > 1)
    if not several:
        return structure
    if output is None:
        if len(structure) == 1:
            return next(iter(structure.values())) if isinstance(structure, dict) else structure[0]
        what = ", ".join(map(str, structure)) if isinstance(structure, dict) else ", ".join(names)
        raise ValueError(f"the model has {len(structure)} outputs, {what}: say which with output=…")
    if isinstance(structure, dict):
        return structure.get(output)
    return structure[list(names).index(output)]


def output_shape(model: Any, output: str | None, specs: Sequence[InputSpec] | None) -> tuple[int | None, ...] | None:
    """Shape of the predictions, batch axis None, or None where neither model nor inputs tell."""
    try:
        shapes = model.output_shape
    except (AttributeError, ValueError, RuntimeError):  # not built, or a subclass of Model
        if specs is None or len(specs) != 1:
            return None
        try:
            shapes = model.compute_output_shape((1, *specs[0].shape))
        except Exception:
            return None  # a model is free not to tell; num_classes then comes from the user
    if isinstance(shapes, list) and shapes and not isinstance(shapes[0], (tuple, list)):
        shapes = tuple(shapes)
    names = output_names(model)
    if isinstance(shapes, dict) or (shapes and isinstance(shapes[0], (tuple, list))):
        shapes = pick(list(shapes) if isinstance(shapes, tuple) else shapes, names, output)
    return None if shapes is None else (None, *tuple(shapes)[1:])


def num_classes_of(shape: tuple[int | None, ...] | None) -> int | None:
    """Classes of predictions of this shape, 2 for one sigmoid unit; None where it does not tell."""
    if shape is None:
        return None
    return 2 if len(shape) == 1 or shape[-1] == 1 else shape[-1]


def _loss(model: Any, output: str | None) -> Any:
    try:
        return pick(getattr(model, "loss", None), output_names(model), output)
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
    layers = [layer for layer in getattr(model, "layers", []) if output in (None, layer.name)]
    if not layers:
        return ""
    last = layers[-1]
    activation = getattr(last, "activation", None) or last
    return str(getattr(activation, "__name__", type(activation).__name__)).lower()


def predicts_logits(model: Any, output: str | None) -> bool:
    """Whether the predictions are logits: by the loss where it says, else by the last activation."""
    said = _loss_option(model, output, "from_logits")
    if said is not None:
        return bool(said)
    named = isinstance(_loss(model, output), str)  # a loss given by name takes probabilities
    return not named and _activation(model, output) == "linear"


def ignored_class(model: Any, output: str | None) -> int | None:
    """The label that the model's loss skips, or None."""
    ignored = _loss_option(model, output, "ignore_class")
    return None if ignored is None else int(ignored)


def check_classifier(model: Any, output: str | None) -> None:
    """Refuse a regression model.

    Raises:
        ValueError: the model has one output unit, no sigmoid, and a loss made for regression.
    """
    name = loss_name(model, output)
    shape = output_shape(model, output, None)
    one_unit = shape is not None and len(shape) > 1 and shape[-1] == 1
    if one_unit and name.replace("_", "") in _REGRESSION_LOSSES and _activation(model, output) != "sigmoid":
        raise ValueError(
            f"a confusion matrix needs a classifier, and this model has one output unit and the loss {name!r} of a "
            "regression: use the callbacks with a softmax or sigmoid output"
        )


def input_specs(x: Any, model: Any) -> tuple[Any, list[InputSpec] | None]:
    """What one sample looks like, found without drawing from the data.

    Args:
        x: what `fit` hands to `evaluate` as x: arrays, a `tf.data.Dataset`, a Keras sequence, a torch loader.
        model: asked where the data do not tell (generators).

    Returns:
        The nesting of the inputs, and a spec for each array in it, or None where a shape or dtype is not fixed.
    """
    structure = _batch_like(x)
    if structure is None:
        structure = getattr(model, "inputs", None)
        structure = structure[0] if isinstance(structure, list) and len(structure) == 1 else structure
    if structure is None:
        return None, None
    specs = [_spec(leaf) for leaf in leaves(structure)]
    return structure, None if any(spec is None for spec in specs) else [spec for spec in specs if spec]


def _batch_like(x: Any) -> Any:
    """Something with the shape and dtype of a batch of inputs for each leaf; None for a generator."""
    if hasattr(x, "element_spec"):  # tf.data
        spec = x.element_spec
        return spec[0] if isinstance(spec, (tuple, list)) else spec
    if hasattr(x, "dataset") and hasattr(x, "batch_size"):  # torch.utils.data.DataLoader
        sample = x.dataset[0]
        first = sample[0] if isinstance(sample, (tuple, list)) else sample
        return like(first, iter([np.asarray(leaf)[None] for leaf in leaves(first)]))
    if hasattr(x, "__getitem__") and hasattr(x, "__len__") and not hasattr(x, "shape"):
        if isinstance(x, (dict, list, tuple)):
            return like(x, iter([leaf if hasattr(leaf, "shape") else np.asarray(leaf) for leaf in leaves(x)]))
        batch = x[0]  # a PyDataset or Sequence can be read at any place
        return batch[0] if isinstance(batch, (tuple, list)) else batch
    return x if hasattr(x, "shape") else None


def _spec(leaf: Any) -> InputSpec | None:
    shape = getattr(leaf, "shape", None)
    if shape is None or (hasattr(shape, "rank") and shape.rank is None):
        return None
    sizes = tuple(shape)[1:]
    dtype = str(getattr(leaf.dtype, "name", leaf.dtype)).removeprefix("torch.")
    numeric = dtype == "bool" or any(dtype.startswith(kind) for kind in ("float", "bfloat", "int", "uint"))
    if not numeric or any(size is None for size in sizes):
        return None
    return InputSpec(tuple(int(size) for size in sizes), dtype)


def compiled_counts(model: Any) -> CountState | None:
    """The `ConfusionMatrix` metric that the model was compiled with, or None."""
    container = getattr(model, "_compile_metrics", None) or getattr(model, "compiled_metrics", None)
    given = leaves(getattr(container, "_user_metrics", None))
    return next((metric for metric in given if isinstance(metric, CountState)), None)


def fit_validates(model: Any) -> bool | None:
    """Whether the `fit` that is under way validates; None where that can't be seen.

    Keras tells callbacks nothing of it, and a run that would log nothing should say so before it begins, so
    this looks at the arguments of the `fit` that called.
    """
    frame = sys._getframe(1)
    while frame is not None:
        scope = frame.f_locals
        if frame.f_code.co_name == "fit" and scope.get("self") is model and "validation_data" in scope:
            return scope["validation_data"] is not None or bool(scope.get("validation_split"))
        frame = frame.f_back  # type: ignore[assignment]
    return None
