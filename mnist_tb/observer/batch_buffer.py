"""Batches that are collected and then observed as one, on torch alone.

To observe a batch takes some 190 small operations, for which 128 samples pay as much as 2,000. Torch runs them one by
one from Python, which is most of what observing costs there: a validation took 1.84 of a bare one, and takes 1.04 with
batches collected. On TensorFlow the copies that this needs cost what it saves, and JAX compiles its step as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Part = Any  # labels, predictions, inputs and so on of a batch: a (B, ...) tensor, or None
_MOST_SAMPLES = 2048
_MOST_BYTES = 8 * 2**20


class BatchBuffer:
    """Batches of torch tensors, copied, as a data loader may fill the same memory again.

    `update` is called with the parts of one batch, or of several as one. The first of them is never None.
    """

    def __init__(self, update: Callable[..., None]) -> None:
        self._update = update
        self._batches: list[tuple[Part, ...]] = []

    def put(self, *parts: Part) -> None:
        """Take a batch; it is passed on now or later, after all that came before it."""
        aligned = len({part.shape[:1] for part in parts if part is not None}) == 1
        enough = _enough(parts) if aligned else 0
        if self._batches and (not aligned or _kinds(parts) != _kinds(self._batches[0])):
            self.flush()
        if not self._batches and len(parts[0]) >= enough:
            self._update(*parts)
            return
        self._batches.append(tuple(None if part is None else part.clone() for part in parts))
        if sum(len(parts[0]) for parts in self._batches) >= enough:
            self.flush()

    def flush(self) -> None:
        """Pass on all that were collected."""
        import torch

        columns = list(zip(*self._batches, strict=True))
        self.clear()
        if columns:
            self._update(*(None if column[0] is None else torch.cat(column) for column in columns))

    def clear(self) -> None:
        """Forget all that were collected."""
        self._batches = []


def _kinds(parts: tuple[Part, ...]) -> list[Any]:
    """Shape and dtype of a row of each part."""
    return [None if part is None else (part.shape[1:], part.dtype) for part in parts]


def _enough(parts: tuple[Part, ...]) -> int:
    """From how many samples of this kind on a batch is passed on at once."""
    bytes_each = sum(part.element_size() * math.prod(part.shape[1:]) for part in parts if part is not None)
    return min(_MOST_SAMPLES, int(_MOST_BYTES // bytes_each))
