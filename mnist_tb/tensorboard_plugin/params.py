"""What a request asks for, checked: what is malformed is answered with 400, what there is not with 404."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tensorboard.errors import InvalidArgumentError, NotFoundError

_INT64 = range(-(2**63), 2**63)
_LONGEST_SHOWN = 200


class Params:
    """The parameters of a request.

    Args:
        args: of the request, as werkzeug parses them.

    Example:
        >>> from werkzeug.datastructures import MultiDict
        >>> params = Params(MultiDict({"run": "a/b", "step": "7", "true": "3"}))
        >>> params.text("run"), params.step("step"), params.class_index("true", 10)
        ('a/b', 7, 3)
    """

    def __init__(self, args: Any) -> None:
        self._args = args

    def text(self, name: str) -> str:
        """A text that must be given once."""
        values = self._args.getlist(name)
        if len(values) != 1:
            raise InvalidArgumentError(f"{name} must be given once, but was given {len(values)} times")
        return str(values[0])

    def has(self, name: str) -> bool:
        """Whether the parameter is given."""
        return name in self._args

    def step(self, name: str) -> int:
        """A step as TensorBoard counts them, a 64-bit integer."""
        value = self.text(name)
        if not re.fullmatch("-?[0-9]{1,19}", value) or int(value) not in _INT64:
            raise InvalidArgumentError(f"{name} must be a step, such as 12, but is {shorten(value)}")
        return int(value)

    def class_index(self, name: str, num_classes: int) -> int:
        """A class, by its place in the names."""
        value = self.text(name)
        if not re.fullmatch("[0-9]{1,9}", value):
            raise InvalidArgumentError(f"{name} must be the index of a class, 0 or more, but is {shorten(value)}")
        if int(value) >= num_classes:
            raise NotFoundError(f"there is no class {int(value)}: the run has {num_classes}, 0 to {num_classes - 1}")
        return int(value)

    def number(self, name: str, default: int, most: int) -> int:
        """How many of something are wanted, 1 to `most`."""
        value = self.text(name) if self.has(name) else str(default)
        if not re.fullmatch("[0-9]{1,9}", value) or not 1 <= int(value) <= most:
            raise InvalidArgumentError(f"{name} must be a number from 1 to {most}, but is {shorten(value)}")
        return int(value)


def find(known: Mapping[Any, Any], value: Any, kind: str, where: str) -> Any:
    """What `known` holds for `value`.

    Raises:
        NotFoundError: nothing; the text names it.

    Example:
        >>> find({1: "one"}, 1, "step", "run 'a'")
        'one'
    """
    if value not in known:
        raise NotFoundError(f"there is no {kind} {shorten(value)} in {where}; {_some(known)}")
    return known[value]


def shorten(value: Any) -> str:
    r"""A value as Python would write it, cut if it is long; plain ASCII, so that it can be sent whatever it holds.

    Example:
        >>> shorten("caf\u00e9"), len(shorten("a" * 1000))
        ("'caf\\xe9'", 203)
    """
    text = ascii(value[: _LONGEST_SHOWN + 1] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST_SHOWN + 2 else f"{text[:_LONGEST_SHOWN]}..."


def ascii_only(message: str) -> str:
    r"""A message that can be sent whatever it quotes from a file: half a surrogate pair can't be.

    Example:
        >>> ascii_only("caf\u00e9")
        'caf\\xe9'
    """
    return message.encode("ascii", "backslashreplace").decode()


def _some(known: Iterable[Any]) -> str:
    names = sorted(known)
    if not names:
        return "there are none"
    ends = names if len(names) <= 4 else [*names[:2], "...", *names[-2:]]
    return "there are " + ", ".join(name if name == "..." else shorten(name) for name in ends)
