"""Entries of a variable changed in place, by each backend's own means: it costs what changes, not what is kept.

JAX has no 64-bit numbers unless it is told to. So that its sums neither wrap nor round, a variable holds S of them in
rows (rows, S). Whole numbers: high · 2**30 + low. Floats: high + low, and a row that is 0 between batches, in which
parts of a batch's floats are added up.
"""

from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend.flavours import backend_of, ops_of
from mnist_tb.confidence import EDGES

Tensor = Any

LIMB = 2**30
_ROWS = {"int32": 2, "float32": 3}
_CHUNK = 1024  # floats that are added at a time: the fewer, the more bits of each fit into a part


class Scatter:
    """Sets or adds to entries of the variables of one Keras."""

    compiled = False  # whether XLA compiles the step, so that no shape may depend on values

    def __init__(self, keras: ModuleType) -> None:
        self.keras = keras
        self._on = backend_of(keras)

    def within(self, size: int, index: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
        """The pairs of `index` and `place`, (N,) int32 each, whose index is below `size`."""
        if self._on == "jax" or self.compiled:  # no shape may depend on values; XLA leaves them out when it sets
            return index, place
        if self._on == "torch":
            inside = index < size
            return index[inside], place[inside]
        import tensorflow as tf

        inside = tf.where(index < size)[:, 0]
        return tf.gather(index, inside), tf.gather(place, inside)

    def bins(self, probability: Tensor) -> Tensor:
        """The bin of `EDGES` that each float32 probability lies in, int32 of the same shape."""
        edges = EDGES[1:-1]  # so that what is outside of 0 to 1 is in the outer bins
        if self._on == "jax":
            import jax.numpy as jnp

            found = jnp.searchsorted(edges, probability, side="right")
        elif self._on == "torch":
            import torch

            found = torch.searchsorted(torch.as_tensor(edges, device=probability.device), probability, right=True)
        else:
            import tensorflow as tf

            if self.compiled:
                flat = tf.searchsorted(edges, tf.reshape(probability, [-1]), side="right")
                return tf.reshape(flat, tf.shape(probability))
            return tf.raw_ops.Bucketize(input=probability, boundaries=edges.tolist())
        return ops_of(self.keras).cast(found, "int32")

    def set(self, variable: Any, index: Tensor, rows: Tensor, place: Tensor) -> None:
        """Put `rows[place[i]]` of rows (B, ...) at `index[i]` of a variable (S, ...); of two alike, either may win."""
        if self._on == "jax":
            values = ops_of(self.keras).cast(rows[place], variable.dtype)
            variable.assign(variable.value.at[index].set(values, mode="drop"))
            return
        if self._on == "torch":
            value = variable.value.detach()
            value[index] = rows[place].to(value.dtype)
            return
        import tensorflow as tf

        values, inner = tf.cast(tf.gather(rows, place), variable.dtype), self._in_place(variable)
        if inner is not None:
            inner.scatter_update(tf.IndexedSlices(values, index))
        else:
            variable.assign(tf.tensor_scatter_nd_update(tf.convert_to_tensor(variable), index[:, None], values))

    def sums(self, size: int, dtype: str) -> tuple[tuple[int, ...], str]:
        """Shape and dtype of a variable for `add` that holds `size` sums: "int64" or "float64", or what does for it."""
        if self._on == "jax":
            narrow = dtype.replace("64", "32")
            return (_ROWS[narrow], size), narrow
        if self._on == "torch":
            import torch

            if torch.backends.mps.is_available():  # Apple's GPUs have no float64
                dtype = dtype.replace("float64", "float32")
        return (size,), dtype

    def count(self, variable: Any, index: Tensor) -> None:
        """Add 1 to the `sums` in a variable for each of `index` (N,) int32, all of them below their number."""
        inner = self._in_place(variable) if self._on == "tensorflow" and not self.compiled else None
        if inner is None:
            self.add(variable, index, ops_of(self.keras).ones_like(index))
            return
        import tensorflow as tf

        # With a scalar, 1,500 of them take 2 us, with as many ones 16 us.
        tf.raw_ops.ResourceScatterAdd(resource=inner.handle, indices=index, updates=tf.ones((), inner.dtype))

    def add(self, variable: Any, index: Tensor, values: Tensor) -> None:
        """Add `values` (N,) to the `sums` in a variable at `index` (N,) int32, all of them below their number."""
        if self._on == "jax":
            variable.assign(_add_on_jax(variable.value, index, values))
            return
        values = ops_of(self.keras).cast(values, variable.dtype)
        if self._on == "torch":
            variable.value.detach().index_add_(0, index, values)
            return
        import tensorflow as tf

        inner = self._in_place(variable)
        if inner is not None:
            inner.scatter_add(tf.IndexedSlices(values, index))
        else:
            variable.assign_add(tf.scatter_nd(index[:, None], values, variable.shape))

    def as_float32(self, variable: Any) -> Tensor:
        """The `sums` in a variable, (S,) float32."""
        ops = ops_of(self.keras)
        value = ops.convert_to_tensor(variable)
        if self._on != "jax":
            return ops.cast(value, "float32")
        limb = LIMB if value.dtype == "int32" else 1
        return ops.cast(value[0], "float32") * limb + ops.cast(value[1], "float32")

    def _in_place(self, variable: Any) -> Any:
        """TensorFlow's own variable; None for that of several replicas, which can't be changed in place."""
        import tensorflow as tf

        inner = variable.value if hasattr(self.keras, "ops") else variable
        return None if isinstance(inner, tf.distribute.DistributedValues) else inner


def total(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The sums of R replicas, (R, S) int64 or float64, from their rows (R, rows, S); sums (R, S) as they are."""
    limb, dtype = (LIMB, np.int64) if values.dtype.kind == "i" else (1, np.float64)
    wide = values.astype(dtype)
    return wide if values.ndim == 2 else wide[:, 0] * limb + wide[:, 1]


def _add_on_jax(value: Tensor, index: Tensor, values: Tensor) -> Tensor:
    """The rows `value` with `values` (N,) added at `index` (N,) int32."""
    import jax
    import jax.numpy as jnp

    if value.dtype == "int32":
        value = value.at[1, index].add(values.astype("int32"))
        high, low = value[:, index]  # of an entry that comes several times, each sets the same
        return value.at[:, index].set(jnp.stack([high + low // LIMB, low % LIMB]))
    if len(index) <= _CHUNK:
        return _add_floats(value, index, values)
    more = -len(index) % _CHUNK
    index = jnp.pad(index, (0, more), constant_values=value.shape[1])  # out of bounds, so dropped
    chunks = [array.reshape(-1, _CHUNK) for array in (index, jnp.pad(values, (0, more)))]
    return jax.lax.scan(lambda rows, chunk: (_add_floats(rows, *chunk), None), value, chunks)[0]


def _add_floats(value: Tensor, index: Tensor, values: Tensor) -> Tensor:
    """After Rump, Ogita and Oishi, "Accurate Floating-Point Summation" (2008): the parts add up without rounding."""
    import jax.numpy as jnp

    splits = abs(values) < 2.0**100  # no NaN or inf, nor what would become inf
    rest = jnp.where(splits, values, 0)
    exponent = jnp.frexp(jnp.max(abs(rest), initial=0))[1]
    carry_bits = (len(values) - 1).bit_length()
    parts = []
    for step in range(3):
        grid = jnp.ldexp(jnp.float32(1.5), exponent + carry_bits - step * (23 - carry_bits))
        parts.append((rest + grid) - grid)
        rest = rest - parts[-1]
    for part in (*parts, jnp.where(splits, rest, values)):
        value = value.at[2, index].add(part, mode="drop")
        high, low, of_batch = value[:, index]
        high, lost = _two_sum(high, of_batch)
        high, low = _two_sum(high, low + lost)
        value = value.at[:, index].set(jnp.stack([high, low, 0 * rest]), mode="drop")
    return value


def _two_sum(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """The sum, and what was lost by rounding it (Knuth); 0 where it is not finite."""
    import jax.numpy as jnp

    total = one + other
    of_other = total - one
    lost = (one - (total - of_other)) + (other - of_other)
    return total, jnp.where(jnp.isfinite(total), lost, 0)
