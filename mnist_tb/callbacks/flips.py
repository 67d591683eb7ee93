"""Which samples became wrong or right from one epoch to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.observer.observation import Array, Observation, Samples


class Flips(NamedTuple):
    """Samples whose prediction turned, by their positions in the validation data.

    Attributes:
        broken: (N,) int64, right before and wrong now.
        fixed: (M,) int64, wrong before and right now.
    """

    broken: Array
    fixed: Array


def find_flips(before: Observation, now: Observation) -> Flips | None:
    """Compare the predictions of the tracked samples in two epochs.

    Returns:
        The flips, or None where no samples are tracked or they are not the same ones in both epochs.
    """
    old, new = before.tracked, now.tracked
    if old is None or new is None or not same_order(old, new):
        return None
    if (
        before.first_samples is not None
        and now.first_samples is not None
        and not same_order(before.first_samples, now.first_samples)
    ):
        return None
    was_right, is_right = old.predicted == old.true, new.predicted == new.true
    known = new.true >= 0
    return Flips(new.position[known & was_right & ~is_right], new.position[known & ~was_right & is_right])


def same_order(first: Samples, second: Samples) -> bool:
    """Whether two epochs show the same samples in the same order, as far as labels and kept inputs tell."""
    if not np.array_equal(first.true, second.true):
        return False
    pairs = zip(_arrays(first), _arrays(second), strict=True)
    return all(np.array_equal(one, other, equal_nan=True) for one, other in pairs)


def _arrays(samples: Samples) -> list[Array]:
    return [] if samples.inputs is None else nested.flatten(samples.inputs)
