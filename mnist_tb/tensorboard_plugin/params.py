"""What a request asks for, checked: what is malformed is answered with 400, what there is not with 404."""

import re
from typing import Any

from tensorboard.errors import InvalidArgumentError, NotFoundError

_INT64 = range(-(2**63), 2**63)
_LONGEST_SHOWN = 200


class Params:
    """The parameters of a request, as werkzeug parses them."""

    def __init__(self, args: Any) -> None:
        self._args = args

    def text(self, name: str) -> str:
        """A text that must be given once."""
        values = self._args.getlist(name)
        if len(values) != 1:
            raise InvalidArgumentError(f"{name} must be given once, but was given {len(values)} times")
        return str(values[0])

    def step(self, name: str) -> int:
        """A step as TensorBoard counts them, a 64-bit integer."""
        value = self.text(name)
        if not re.fullmatch("-?[0-9]{1,19}", value) or int(value) not in _INT64:
            raise InvalidArgumentError(f"{name} must be a step, such as 12, but is {shorten(value)}")
        return int(value)

    def position(self, name: str) -> int:
        """The place of a sample in the data, counted from 0."""
        value = self.text(name)
        if not re.fullmatch("[0-9]{1,18}", value):
            raise InvalidArgumentError(f"{name} must be a place in the data, 0 or more, but is {shorten(value)}")
        return int(value)

    def one_of(self, name: str, *values: str) -> str:
        """One of some values, the first where none is given."""
        value = self.text(name) if name in self._args else values[0]
        if value not in values:
            raise InvalidArgumentError(f"{name} must be {' or '.join(values)}, but is {shorten(value)}")
        return value

    def class_index(self, name: str, num_classes: int) -> int:
        """A class, by its place in the names."""
        value = self.text(name)
        if not re.fullmatch("[0-9]{1,9}", value):
            raise InvalidArgumentError(f"{name} must be the index of a class, 0 or more, but is {shorten(value)}")
        if int(value) >= num_classes:
            raise NotFoundError(f"there is no class {int(value)}: the run has {num_classes}, 0 to {num_classes - 1}")
        return int(value)

    def class_or_all(self, name: str, num_classes: int) -> int | None:
        """A class, by its place in the names; None for all, where none is given."""
        return self.class_index(name, num_classes) if name in self._args else None

    def cell(self, num_classes: int) -> tuple[int, int]:
        """The true and the predicted class of a cell."""
        return self.class_index("true", num_classes), self.class_index("predicted", num_classes)


def shorten(value: str) -> str:
    """A text as Python would write it, cut if it is long; plain ASCII, so that it can be sent whatever it holds."""
    text = ascii(value[: _LONGEST_SHOWN + 1])
    return text if len(text) <= _LONGEST_SHOWN + 2 else f"{text[:_LONGEST_SHOWN]}..."
