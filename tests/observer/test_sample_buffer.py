"""The samples in a buffer are the best of all that passed, whatever the batches were; positions are exact."""

import numpy as np
import pytest

from mnist_tb.backend.flavours import ops_of, to_numpy
from mnist_tb.backend.scatter import LIMB
from mnist_tb.observer.sample_buffer import HIGH, best_of_groups, best_overall


class Buffer:
    """A NumPy stand-in for the variables of a `SampleBuffer`."""

    def __init__(self, size):
        self.labels = np.zeros((size, 4), "int32")
        self.labels[:, HIGH] = -1 - np.arange(size)
        self.confidence = np.zeros(size, "float32")

    def put(self, position, confidence, place, slot):
        inside = slot < len(self.confidence)
        self.labels[slot[inside], HIGH:] = position[place[inside]]
        self.confidence[slot[inside]] = confidence[place[inside]]

    def positions(self, rows=slice(None)):
        return sorted(self.labels[rows].astype("int64") @ [0, 0, LIMB, 1])


@pytest.mark.parametrize("before", [0, 3 * LIMB - 200], ids=["few", "billions"])
@pytest.mark.parametrize("decimals", [1, 7], ids=["many ties", "no ties"])
def test_whatever_the_batches_the_best_stay(decimals, before, keras):
    """Lists that batches of any size go into, one sample of six out of the question, against a plain sort."""
    ops, rng = ops_of(keras), np.random.default_rng(decimals)
    groups, per_group, total = 5, 3, 400
    group = rng.integers(0, groups + 1, total).astype("int32")
    score = np.round(0.05 + 0.9 * rng.random(total), decimals).astype("float32")
    position = np.stack(np.divmod(before + np.arange(total), LIMB), axis=1).astype("int32")
    grouped, overall = Buffer(groups * per_group), Buffer(7)

    def update(buffer, best, *arguments):
        tensors = [ops.convert_to_tensor(values) for values in (buffer.labels, buffer.confidence, *arguments[:-1])]
        place, slot = (to_numpy(keras, values) for values in best(ops, *tensors, *arguments[-1:]))
        buffer.put(position[rows], score[rows], place, slot)

    start = 0
    while start < total:
        rows = slice(start, start + rng.integers(1, 60))
        candidates = np.where(group[rows] < groups, score[rows], np.float32(-1))
        update(grouped, best_of_groups, group[rows] % groups, candidates, per_group)
        update(overall, best_overall, ops.convert_to_tensor(candidates))
        start = rows.stop
    for number in range(groups):
        of_group = np.flatnonzero(group == number)
        best = of_group[np.argsort(-score[of_group], kind="stable")][:per_group]
        assert grouped.positions(slice(number * per_group, (number + 1) * per_group)) == sorted(before + best)
    asked = np.flatnonzero(group < groups)
    assert overall.positions() == sorted(before + asked[np.argsort(-score[asked], kind="stable")][:7])
