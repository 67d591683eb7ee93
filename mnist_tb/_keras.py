"""The one place that knows which Keras there is: Keras 2, tf_keras, or Keras 3 on its engines."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


def default_keras() -> ModuleType:
    """The Keras that a user of this process means.

    `tf_keras` where the variable TF_USE_LEGACY_KERAS asks for it, else `keras`, else `tf_keras`.

    Raises:
        ImportError: no Keras is installed.
    """
    legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
    for name in ("tf_keras", "keras") if legacy else ("keras", "tf_keras"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name == name:
                continue
            raise ImportError(
                f"Keras is installed, but it needs {error.name!r}, which is not: install the engine that "
                "KERAS_BACKEND names (mnist_tb[tensorflow], [jax] or [torch]) or set it to one that is there"
            ) from error
    raise ImportError(
        "mnist_tb needs Keras here and found neither keras nor tf_keras: "
        "install one with its engine, for example `pip install mnist_tb[tensorflow]`"
    )


def keras_of(model: Any) -> ModuleType:
    """The Keras that `model` was made with, by the classes it is made of.

    Raises:
        TypeError: it is no Keras model.
    """
    for cls in type(model).__mro__:
        package = cls.__module__.partition(".")[0]
        if package in ("keras", "tf_keras") and cls.__name__ == "Model":
            return sys.modules[package]
    raise TypeError(
        f"the callbacks look on while a keras.Model trains, and got {type(model).__name__}: "
        "pass them to the fit() of a compiled Keras classifier"
    )


@cache
def ops_of(keras: ModuleType) -> Any:
    """The array operations that the observer is written in, under the names of `keras.ops`."""
    if hasattr(keras, "ops"):
        return keras.ops
    return _tensorflow_ops()


def _tensorflow_ops() -> SimpleNamespace:
    """What Keras 2 lacks: the few operations used here, named as in `keras.ops`."""
    import tensorflow as tf

    return SimpleNamespace(
        arange=lambda stop, dtype: tf.range(stop, dtype=dtype),
        argmax=lambda x, axis: tf.argmax(x, axis=axis, output_type=tf.int32),
        argsort=lambda x: tf.argsort(x, stable=True),
        all=tf.reduce_all,
        cast=tf.cast,
        concatenate=tf.concat,
        convert_to_tensor=tf.convert_to_tensor,
        floor=tf.floor,
        isfinite=tf.math.is_finite,
        logical_and=tf.logical_and,
        logical_not=tf.logical_not,
        max=tf.reduce_max,
        maximum=tf.maximum,
        min=tf.reduce_min,
        ones_like=tf.ones_like,
        reshape=tf.reshape,
        segment_sum=tf.math.unsorted_segment_sum,
        shape=tf.shape,
        sigmoid=tf.sigmoid,
        softmax=tf.nn.softmax,
        sum=tf.reduce_sum,
        take=lambda x, indices, axis: tf.gather(x, indices, axis=axis),
        where=tf.where,
        zeros=tf.zeros,
    )


def backend_of(keras: ModuleType) -> str:
    """The engine at work: "tensorflow", "jax", "torch" or another of Keras 3."""
    return str(keras.backend.backend())


def mask_of(keras: ModuleType, tensor: Any) -> Any:
    """The mask that Keras' layers attached to a tensor (positions to count), or None."""
    src = getattr(keras, "src", None)  # where tensors take no attributes, Keras 3 keeps the mask elsewhere
    find = getattr(getattr(src, "backend", None), "get_keras_mask", None)
    return find(tensor) if find is not None else getattr(tensor, "_keras_mask", None)


def scope_of(model: Any) -> AbstractContextManager[Any]:
    """The `tf.distribute` scope in which variables beside `model` are made; without a strategy, nothing."""
    strategy = getattr(model, "distribute_strategy", None)
    return nullcontext() if strategy is None else strategy.scope()


def is_replicated(model: Any) -> bool:
    """Whether `tf.distribute` splits each batch of `model` among several replicas."""
    strategy = getattr(model, "distribute_strategy", None)
    return strategy is not None and strategy.num_replicas_in_sync > 1


def to_numpy(keras: ModuleType, variable: Any) -> np.ndarray[Any, Any]:
    """The value of a Keras variable or tensor, copied, as a NumPy array."""
    if hasattr(keras, "ops"):
        return np.array(keras.ops.convert_to_numpy(variable))
    return np.array(variable.read_value() if hasattr(variable, "read_value") else variable)
