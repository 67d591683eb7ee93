"""The package as it is installed. Nothing here needs a Keras: the session `build` runs it without one."""

import subprocess
import sys
from importlib import metadata, resources

import pytest

import mnist_tb
from mnist_tb.tensorboard_plugin import static_files

STANDING_NAMES = [
    "ClassAccuracyLogger",
    "ConfusionMatrix",
    "ConfusionMatrixLogger",
    "SamplePredictionLogger",
    "classification_loggers",
    "load_mnist",
    "mnist_dense",
    "read_confusion_matrices",
]


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_it_loads_nothing_heavy():
    heavy = ("tensorflow", "keras", "tf_keras", "jax", "torch", "matplotlib", "numpy", "tensorboard")
    loaded = run(f"import sys, mnist_tb; print([name for name in {heavy} if name in sys.modules])")
    assert loaded.strip() == "[]"


def test_importing_it_takes_under_a_fifth_of_a_second():
    code = "import time; t = time.perf_counter(); import mnist_tb; print(time.perf_counter() - t)"
    assert min(float(run(code)) for _ in range(3)) < 0.2


def test_the_names_that_stand_are_listed():
    assert set(STANDING_NAMES) <= set(dir(mnist_tb))
    assert set(STANDING_NAMES) <= set(mnist_tb.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = mnist_tb.no_such_name


def test_it_is_typed():
    assert resources.files("mnist_tb").joinpath("py.typed").is_file()


def test_the_version_is_that_of_the_distribution():
    from importlib import metadata

    assert metadata.version("mnist_tb") == mnist_tb.__version__


def test_the_reader_needs_no_keras_and_the_rest_says_that_it_does(tmp_path):
    code = f"""
import sys
sys.modules.update(keras=None, tf_keras=None, tensorflow=None)  # as if they were not installed
import mnist_tb
try:
    mnist_tb.read_confusion_matrices({str(tmp_path)!r})
except FileNotFoundError as error:
    print(error)
for name in ("classification_loggers", "mnist_dense"):
    try:
        getattr(mnist_tb, name)()
    except ImportError as error:
        print(error)
"""
    first, *others = run(code).splitlines()
    assert first.startswith("no confusion matrices of validation were logged in")
    assert len(others) == 2
    for said in others:
        assert said.startswith("mnist_tb needs Keras here and found neither keras nor tf_keras: install one")


def test_the_tab_is_installed_with_its_files():
    (entry,) = [point for point in metadata.entry_points(group="tensorboard_plugins") if point.name == "mnist_tb"]
    assert entry.load().__name__ == "Loader"
    files = set(static_files.list_files())
    assert {"index.js", "base.css"} <= files
