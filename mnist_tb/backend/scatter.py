"""Entries of a variable changed in place, by each backend's own means: it costs what changes, not what is kept."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from mnist_tb.backend import jax_sums
from mnist_tb.backend.flavours import backend_of, ops_of

Tensor = Any


class Scatter:
    """Sets or adds to entries of the variables of one Keras."""

    compiled = False  # whether XLA compiles the step, so that no shape may depend on values

    def __init__(self, keras: ModuleType) -> None:
        self.keras = keras
        self._on = backend_of(keras)

    def within(self, size: int, index: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
        """The pairs of `index` and `place`, (N,) int32 each, whose index is below `size`.

        Where no shape may depend on values, all: XLA leaves the others out when it sets.
        """
        if self._on == "jax" or self.compiled:
            return index, place
        if self._on == "torch":
            inside = index < size
            return index[inside], place[inside]
        import tensorflow as tf

        inside = tf.where(index < size)[:, 0]
        return tf.gather(index, inside), tf.gather(place, inside)

    def set(self, variable: Any, index: Tensor, rows: Tensor, place: Tensor) -> None:
        """Put `rows[place[i]]` at `index[i]` of `variable`: rows (B, ...) of any dtype into a variable (S, ...).

        `index` and `place` (N,) are as `within` gave them; of two alike below S, either may win.
        """
        if self._on == "jax":
            values = ops_of(self.keras).cast(rows[place], variable.dtype)
            variable.assign(variable.value.at[index].set(values, mode="drop"))
        elif self._on == "torch":
            value = variable.value.detach()
            value[index] = rows[place].to(value.dtype)
        else:
            self._set_tensorflow(variable, index, rows, place)

    def sums(self, size: int, dtype: str) -> tuple[tuple[int, ...], str]:
        """Shape and dtype of a variable for `add` that holds `size` sums: "int64" or "float64", or what does for it."""
        if self._on == "jax":
            narrow = dtype.replace("64", "32")
            return (jax_sums.ROWS[narrow], size), narrow
        if self._on == "torch":
            import torch

            if torch.backends.mps.is_available():  # Apple's GPUs have no float64
                dtype = dtype.replace("float64", "float32")
        return (size,), dtype

    def add(self, variable: Any, index: Tensor, values: Tensor) -> None:
        """Add `values` (N,) to the `sums` in a variable at `index` (N,) int32, all of them below their number."""
        if self._on == "jax":
            variable.assign(jax_sums.add(variable.value, index, values))
            return
        values = ops_of(self.keras).cast(values, variable.dtype)
        if self._on == "torch":
            variable.value.detach().index_add_(0, index, values)
        else:
            self._add_tensorflow(variable, index, values)

    def as_float32(self, variable: Any) -> Tensor:
        """The `sums` in a variable, (S,) float32."""
        if self._on == "jax":
            return jax_sums.as_float32(variable.value)
        ops = ops_of(self.keras)
        return ops.cast(ops.convert_to_tensor(variable), "float32")

    def _set_tensorflow(self, variable: Any, index: Tensor, rows: Tensor, place: Tensor) -> None:
        import tensorflow as tf

        values, inner = tf.cast(tf.gather(rows, place), variable.dtype), self._in_place(variable)
        if inner is not None:
            inner.scatter_update(tf.IndexedSlices(values, index))
        else:
            kept = tf.convert_to_tensor(variable)
            variable.assign(tf.tensor_scatter_nd_update(kept, index[:, None], values))

    def _add_tensorflow(self, variable: Any, index: Tensor, values: Tensor) -> None:
        import tensorflow as tf

        inner = self._in_place(variable)
        if inner is not None:
            inner.scatter_add(tf.IndexedSlices(values, index))
        else:
            variable.assign_add(tf.scatter_nd(index[:, None], values, variable.shape))

    def _in_place(self, variable: Any) -> Any:
        """TensorFlow's own variable; None for that of several replicas, which can't be changed in place."""
        import tensorflow as tf

        inner = variable.value if hasattr(self.keras, "ops") else variable
        return None if isinstance(inner, tf.distribute.DistributedValues) else inner
