"""Fixtures that all tests share: the Keras at work, small data and small models."""

import os
import shutil
import subprocess

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import pytest
from helpers import Digits, Run

# Programs that tests start.
collect_ignore = ["backend/distributed_fit.py", "commands"]


@pytest.fixture(scope="session")
def keras():
    from mnist_tb.backend.flavours import default_keras

    return default_keras()


@pytest.fixture(autouse=True)
def _fixed_seed(request):
    np.random.seed(0)  # noqa: NPY002 (Keras 2 draws from it)
    if "keras" in request.fixturenames:
        request.getfixturevalue("keras").utils.set_random_seed(0)


@pytest.fixture
def digits():
    return Digits()


@pytest.fixture(scope="session")
def make_model(keras):
    """A function that makes a small compiled classifier; options go to `compile`."""

    def make(units=10, activation="softmax", loss="sparse_categorical_crossentropy", **options):
        model = keras.Sequential(
            [
                keras.layers.Input(shape=(28, 28)),
                keras.layers.Flatten(),
                keras.layers.Dense(units, activation=activation, name="probabilities"),
            ]
        )
        model.compile("sgd", loss, **{"metrics": ["accuracy"], **options})
        return model

    return make


@pytest.fixture(scope="session")
def read_run():
    """A function that opens the run of a `log_dir`."""
    return lambda log_dir, split="validation": Run(log_dir / "mnist_tb" / split)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
