"""The one place that knows which Keras there is: Keras 2, tf_keras, or Keras 3 on its backends."""

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

SUPPORTED = "Keras 2.12 to 2.15, tf_keras 2.15 or newer, and Keras 3 on TensorFlow, JAX or torch"
_BACKENDS = ("tensorflow", "jax", "torch")  # backends of Keras 3, and the extras of mnist_tb that bring them


def default_keras() -> ModuleType:
    """The Keras that a user means: `tf_keras` where TF_USE_LEGACY_KERAS asks for it, else `keras`, else `tf_keras`."""
    legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
    for name in ("tf_keras", "keras") if legacy else ("keras", "tf_keras"):
        try:
            keras = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name == name:
                continue
            raise ImportError(_missing_backend(error.name)) from error
        _check_environment(keras, legacy)
        return keras
    raise ImportError(
        "mnist_tb needs Keras here and found neither keras nor tf_keras: "
        "install one with its backend, for example `pip install tensorflow`"
    )


def _missing_backend(missing: str | None) -> str:
    asked = os.environ.get("KERAS_BACKEND")
    found = [name for name in _BACKENDS if importlib.util.find_spec(name)]
    why = f"KERAS_BACKEND is {asked!r}" if asked else "KERAS_BACKEND is not set"
    remedy = f"set KERAS_BACKEND to one that is installed ({', '.join(found)}), or " if found else ""
    return f"Keras needs {missing!r} ({why}), which is not installed: {remedy}`pip install {asked or 'jax'}`"


def _check_environment(keras: ModuleType, legacy: bool) -> None:
    """Refuse a Keras that is not the one that the environment variables ask for."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if legacy and keras.__name__ == "keras" and hasattr(keras, "ops"):
        raise ImportError(
            f"TF_USE_LEGACY_KERAS asks for tf_keras, and Keras {keras.__version__} alone is installed: "
            "`pip install tf_keras`, or unset TF_USE_LEGACY_KERAS"
        )
    if keras.__name__ == "keras" and not hasattr(keras, "ops") and backend != "tensorflow":
        raise ImportError(
            f"KERAS_BACKEND is {backend!r}, and Keras {keras.__version__}, which is installed, runs on TensorFlow "
            "alone: install Keras 3, or unset KERAS_BACKEND"
        )


def keras_of(model: Any) -> ModuleType:
    """The Keras that `model` was made with, by the classes it is made of; TypeError or ValueError for any other."""
    for cls in type(model).__mro__:
        package = cls.__module__.partition(".")[0]
        if package in ("keras", "tf_keras") and cls.__name__ == "Model":
            keras = sys.modules[package]
            check_supported(keras)
            return keras
    raise TypeError(
        f"the callbacks observe a keras.Model while it trains, and got {type(model).__name__}: "
        "pass them to the fit() of a compiled Keras classifier"
    )


def version_of(keras: ModuleType) -> tuple[int, ...]:
    """Major and minor version, such as (3, 15)."""
    return tuple(int(part) for part in keras.__version__.split(".")[:2])


def check_supported(keras: ModuleType) -> None:
    """Refuse, with a ValueError, a Keras or a backend that this package was not made for."""
    if not (2, 12) <= version_of(keras) < (4, 0):
        raise ValueError(f"mnist_tb works with {SUPPORTED}, and this model is of {keras.__name__} {keras.__version__}")
    if backend_of(keras) not in _BACKENDS:
        raise ValueError(f"mnist_tb works with {SUPPORTED}, and this model is on {backend_of(keras)!r}")


@cache
def ops_of(keras: ModuleType) -> Any:
    """The array operations that the observer is written in, under the names of `keras.ops`."""
    if backend_of(keras) != "tensorflow":
        return keras.ops
    import tensorflow as tf

    # Keras 2 lacks that module, and that of Keras 3 makes several operations out of one, which counts in each step.
    same = "cast convert_to_tensor floor logical_and logical_not logical_or maximum ones ones_like reshape shape"
    return SimpleNamespace(
        **{name: getattr(tf, name) for name in (*same.split(), "sigmoid", "stack", "where", "zeros")},
        **{name: getattr(tf, f"reduce_{name}") for name in ("all", "max", "min", "sum")},
        arange=lambda stop, dtype: tf.range(stop, dtype=dtype),
        argmax=lambda x, axis: tf.argmax(x, axis=axis, output_type=tf.int32),
        argsort=lambda x: tf.argsort(x, stable=True),
        concatenate=tf.concat,
        isfinite=tf.math.is_finite,
        one_hot=tf.one_hot,
        softmax=tf.nn.softmax,
        take=lambda x, indices, axis: tf.gather(x, indices, axis=axis),
    )


def backend_of(keras: ModuleType) -> str:
    """The backend at work: "tensorflow", "jax", "torch" or another of Keras 3."""
    return str(keras.backend.backend())


def is_compiled(model: Any) -> bool:
    """Whether XLA compiles the model's steps."""
    return bool(getattr(model, "jit_compile", getattr(model, "_jit_compile", False)))


def mask_of(keras: ModuleType, tensor: Any) -> Any:
    """The mask that Keras' layers attached to a tensor (positions to count), or None."""
    src = getattr(keras, "src", None)  # where tensors take no attributes, Keras 3 keeps the mask elsewhere
    find = getattr(getattr(src, "backend", None), "get_keras_mask", None)
    return find(tensor) if find is not None else getattr(tensor, "_keras_mask", None)


def to_numpy(keras: ModuleType, variable: Any) -> np.ndarray[Any, Any]:
    """The value of a Keras variable or tensor, copied, as a NumPy array."""
    if hasattr(keras, "ops"):
        return np.array(keras.ops.convert_to_numpy(variable))
    return np.array(variable.read_value() if hasattr(variable, "read_value") else variable)


def fit_is_running(params: Any) -> bool:
    """Whether the `fit` that these `params` belong to is under way, in any thread; Keras gives each its own dict."""
    return params is not None and any(getattr(scope.get("callbacks"), "params", None) is params for scope in _fits())


def fit_variables(model: Any) -> dict[str, Any]:
    """The variables of the `fit` of this model that is under way in this thread; {} where they can't be seen."""
    return next(_fits(model), {})


def _fits(model: Any = None) -> Iterator[dict[str, Any]]:
    """The variables of each `fit` under way: of a model in this thread, innermost first, or of the whole process."""
    own = sys._getframe(1)  # the stack tells, before it begins, what can't work; Keras tells callbacks little
    for top in [own] if model is not None else list(sys._current_frames().values()):
        frame: Any = top
        while frame is not None:
            scope = frame.f_locals if frame.f_code.co_name == "fit" else {}
            if "validation_data" in scope and (model is None or scope.get("self") is model):
                yield scope
            frame = frame.f_back
