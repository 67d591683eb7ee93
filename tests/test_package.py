"""The package as it is installed. Nothing here needs a Keras: the session `build` runs it without one."""

import ast
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata, resources
from pathlib import Path

import pytest

import mnist_tb

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


def test_the_names_that_stand_are_listed():
    assert set(STANDING_NAMES) <= set(dir(mnist_tb))
    assert set(STANDING_NAMES) <= set(mnist_tb.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = mnist_tb.no_such_name


def test_it_is_typed():
    assert resources.files("mnist_tb").joinpath("py.typed").is_file()


def test_the_version_is_that_of_the_distribution():
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
    files = {path.name for path in resources.files("mnist_tb.tensorboard_plugin").joinpath("static").iterdir()}
    assert {"index.js", "base.css"} <= files


# Who may import whom, among the rooms; "" are the modules beside them.
ARROWS = {
    "backend": {"confidence"},
    "datasets": {"backend"},
    "events": {"confidence", "groups"},
    "images": {"report"},
    "observer": {"backend", "confidence", "curves", "options", "report"},
    "callbacks": {"backend", "curves", "events", "groups", "images", "observer", "options", "reliability", "report"},
    "tensorboard_plugin": {"confidence", "curves", "events", "reliability", "report", "suspects"},
    "confidence": set(),
    "curves": {"confidence", "reliability", "report"},
    "reliability": {"confidence", "report"},
    "groups": set(),
    "report": set(),
    "suspects": {"confidence", "events"},
    "models": {"backend", "options"},
    "options": set(),
    "metrics": {"backend", "observer"},
}
HEAVY = {"keras", "tf_keras", "tensorflow", "jax", "torch"}
WITHOUT_KERAS = [
    *("confidence", "curves", "events", "groups", "images", "reliability", "report", "suspects", "tensorboard_plugin"),
]


def imports_of(room):
    """Whatever the modules of a room import, at their top or within functions, by full names."""
    folder = resources.files("mnist_tb")
    files = [folder / f"{room}.py"] if (folder / f"{room}.py").is_file() else sorted((folder / room).rglob("*.py"))
    assert files
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                yield node.module if node.module != "mnist_tb" else f"mnist_tb.{node.names[0].name}"
            elif isinstance(node, ast.Import):
                yield from (name.name for name in node.names)


@pytest.mark.parametrize("room", ARROWS)
def test_imports_go_one_way(room):
    targets = {name.split(".")[1] for name in imports_of(room) if name.startswith("mnist_tb.")}
    assert targets - {room} <= ARROWS[room]


@pytest.mark.parametrize("room", WITHOUT_KERAS)
def test_what_needs_no_keras_imports_none(room):
    packages = {name.split(".")[0] for name in imports_of(room)}
    assert not packages & HEAVY
    assert room != "images" or "tensorboard" not in packages


def test_every_room_has_its_arrows():
    folder = resources.files("mnist_tb")
    rooms = {path.name.removesuffix(".py") for path in folder.iterdir() if not path.name.startswith(("_", "py."))}
    assert rooms == set(ARROWS)


def built(suffix):
    """The one file of a kind where the session `build` puts what it builds, which is where it runs these tests."""
    files = list(Path.cwd().glob(f"*{suffix}"))
    if not files:
        pytest.skip(f"no *{suffix} here, as the session build has it")
    (file,) = files
    return file


def test_the_wheel_holds_the_package_alone():
    names = zipfile.ZipFile(built(".whl")).namelist()
    assert {name.split("/")[0] for name in names} == {"mnist_tb", f"mnist_tb-{mnist_tb.__version__}.dist-info"}
    suffixes = {Path(name).suffix for name in names if name.startswith("mnist_tb/")}
    assert suffixes == {".py", ".js", ".css", ".md", ".typed"}


def test_the_sdist_holds_sources_alone():
    with tarfile.open(built(".tar.gz")) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    files = {"CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "noxfile.py", "pyproject.toml", ".gitignore"}
    assert {name.split("/")[0] for name in names} == {"mnist_tb", "tests", "examples", *files}
    suffixes = {Path(name).suffix for name in names if "/" in name}
    assert suffixes == {".py", ".js", ".css", ".md", ".typed", ".html", ".ipynb", ".png", ".txt"}
