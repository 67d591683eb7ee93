"""Checks of options that users give."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def check_whole(name: str, value: Any, least: int, most: int | None = None, of: str = "") -> int:
    """An argument as Python's int; ValueError if it is no whole number in a range, be it NumPy's."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        reach = f"from {least} on" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number{of} {reach}, and is {value!r}")
    return int(value)


def checked_names(
    class_names: Sequence[str] | Mapping[int, str] | None, num_classes: int | None
) -> tuple[str, ...] | None:
    """The names of the classes, in the order of the labels; ValueError for what can't be such names."""
    if class_names is None:
        return None
    if isinstance(class_names, str):
        raise ValueError(f"class_names must be a list of names, and is the one text {class_names!r}")
    if isinstance(class_names, Mapping):
        if sorted(class_names, key=str) != sorted(range(len(class_names)), key=str):
            raise ValueError(
                f"class_names as a dict must have the labels 0 to {len(class_names) - 1} as keys, such as "
                f"{{0: 'cat', 1: 'dog'}}, and has {', '.join(map(repr, class_names))}"
            )
        class_names = [class_names[label] for label in range(len(class_names))]
    names = tuple(str(name) for name in class_names)
    if len(names) < 2:
        raise ValueError(f"class_names must name at least 2 classes, and names {len(names)}")
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise ValueError(f"class_names must differ from each other, and {', '.join(repeated)} came more than once")
    if num_classes is not None and num_classes != len(names):
        raise ValueError(f"num_classes={num_classes} came with {len(names)} class_names: give as many, or leave it out")
    return names
