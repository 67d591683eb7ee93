"""Confidences come back as they were written, and those of strangers are refused in a message."""

import json
import tracemalloc
import zlib

import numpy as np
import pytest

from mnist_tb.confidence import NUM_BINS, Confidences, confidences_of
from mnist_tb.events.confidence import decode_confidences, encode_confidences

MiB = 2**20


def drawn(classes, samples, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 4, (samples, classes))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    names = tuple(f"class {index}" for index in range(classes))
    return confidences_of(rng.integers(0, classes, samples), powers / powers.sum(axis=1, keepdims=True), names, 7)


def entries(true, predicted, bins, counts, classes=3):
    labels = np.zeros((classes, NUM_BINS), np.int64)
    parts = (np.array(part, np.int64) for part in (true, predicted, bins, counts))
    return Confidences(0, ("a", "b", "c")[:classes], *parts, labels, None)


def assert_same(found, written):
    assert (found.step, found.class_names) == (written.step, written.class_names)
    for name in ("true", "predicted", "bins", "counts", "label_counts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(written, name))
        assert getattr(found, name).dtype == np.int64
    assert (found.other_counts is None) == (written.other_counts is None)
    if written.other_counts is not None:
        np.testing.assert_array_equal(found.other_counts, written.other_counts)


@pytest.mark.parametrize("classes", [2, 10, 300])
@pytest.mark.parametrize("has_scores", [True, False])
def test_confidences_come_back_as_they_went(classes, has_scores):
    written = drawn(classes, 500, seed=classes)
    written = written if has_scores else written._replace(other_counts=None)
    assert_same(decode_confidences(encode_confidences(written), 7), written)


@pytest.mark.parametrize(
    "written",
    [
        entries([], [], [], []),
        entries([0], [0], [0], [1]),
        entries([0, 0, -1, 1, -1, 2], [0, -1, 0, 1, 2, -1], [119, 3, 3, 118, 0, 119], [9, 1, 1, 2**40, 5, 5]),
        entries([1], [1], [119], [2**53], classes=2),
    ],
    ids=["none", "one", "without cells", "as many as can be"],
)
def test_what_is_few_or_large_or_of_any_other_class_comes_back(written):
    found = decode_confidences(encode_confidences(written))
    order = np.lexsort([written.bins, written.predicted % 4, written.true % 4])  # any other class comes last
    parts = {name: getattr(written, name)[order] for name in ("true", "predicted", "bins", "counts")}
    assert_same(found, written._replace(**parts))
    assert found.has_cells == written.has_cells


def test_the_order_of_the_entries_is_of_no_matter():
    written = drawn(5, 300, seed=1)
    turned = {name: getattr(written, name)[::-1] for name in ("true", "predicted", "bins", "counts")}
    assert encode_confidences(written._replace(**turned)) == encode_confidences(written)


def test_ten_classes_of_a_trained_network_take_3_kb():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 10, 10_000)
    logits = rng.normal(0, 3, (10_000, 10)) + np.eye(10)[true] * rng.gamma(2, 15, (10_000, 1))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    blobs = encode_confidences(confidences_of(true, probabilities, tuple("0123456789")))
    assert sum(map(len, blobs)) < 3000


GOOD = encode_confidences(drawn(3, 50, seed=0))
HEADER, NUMBERS = json.loads(GOOD[0]), zlib.decompress(GOOD[1])
SIZES = [HEADER["entries"], HEADER["entries"], 3 * NUM_BINS, 3 * NUM_BINS]


def headed(*parts, **changes):
    """A payload with something else in its header, whose first parts are these numbers, of 8 bytes each."""
    widths = [8] * len(parts) + HEADER["widths"][len(parts) :]
    left = sum(size * width for size, width in zip(SIZES[: len(parts)], HEADER["widths"], strict=False))
    planes = [np.array(part, "<i8")[:, None].view("u1").T.tobytes() for part in parts]
    header = json.dumps(HEADER | {"widths": widths} | changes).encode()
    return [header, zlib.compress(b"".join([*planes, NUMBERS[left:]]))]


@pytest.mark.parametrize(
    ("blobs", "said"),
    [
        ([], "must begin with its header"),
        (headed(version=2), "update mnist_tb"),
        (headed(class_names="abc"), "must be a list of texts"),
        (headed(class_names=["a"]), "1 classes"),
        (headed(class_names=["x"] * 10_001), "10,001 classes"),
        (headed(bins=121), "in 121 bins, and this mnist_tb reads 120: update mnist_tb"),
        (headed(bins=None), "in None bins"),
        (headed(entries=-1), "must say how many entries"),
        (headed(entries=True), "must say how many entries"),
        (headed(entries=2.0), "must say how many entries"),
        (headed(entries=2_000_001), "must say how many entries"),
        (headed(widths=None), "must say how many bytes"),
        (headed(widths=[1] * 2), "must say how many bytes"),
        (headed(widths=[1] * 5), "must say how many bytes"),
        (headed(widths=[0, 1, 1]), "must say how many bytes"),
        (headed(widths=[9, 1, 1]), "must say how many bytes"),
        (headed(widths=[[1]] * 3), "must say how many bytes"),
        (GOOD[:-1], "in 1 parts"),
        ([GOOD[0], b"no zlib"], "can't be read"),
        ([GOOD[0], GOOD[1][:-2]], "cut off"),
        ([GOOD[0], zlib.compress(bytes(10**7))], "do not hold the numbers"),
        ([GOOD[0], zlib.compress(bytes(7))], "do not hold the numbers"),
        (headed(entries=1), "do not hold the numbers"),
        (headed([-1], [1], entries=1), "below 0 or larger"),
        (headed([2**62, 2**62], [1, 1], entries=2), "below 0 or larger"),
        (headed([0], [-5], entries=1), "below 0 or larger"),
        (headed([4 * 4 * NUM_BINS], [1], entries=1), "do not fit their classes"),
        (headed([5, 0], [1, 1], entries=2), "do not fit their classes"),
        (headed([(3 * 4 + 3) * NUM_BINS], [1], entries=1), "do not fit their classes"),
    ],
)
def test_confidences_of_strangers_are_refused(blobs, said):
    with pytest.raises(ValueError, match=said):
        decode_confidences(blobs)


def spoil(blobs, rng):
    """The blobs with bytes changed, a part cut, missing, twice there or swollen, or a number as large as can be."""
    place = int(rng.integers(len(blobs)))
    part = bytearray(blobs[place])
    part[rng.integers(len(part))] = rng.integers(256)
    numbers = bytearray(zlib.decompress(blobs[max(1, place)]))
    numbers[rng.integers(len(numbers))] = rng.choice([0, 1, 127, 255])
    before, after = list(blobs[:place]), list(blobs[place + 1 :])
    changed = [bytes(part), blobs[place][: rng.integers(len(part))], b"", zlib.compress(bytes(10**6))]
    ways = [[*before, one, *after] for one in changed]
    ways += [[*before, *after], [*before, blobs[place], *blobs[place:]], list(blobs[::-1])]
    ways.append([*blobs[: max(1, place)], zlib.compress(bytes(numbers)), *blobs[max(1, place) + 1 :]])
    return ways[rng.integers(len(ways))]


def test_what_is_spoilt_is_refused_by_a_value_error_or_fits_together():
    rng = np.random.default_rng(0)
    whole = 0
    for _ in range(2000):
        try:
            found = decode_confidences(spoil(GOOD, rng))
        except ValueError as error:
            assert str(error)  # noqa: PT017 (whether it raises is a matter of chance)
            continue
        whole += 1
        assert len(found.true) == len(found.predicted) == len(found.bins) == len(found.counts)
        assert ((found.true >= -1) & (found.true < len(found.class_names))).all()
        assert ((found.predicted >= -1) & (found.predicted < len(found.class_names))).all()
        assert ((found.bins >= 0) & (found.bins < NUM_BINS)).all()
        found.by_true()
        found.by_predicted()
    assert 100 < whole < 1000


@pytest.mark.parametrize(
    "blobs",
    [
        [GOOD[0], zlib.compress(bytes(10**9), 1)],
        headed(np.ones(2_000_000), np.ones(2_000_000), entries=2_000_000, class_names=["x"] * 10_000),
    ],
    ids=["a part that swells to a GB", "as many entries as can be"],
)
def test_no_payload_takes_more_than_200_mib_to_decode(blobs):
    tracemalloc.start()
    with pytest.raises(ValueError, match="do not hold the numbers"):
        decode_confidences(blobs)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * MiB
