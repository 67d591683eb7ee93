"""Nested structures of arrays: dicts, lists and tuples, as Keras models take and return them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def flatten(structure: Any) -> list[Any]:
    """The arrays of a nested dict, list or tuple, dict entries by sorted key."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in flatten(part)]
    return [structure]


def pack_as(structure: Any, arrays: Iterable[Any]) -> Any:
    """`arrays` in the nesting of `structure`: the way back from `flatten`."""
    left = iter(arrays)
    return map_arrays(lambda _: next(left), structure)


def map_arrays(function: Callable[[Any], Any], structure: Any) -> Any:
    """The structure with what `function` gives for each of its arrays; lists become tuples."""
    if isinstance(structure, dict):
        return {key: map_arrays(function, structure[key]) for key in sorted(structure)}
    if isinstance(structure, (list, tuple)):
        return tuple(map_arrays(function, part) for part in structure)
    return function(structure)


def as_array(leaf: Any) -> Any:
    """An array of what is none, such as a `pandas.DataFrame`; arrays and tensors as they are."""
    return leaf if hasattr(leaf, "dtype") else np.asarray(leaf)
