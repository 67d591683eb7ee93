import gzip
import io
import pickle
import zipfile

import numpy as np
import pytest
from data_files import FILES, PARTS, X, Y, idx, refusal, write_idx, write_npz


def npy(array, shape=None, descr=None):
    """An npy file's bytes, with the header of another shape or dtype where one is given."""
    stream = io.BytesIO()
    header = {"descr": descr or array.dtype.str, "fortran_order": False, "shape": shape or array.shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + array.tobytes()


def write_npz_with(file, part, data):
    """An npz file in which `part` has these very bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in PARTS.items():
            archive.writestr(f"{name}.npy", data if name == part else npy(array))
    return file


# ---- what is missing


@pytest.mark.parametrize("name", ["mnist.npz", "nowhere", "nowhere/mnist.npz", "train-images-idx3-ubyte"])
def test_a_missing_path_is_named(tmp_path, name):
    refusal(FileNotFoundError, tmp_path / name, tmp_path / name, "does not exist")


def test_a_folder_with_neither_npz_nor_idx_files_is_named(tmp_path):
    refusal(FileNotFoundError, tmp_path, tmp_path, "neither an npz file nor IDX files")


def test_of_several_npz_files_one_must_be_named(tmp_path):
    write_npz(tmp_path / "a.npz")
    write_npz(tmp_path / "b.npz")
    refusal(ValueError, tmp_path, tmp_path, "a.npz, b.npz", "path of one")


@pytest.mark.parametrize("part", FILES)
def test_a_missing_idx_file_is_named(tmp_path, part):
    (write_idx(tmp_path) / FILES[part]).unlink()
    refusal(FileNotFoundError, tmp_path, tmp_path, f"lacks {FILES[part]}: ")


# ---- what is wrong with an IDX file

ENDLESS = bytes([0, 0, 8, 3]) + b"\xff" * 12  # a header that announces 79 billion billion billion bytes
PACKED = gzip.compress(idx(X), mtime=0)


@pytest.mark.parametrize(
    ("part", "data", "words"),
    [
        ("x_train", b"", "empty"),
        ("x_train", b"\0\0\x08", "no IDX header"),
        ("x_train", b"<!DOCTYPE html>", "b'<!DO', which is no IDX header"),
        ("x_train", idx(Y), "labels (IDX of rank 1), and images (IDX of rank 3) are needed"),
        ("y_test", idx(X), "images (IDX of rank 3), and labels (IDX of rank 1) are needed"),
        ("x_test", idx(X[0]), "IDX of rank 2"),
        ("y_train", idx(Y.astype(">f4"), 0x0D), "type 0x0d"),
        ("x_train", idx(X)[:10], "truncated: its header alone takes 16 bytes, found 10"),
        ("x_train", idx(X)[:-7], "truncated: its header announces 120 bytes of values, found 113"),
        ("y_test", idx(Y) + b"!!", "trailing bytes: its header announces 6 bytes of values, found 8"),
        ("x_train", ENDLESS, "truncated: its header announces 79,228,162"),
        ("x_train", PACKED[:-20], "ended before"),
        ("x_train", PACKED[:5], "ended before"),
        ("x_train", PACKED[:10] + b"\xff" * 50, "Error -3 while decompressing"),
        ("x_train", PACKED[:-8] + b"\0" * 8, "CRC"),
        ("x_train", PACKED + b"more", "gzip"),
        ("x_train", gzip.compress(idx(X)[:-7], mtime=0), "truncated"),
    ],
)
def test_a_bad_idx_file_is_refused_in_a_sentence_that_names_it(tmp_path, part, data, words):
    file = write_idx(tmp_path) / FILES[part]
    file.write_bytes(data)
    refusal(ValueError, tmp_path, file, words)


def test_different_numbers_of_images_and_labels_are_refused(tmp_path):
    write_idx(tmp_path, parts={**PARTS, "y_test": Y})
    refusal(ValueError, tmp_path, tmp_path / FILES["x_test"], tmp_path / FILES["y_test"], "3 and 6")


def test_idx_files_without_images_are_refused(tmp_path):
    write_idx(tmp_path, parts={**PARTS, "x_train": X[:0], "y_train": Y[:0]})
    refusal(ValueError, tmp_path, tmp_path / FILES["x_train"], "at least one image", "(0, 5, 4)")


def test_training_and_test_images_of_different_size_are_refused(tmp_path):
    write_idx(tmp_path, parts={**PARTS, "x_test": PARTS["x_test"][:, :4]})
    refusal(ValueError, tmp_path, tmp_path / FILES["x_train"], tmp_path / FILES["x_test"], "(5, 4) and (4, 4)")


# ---- what is wrong with an npz file


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"y_train": None, "x_test": None}, ["lacks y_train, x_test", "it holds x_train, y_test"]),
        ({"y_train": Y.astype(float)}, ["y_train", "integer labels of rank 1", "float64"]),
        ({"y_train": Y[:, None]}, ["y_train", "integer labels of rank 1", "(6, 1)"]),
        ({"y_test": np.array(list("abc"))}, ["y_test", "integer labels of rank 1"]),
        ({"y_train": Y.astype(object)}, ["y_train", "Object arrays cannot be loaded"]),
        ({"x_train": X.reshape(6, 20)}, ["x_train", "images of rank 3 or 4", "(6, 20)"]),
        ({"x_train": np.array(7)}, ["x_train", "images of rank 3 or 4", "()"]),
        ({"x_train": X.astype("U3")}, ["x_train", "numeric images"]),
        ({"x_train": X[:5]}, ["x_train", "y_train", "5 and 6"]),
        ({"x_test": X[:0], "y_test": Y[:0]}, ["x_test", "at least one image"]),
        ({"x_train": X[:, :, :0], "x_test": X[:3, :, :0]}, ["x_train", "at least one image", "(6, 5, 0)"]),
        ({"x_test": X[:3, :, :2]}, ["x_train", "x_test", "(5, 4) and (5, 2)"]),
        ({"x_test": X[:3, ..., None]}, ["x_train", "x_test", "(5, 4) and (5, 4, 1)"]),
    ],
)
def test_wrong_arrays_in_an_npz_file_are_refused_in_a_sentence_that_names_it(tmp_path, changed, words):
    file = write_npz(tmp_path / "a.npz", **changed)
    refusal(ValueError, file, file, *words)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello", "no npz file"),
        (pickle.dumps(PARTS), "no npz file"),
        (npy(X), "no npz file"),
    ],
)
def test_a_file_that_is_no_npz_is_named(tmp_path, data, words):
    file = tmp_path / "mnist.npz"
    file.write_bytes(data)
    refusal(ValueError, file, file, words)


def test_a_truncated_npz_file_is_named(tmp_path):
    file = write_npz(tmp_path / "mnist.npz")
    file.write_bytes(file.read_bytes()[:-100])
    refusal(ValueError, file, file, "truncated")


def test_a_zip_file_without_arrays_is_named(tmp_path):
    zipfile.ZipFile(tmp_path / "a.npz", "w").close()
    refusal(ValueError, tmp_path / "a.npz", tmp_path / "a.npz", "lacks x_train", "it holds nothing")


def test_a_damaged_array_is_named(tmp_path):
    file = write_npz(tmp_path / "a.npz")
    data = bytearray(file.read_bytes())
    at = bytes(data).index(X.tobytes())
    data[at : at + 4] = bytes(255 - byte for byte in data[at : at + 4])
    file.write_bytes(data)
    refusal(ValueError, file, file, "x_train", "CRC")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "can't be read"),
        (b"hello, world", "magic"),
        (npy(X)[:-7], "expected 120 bytes got 113"),
        (npy(X) + b"!!", "it has trailing bytes"),
        (npy(X, shape=(10**12, 28, 28)), "Unable to allocate 713. TiB"),
        (npy(X, shape=(-6, -5, 4)), "can't be read"),
        (npy(X, descr="what"), "can't be read"),
        (npy(X, descr="|O"), "Object arrays cannot be loaded"),
    ],
)
def test_bytes_that_are_no_array_are_named(tmp_path, data, words):
    file = write_npz_with(tmp_path / "a.npz", "x_train", data)
    refusal(ValueError, file, "x_train", file, words)


def test_an_encrypted_npz_file_is_named(tmp_path):
    file = write_npz(tmp_path / "a.npz")
    data = bytearray(file.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag of encryption in the directory, and in the entry itself
    data[6] |= 1
    file.write_bytes(data)
    refusal(ValueError, file, file, "x_train", "encrypted")
