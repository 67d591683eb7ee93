"""Groups of classes, such as {"animals": ["cat", "dog"]}, and the confusion matrix of such groups. NumPy only."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

ClassGroups = Mapping[str, Any]  # by name a sequence of class names, or groups again
_DEEPEST = 20  # groups within groups


def group_counts(
    counts: ArrayLike, class_names: Sequence[str], class_groups: ClassGroups, *, depth: int = 1
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The confusion matrix of groups of classes.

    Args:
        counts: (..., C, C), rows true, columns predicted: one matrix, or those of several epochs.
        class_names: C names.
        class_groups: by name, the names of the classes in a group, or a dict of groups again. Classes in no group
            stay by themselves.
        depth: of groups within groups, how many levels are told apart, at least 1.

    Returns:
        (..., G, G) counts of the dtype they came in, and G names, in the order of their first classes.

    Raises:
        ValueError: the groups are not as described, name a class that there is not or one twice, or are empty; or
            `counts` are not of so many classes.

    Example:
        >>> counts = [[8, 1, 1], [2, 7, 1], [0, 1, 9]]
        >>> group_counts(counts, ["cat", "dog", "car"], {"animals": ["cat", "dog"]})
        (array([[18,  2],
               [ 1,  9]]), ('animals', 'car'))
    """
    matrix, names = np.asarray(counts), tuple(map(str, class_names))
    if matrix.ndim < 2 or matrix.shape[-2:] != (len(names), len(names)):
        raise ValueError(f"counts of {len(names)} classes must have the shape (..., C, C), and have {matrix.shape}")
    if depth < 1:
        raise ValueError(f"depth must be at least 1, and is {depth}")
    paths = dict(_members(check_class_groups(class_groups, names)))
    group_of = [(*paths.get(name, ()), name)[:depth] for name in names]
    groups = list(dict.fromkeys(group_of))
    members = np.array([[group == one for group in groups] for one in group_of], matrix.dtype)
    return members.T @ matrix @ members, tuple(group[-1] for group in groups)


def check_class_groups(class_groups: Any, class_names: Sequence[str] | None) -> dict[str, Any]:
    """The groups as dicts and lists of texts, or a ValueError; with no `class_names` yet, any class may be named."""
    groups = _checked(class_groups, "class_groups", _DEEPEST)
    named: set[str] = set()
    known = set(class_names or ())
    for name, _ in _members(groups):
        if name in named:
            raise ValueError(f"class_groups must name each class once, and name {name!r} twice")
        if class_names is not None and name not in known:
            more = f" and {len(class_names) - 10} more" if len(class_names) > 10 else ""
            raise ValueError(
                f"class_groups must name classes of the model, and {name!r} is none of them: "
                f"{', '.join(class_names[:10])}{more}"
            )
        named.add(name)
    return groups


def _checked(groups: Any, where: str, depth: int) -> dict[str, Any]:
    if not isinstance(groups, Mapping):
        raise ValueError(
            f"{where} must be a dict of groups, such as {{'animals': ['cat', 'dog']}}, and is of type "
            f"{type(groups).__name__}"
        )
    if not depth:
        raise ValueError(f"class_groups can be nested {_DEEPEST} deep, and are deeper")
    checked: dict[str, Any] = {}
    for name, members in groups.items():
        if not isinstance(name, str):
            raise ValueError(f"{where} must have texts as names of groups, and has {name!r}")
        if isinstance(members, str) or not isinstance(members, (Mapping, Sequence)):
            raise ValueError(
                f"the group {name!r} must be a list of class names or a dict of groups, and is {members!r}"
            )
        if not members:
            raise ValueError(f"the group {name!r} of class_groups is empty: name its classes, or leave it out")
        nested = isinstance(members, Mapping)
        checked[name] = _checked(members, f"the group {name!r}", depth - 1) if nested else list(map(str, members))
    return checked


def _members(groups: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each class that is named, and the groups that it is in, outermost first."""
    for name, members in groups.items():
        path = (*above, name)
        yield from _members(members, path) if isinstance(members, Mapping) else ((one, path) for one in members)
