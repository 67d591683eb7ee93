"""What is run before a change is trusted: `nox -l` lists it, `nox -s tests` runs the tests."""

import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"  # uv where it is there: seconds instead of a minute
nox.options.sessions = ["lint", "types", "build", "tests"]
nox.options.reuse_existing_virtualenvs = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
# The CPU build is half the download where it exists.
TENSORFLOW = "tensorflow-cpu" if sys.platform == "linux" and os.uname().machine == "x86_64" else "tensorflow"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2", "UV_COMPILE_BYTECODE": "1"}


def install(session, *requirements, groups=("test",)):
    """Install the package from this folder, with dependency groups and what else a session needs."""
    session.install("-e", ".", *requirements, *nox.project.dependency_groups(PYPROJECT, *groups), env=QUIET)


@nox.session
def tests(session):
    """Run all tests on the newest TensorFlow; what follows `--` goes to pytest."""
    install(session, TENSORFLOW)
    session.run("pytest", *session.posargs, env=QUIET)


@nox.session
def lint(session):
    """Check style and format with ruff."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session):
    """Check the types with mypy, as a user's type checker sees them."""
    install(session, groups=("types",))
    session.run("mypy")


@nox.session
def build(session):
    """Build sdist and wheel, install the wheel without any Keras, and test what must work then."""
    session.install("build", "twine", "pytest")
    out = Path(session.create_tmp()) / "dist"
    shutil.rmtree(out, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(out), silent=True)
    session.run("twine", "check", "--strict", *map(str, out.iterdir()))
    session.install("--force-reinstall", "--no-deps", *map(str, out.glob("*.whl")))
    session.install(*map(str, out.glob("*.whl")))
    tests = str(Path("tests/test_package.py").resolve())
    with session.chdir(out):  # away from the sources
        session.run("pytest", "--rootdir", str(Path(tests).parent), "-c", os.devnull, tests)


@nox.session
def notebook(session):
    """Run the notebook top to bottom, a few epochs on the embedded digits; `-- --full FILE` renews its outputs."""
    install(session, TENSORFLOW, groups=("notebook",))
    session.run("python", "tests/run_notebook.py", *session.posargs, env=QUIET)


@nox.session
def bench(session):
    """Print epoch times of fit, bare and with the callbacks, alternating."""
    install(session, TENSORFLOW)
    session.run("python", "tests/bench.py", *session.posargs, env=QUIET)


@nox.session
def accuracy(session):
    """Print the test accuracy of the model factory over three seeds; `-- FILE` names the digits."""
    install(session, TENSORFLOW)
    session.run("python", "tests/accuracy.py", *session.posargs, env=QUIET)


@nox.session
def screenshots(session):
    """Take the README's pictures of TensorBoard with headless Chromium; `-- FILE` names the digits."""
    install(session, TENSORFLOW)
    session.run("python", "tests/screenshots.py", *session.posargs, env=QUIET)
