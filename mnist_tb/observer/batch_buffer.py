"""Batches that wait to be looked at together.

A look takes some 190 small operations, for which 128 samples pay as much as 2,000. On torch, which runs them one by
one from Python, that is most of what looking costs, so there batches wait until there are enough. On TensorFlow the
copies that this needs cost what it saves, and JAX compiles its step as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Part = Any  # labels, predictions, inputs and so on of a batch: a (B, ...) tensor, or None
_MOST_SAMPLES = 2048
_MOST_BYTES = 8 * 2**20


class BatchBuffer:
    """Batches of torch tensors that wait, in copies: who makes them may fill the same memory again.

    Args:
        look: is called with the parts of one batch, or of several as one. The first of them is never None.
    """

    def __init__(self, look: Callable[..., None]) -> None:
        self._look = look
        self._held: list[tuple[Part, ...]] = []

    def put(self, *parts: Part) -> None:
        """Take a batch; it is looked at now or later, after all that came before it."""
        aligned = len({part.shape[:1] for part in parts if part is not None}) == 1
        enough = _enough(parts) if aligned else 0
        if self._held and (not aligned or _kinds(parts) != _kinds(self._held[0])):
            self.finish()
        if not self._held and len(parts[0]) >= enough:
            self._look(*parts)
            return
        self._held.append(tuple(None if part is None else part.clone() for part in parts))
        if sum(len(held[0]) for held in self._held) >= enough:
            self.finish()

    def finish(self) -> None:
        """Look at all that wait."""
        import torch

        held, self._held = self._held, []
        if held:
            columns = zip(*held, strict=True)
            self._look(*(None if column[0] is None else torch.cat(column) for column in columns))

    def clear(self) -> None:
        """Forget all that wait."""
        self._held = []


def _kinds(parts: tuple[Part, ...]) -> list[Any]:
    """Shape and dtype of a row of each part."""
    return [None if part is None else (part.shape[1:], part.dtype) for part in parts]


def _enough(parts: tuple[Part, ...]) -> int:
    """From how many samples of this kind on none need wait."""
    bytes_each = sum(part.element_size() * math.prod(part.shape[1:]) for part in parts if part is not None)
    return min(_MOST_SAMPLES, int(_MOST_BYTES // bytes_each))
