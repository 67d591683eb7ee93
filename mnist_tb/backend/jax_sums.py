"""Sums on JAX that neither wrap nor round, of 32-bit numbers: it has no others unless it is told to.

A variable holds S sums in rows (rows, S). Whole numbers: high · 2**30 + low. Floats: high + low, and a row that is 0
between batches, in which parts of a batch's floats are added up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LIMB = 2**30
ROWS = {"int32": 2, "float32": 3}
_CHUNK = 1024  # floats that are added at a time: the fewer, the more bits of each fit into a part

Array = Any


def add(value: Array, index: Array, values: Array) -> Array:
    """The rows `value` with `values` (N,) added at `index` (N,) int32."""
    if value.dtype == "int32":
        return _add_integers(value, index, values)
    if len(index) <= _CHUNK:
        return _add_floats(value, index, values)
    import jax
    import jax.numpy as jnp

    more = -len(index) % _CHUNK
    index = jnp.pad(index, (0, more), constant_values=value.shape[1])  # out of bounds, so dropped
    chunks = [array.reshape(-1, _CHUNK) for array in (index, jnp.pad(values, (0, more)))]
    return jax.lax.scan(lambda rows, chunk: (_add_floats(rows, *chunk), None), value, chunks)[0]


def _add_integers(value: Array, index: Array, values: Array) -> Array:
    """Of an entry that comes several times, each sets the same."""
    import jax.numpy as jnp

    value = value.at[1, index].add(values.astype("int32"))
    high, low = value[:, index]
    return value.at[:, index].set(jnp.stack([high + low // LIMB, low % LIMB]))


def _add_floats(value: Array, index: Array, values: Array) -> Array:
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


def _two_sum(one: Array, other: Array) -> tuple[Array, Array]:
    """The sum, and what was lost by rounding it (Knuth); 0 where it is not finite."""
    import jax.numpy as jnp

    total = one + other
    of_other = total - one
    lost = (one - (total - of_other)) + (other - of_other)
    return total, jnp.where(jnp.isfinite(total), lost, 0)


def as_float32(value: Array) -> Array:
    """The sums (S,), rounded."""
    return value[0].astype("float32") * (LIMB if value.dtype == "int32" else 1) + value[1].astype("float32")


def total(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The sums of R replicas, (R, S) int64 or float64, from their rows (R, rows, S); sums (R, S) as they are."""
    if values.ndim == 2:
        return values
    wide = values[:, :2].astype(np.int64 if values.dtype == np.int32 else np.float64)
    return wide[:, 0] * (LIMB if values.dtype == np.int32 else 1) + wide[:, 1]
