"""A small made-up data set, and functions that write it as MNIST is distributed."""

import struct

import numpy as np
import pytest

from mnist_tb.datasets.mnist import load_mnist

RNG = np.random.default_rng(0)
PARTS = {
    "x_train": RNG.integers(0, 256, (6, 5, 4), np.uint8),
    "y_train": np.arange(6, dtype=np.uint8),
    "x_test": RNG.integers(0, 256, (3, 5, 4), np.uint8),
    "y_test": np.arange(3, dtype=np.uint8),
}
FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
X, Y = PARTS["x_train"], PARTS["y_train"]


def idx(array, code=0x08):
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(folder, names=FILES, parts=PARTS, pack=bytes, suffix=""):
    folder.mkdir(exist_ok=True)
    for part, name in names.items():
        (folder / f"{name}{suffix}").write_bytes(pack(idx(parts[part])))
    return folder


def write_npz(file, **changed):
    np.savez(file, **{part: array for part, array in {**PARTS, **changed}.items() if array is not None})
    return file


def assert_is_the_data(dataset, parts=PARTS):
    (x_train, y_train), (x_test, y_test) = dataset
    got = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    for part, array in parts.items():
        np.testing.assert_array_equal(got[part], array)
        assert got[part].dtype == array.dtype


def refusal(error_type, path, *words):
    """The one sentence with which load_mnist refuses `path`, which must hold `words`."""
    with pytest.raises(error_type) as caught:
        load_mnist(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert str(word) in sentence
    return sentence
