"""Who else trains: replicas of a `tf.distribute` strategy, or processes of torch, and which of them writes.

TensorFlow splits each batch among replicas, which have variables of their own; torch runs one process per device. What
they saw is brought together here. JAX needs nothing of it: its arrays span all devices and processes.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend.flavours import backend_of, ops_of, to_numpy, version_of

Array = np.ndarray[Any, Any]


def scope_of(model: Any) -> AbstractContextManager[Any]:
    """The `tf.distribute` scope in which variables beside `model` are made; without a strategy, nothing."""
    strategy = getattr(model, "distribute_strategy", None)
    return nullcontext() if strategy is None else strategy.scope()


def is_replicated(model: Any) -> bool:
    """Whether `tf.distribute` splits each batch of `model` among several replicas, on this machine or more."""
    strategy = getattr(model, "distribute_strategy", None)
    return strategy is not None and strategy.num_replicas_in_sync > 1


def check_replicas(keras: ModuleType, model: Any) -> None:
    """Refuse, with a ValueError, Keras 3.0 to 3.9 with several replicas: it counts wrongly there."""
    if is_replicated(model) and (3, 0) <= version_of(keras) < (3, 10):
        raise ValueError(
            f"Keras {keras.__version__} loses most of what metrics count under "
            f"{type(model.distribute_strategy).__name__}, its own accuracy too: "
            "upgrade to Keras 3.10 or newer, or train without the strategy"
        )


def is_chief(keras: ModuleType, model: Any) -> bool:
    """Whether this process is the one that writes: the only one, or the first of several."""
    backend = backend_of(keras)
    if backend == "jax":
        return bool(sys.modules["jax"].process_index() == 0)
    if backend == "torch":
        group = torch_group()
        return group is None or group.get_rank() == 0
    strategy = getattr(model, "distribute_strategy", None)
    return strategy is None or bool(strategy.extended.should_save_summary)


def reader(keras: ModuleType, model: Any, variables: Sequence[Any]) -> Callable[[], list[Array]]:
    """A function for all processes to call: the values of Keras `variables`, (R, ...) with a row for each replica."""
    if is_replicated(model):
        return _tensorflow_reader(model.distribute_strategy, variables)
    if backend_of(keras) == "torch" and (group := torch_group()) is not None:
        return lambda: [_all_gather(group, variable) for variable in variables]
    read = traced(keras, model, lambda: [ops_of(keras).convert_to_tensor(variable) for variable in variables])
    return lambda: [to_numpy(keras, value)[None] for value in read()]


def traced(keras: ModuleType, model: Any, function: Callable[[], Any]) -> Callable[[], Any]:
    """A function of variables that is called often, as one call of TensorFlow's where that runs eagerly otherwise.

    To empty and to read the observer's 18 variables takes 2 ms less of a validation of 100.
    """
    return function if backend_of(keras) != "tensorflow" or is_replicated(model) else _graph(function)


def _graph(function: Callable[[], Any]) -> Callable[[], Any]:
    """A function traced by TensorFlow, once and here: of what traces at its calls it warns, from the sixth model on."""
    import tensorflow as tf

    with tf.init_scope():
        return tf.function(function, autograph=False).get_concrete_function()  # type: ignore[no-any-return]


def in_every_replica(model: Any, function: Callable[[], Any]) -> None:
    """Call a function where the variables of replicas can be changed: in each of them."""
    if is_replicated(model):
        model.distribute_strategy.run(function)
    else:
        function()


def _tensorflow_reader(strategy: Any, variables: Sequence[Any]) -> Callable[[], list[Array]]:
    import tensorflow as tf

    def read() -> list[Any]:
        return [tf.convert_to_tensor(variable)[None] for variable in variables]

    # An eager call of a strategy is slow, and TensorFlow warns of it.
    gather = _graph(lambda: [strategy.gather(values, axis=0) for values in strategy.run(read)])
    return lambda: [np.array(values) for values in gather()]


def torch_group() -> Any:
    """`torch.distributed`, where this process is one of several, each with a part of every batch; else None."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return distributed if distributed.get_world_size() > 1 else None


def _all_gather(group: Any, variable: Any) -> Array:
    torch = sys.modules["torch"]
    value = variable.value.detach().contiguous()
    rows = [torch.empty_like(value) for _ in range(group.get_world_size())]
    group.all_gather(rows, value)
    gathered: Array = torch.stack(rows).cpu().numpy()
    return gathered


def global_positions(local: Array, passed: Array, batch_size: Array) -> Array:
    """Where samples stand among those of all R replicas, (R, N), from their `local` position among those of their own.

    A batch is split in the order of the replicas, into `batch_size` (R,) each but for the last; each saw `passed` (R,).
    """
    size = np.maximum(batch_size, 1)
    step, row = np.divmod(local, size[:, None])
    before = step[..., None] * size  # (R, N, R) rows that each replica saw before this step
    earlier_steps = np.minimum(before, passed).sum(axis=-1)
    in_step = np.clip(passed - before, 0, size)
    earlier_replicas = np.tril(np.ones((len(size), len(size)), int), -1)
    positions: Array = earlier_steps + (in_step * earlier_replicas[:, None, :]).sum(axis=-1) + row
    return positions
