"""What is run before a change is trusted: `nox -l` lists it, `nox -s tests` runs the tests."""

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"  # uv where it is there: seconds instead of a minute
nox.options.sessions = ["lint", "types", "build", "tests"]
nox.options.reuse_existing_virtualenvs = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
CONSTRAINTS = "tests/constraints.txt"  # the versions of the tools, as `nox -s lock` found them
# The CPU build is half the download where it exists.
TENSORFLOW = "tensorflow-cpu" if sys.platform == "linux" and os.uname().machine == "x86_64" else "tensorflow"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2", "UV_COMPILE_BYTECODE": "1"}
if "PIP_FIND_LINKS" in os.environ:  # a folder of wheels that pip looks into, and uv only if told so
    QUIET["UV_FIND_LINKS"] = os.environ["PIP_FIND_LINKS"]


@dataclass(frozen=True)
class Environment:
    """What one session of the matrix installs beside the package and its tests, and runs with.

    `everything` has it run what does not depend on Keras too.
    """

    requirements: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    python: str = "3.11"
    tags: tuple[str, ...] = ()
    everything: bool = False


# TensorBoard up to 2.20 imports pkg_resources when it starts, which setuptools 82 no longer has.
PKG_RESOURCES = "setuptools>=81,<82"
# The newest release that was tried; a range would take whichever build, of several GB, came out last night.
TORCH = "torch==2.13.0"

# JAX compiles each step anew, which is most of what its tests do; what was compiled before is kept.
JAX_CACHE = {
    "JAX_COMPILATION_CACHE_DIR": str(Path(".nox/jax-cache").resolve()),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


def with_tensorflow(version, *more, **options):
    """The newest patch of a minor version of TensorFlow, with the Keras that it brings."""
    old = (PKG_RESOURCES,) if int(version.partition(".")[2]) <= 20 else ()
    return Environment((f"{TENSORFLOW}=={version}.*", *old, *more), **options)


CI = ("ci",)
# What does not depend on Keras is tested on the newest environment, and on the oldest TensorBoard and NumPy.
WITHOUT_KERAS = [
    *(f"{folder}/{room}" for folder in ("tests", "mnist_tb") for room in ("datasets", "events", "images")),
    *("tests/tab", "mnist_tb/tensorboard_plugin", "tests/test_report.py", "tests/test_package.py"),
]
MATRIX = {
    "tf2.12-keras2.12": with_tensorflow("2.12", tags=CI, everything=True),  # the oldest TensorBoard and NumPy
    "tf2.12-keras2.12-py3.10": with_tensorflow("2.12", python="3.10"),
    "tf2.13-keras2.13": with_tensorflow("2.13"),
    "tf2.14-keras2.14": with_tensorflow("2.14"),
    "tf2.15-keras2.15": with_tensorflow("2.15", tags=CI),
    "tf2.16-keras3.0": with_tensorflow("2.16", "keras==3.0.*", tags=CI),
    "tf2.16-keras3": with_tensorflow("2.16"),
    "tf2.17-keras3": with_tensorflow("2.17"),
    "tf2.18-keras3-py3.12": with_tensorflow("2.18", python="3.12"),
    "tf2.19-keras3": with_tensorflow("2.19"),
    "tf2.20-keras3": with_tensorflow("2.20"),
    "tf2.21-keras3": with_tensorflow("2.21"),
    "tf2.21-keras3-py3.10": with_tensorflow("2.21", python="3.10"),
    "tf2.21-keras3-py3.12": with_tensorflow("2.21", python="3.12"),
    "tf2.21-keras3-py3.13": with_tensorflow("2.21", python="3.13"),
    "tf2.21-tf_keras": with_tensorflow("2.21", "tf_keras==2.21.*", variables={"TF_USE_LEGACY_KERAS": "1"}, tags=CI),
    "jax-keras3": Environment(("keras", "jax"), {"KERAS_BACKEND": "jax", **JAX_CACHE}, tags=CI),
    "torch-keras3": Environment(("keras", TORCH), {"KERAS_BACKEND": "torch"}, tags=CI),
    "tf-nightly": Environment(("tf-nightly-cpu" if TENSORFLOW.endswith("cpu") else "tf-nightly", "keras-nightly")),
}
BENCH = {  # without JAX' cache, as compiling is part of what a fit costs
    "tensorflow": Environment((TENSORFLOW, "wandb", "scikit-learn")),
    "jax": Environment(MATRIX["jax-keras3"].requirements, {"KERAS_BACKEND": "jax"}),
    "torch": MATRIX["torch-keras3"],
}
RESULTS = []  # of the sessions of the matrix in this run of nox: a dict for each


def install(session, *requirements, extra="", groups=("test",)):
    """Install the package from this folder, with dependency groups and what else a session needs."""
    session.install("-e", f".{extra}", *requirements, *tools(*groups), env=QUIET)


def tools(*groups):
    """What tells an installer to take the tools of dependency groups, in the versions of `nox -s lock`."""
    return "-c", CONSTRAINTS, *nox.project.dependency_groups(PYPROJECT, *groups)


def run_tests(session, *arguments, **variables):
    """Run all tests, on all cores and one more, as some wait for a server; what follows `--` goes to pytest."""
    workers = str((os.cpu_count() or 1) + 1)
    session.run("pytest", "-n", workers, "--dist", "worksteal", *arguments, *session.posargs, env=QUIET | variables)


def run_command(session, name, **variables):
    """Run a program of tests/commands, which may use the helpers of the tests; what follows `--` goes to it."""
    helpers = os.pathsep.join(str(Path(folder).resolve()) for folder in ("tests", "tests/tab"))
    variables = QUIET | {"PYTHONPATH": helpers} | variables
    session.run("python", f"tests/commands/{name}.py", *session.posargs, env=variables)


@nox.session
def tests(session):
    """Run all tests on the newest TensorFlow; what follows `--` goes to pytest."""
    install(session, TENSORFLOW, extra="[tuning]", groups=("test", "browsers"))
    run_tests(session)


@nox.session
@nox.parametrize(
    ("python", "name"), [nox.param(env.python, name, id=name, tags=list(env.tags)) for name, env in MATRIX.items()]
)
def matrix(session, name):
    """Run the tests in one environment of the matrix, all of them or those that depend on Keras."""
    session.notify("matrix_table")
    environment, report = MATRIX[name], Path(session.create_tmp()).resolve() / "report.xml"
    report.unlink(missing_ok=True)
    result = {"environment": name}
    RESULTS.append(result)
    try:
        install(session, *environment.requirements, *prereleases(session, name))
    except nox.command.CommandFailed:
        if name == "tf-nightly":
            session.skip("tonight's build does not install")
        raise
    said = session.run("python", "tests/commands/versions.py", silent=True, env=QUIET | environment.variables)
    if said:  # with --install-only nothing runs
        result["versions"] = json.loads(said.splitlines()[-1])
    try:
        left_out = [] if environment.everything else [f"--ignore={path}" for path in WITHOUT_KERAS]
        run_tests(session, f"--junitxml={report}", *left_out, **environment.variables)
    finally:
        if report.exists():
            result["counts"] = dict(ElementTree.parse(report).find("testsuite").attrib)  # noqa: S314 (our own)


def prereleases(session, name):
    """The option that lets an installer take what is not released yet, for the nightly."""
    if name != "tf-nightly":
        return []
    return ["--prerelease=allow" if session.venv_backend == "uv" else "--pre"]


@nox.session(venv_backend="none", default=False)
def matrix_table(session):
    """Print what the sessions of the matrix in this run found, as a table for tests/README.md."""
    versions = ("Python", "Keras", "backend", "tensorboard", "numpy", "protobuf")
    print(f"| {' | '.join(['environment', *versions, 'passed', 'skipped', 'failed'])} |")
    print(f"|---|{'---|' * len(versions)}---:|---:|---:|")
    for result in RESULTS:
        found = result.get("versions", {})
        print(f"| {' | '.join([result['environment'], *(found.get(v, '') for v in versions), *outcome(result)])} |")


def outcome(result):
    """Tests passed, skipped and failed, as text."""
    if "counts" not in result:
        return ["not run", "", ""]
    counts = {name: int(result["counts"][name]) for name in ("tests", "skipped", "failures", "errors")}
    failed = counts["failures"] + counts["errors"]
    return [str(counts["tests"] - counts["skipped"] - failed), str(counts["skipped"]), str(failed)]


@nox.session(python=["3.10", "3.11"], default=False)
def lowest(session):
    """Run smoke tests with the lowest versions that pyproject.toml allows; only uv can install those."""
    if session.venv_backend != "uv":
        session.skip('pip installs no lowest versions; `pip install "nox[uv]"` does')
    (requirement,) = PYPROJECT["project"]["optional-dependencies"]["tensorflow"]
    install(session, "--resolution=lowest-direct", requirement.replace("tensorflow", TENSORFLOW), PKG_RESOURCES)
    smoke = ("test_package", "test_metric", "callbacks/test_loggers", "events/test_reader", "tab/test_tab_routes")
    run_tests(session, *(f"tests/{name}.py" for name in smoke))


@nox.session(default=False)
def lock(session):
    """Renew tests/constraints.txt, the versions of the tools that decide what passes; none of what is tested."""
    session.install("uv")
    groups = ("lint", "types", "test", "browsers", "build", "docs", "notebook")
    requirements = nox.project.dependency_groups(PYPROJECT, *groups)
    named = {re.match(r"[\w-]+", requirement)[0]: requirement for requirement in requirements}
    for name in ("mlxtend", "scikit-learn", "typing_extensions"):  # the matrix chooses NumPy, TensorFlow the last
        del named[name]
    source = Path(session.create_tmp()) / "tools.in"
    source.write_text("\n".join(named.values()))
    options = ("--universal", "--python-version=3.10", "--no-annotate", "--no-header", "--quiet")
    found = session.run("uv", "pip", "compile", *options, str(source), silent=True)
    lines = [line for line in found.splitlines() if line.partition("==")[0] in named]
    Path(CONSTRAINTS).write_text("\n".join(["# Written by `nox -s lock`.", *lines, ""]))


@nox.session
def lint(session):
    """Check style and format with ruff, and the tab's JavaScript with oxlint."""
    session.install(*tools("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    # Control characters in a regular expression are meant: format.js takes them out of names.
    scripts = ("mnist_tb/tensorboard_plugin/static", "tests/tab/js")
    session.run("oxlint", "--deny-warnings", "--allow", "no-control-regex", *scripts)


@nox.session
def types(session):
    """Check the types with mypy, as a user's type checker sees them."""
    install(session, groups=("types",))
    session.run("mypy")


@nox.session
def build(session):
    """Build sdist and wheel, install the wheel without any Keras, and test what must work then."""
    session.install(*tools("build"))
    out = Path(session.create_tmp()) / "dist"
    shutil.rmtree(out, ignore_errors=True)
    session.run_install("python", "-m", "build", "--outdir", str(out), silent=True)
    session.run("twine", "check", "--strict", *map(str, out.iterdir()))
    session.install("--force-reinstall", "--no-deps", *map(str, out.glob("*.whl")))
    session.install(*map(str, out.glob("*.whl")))
    tests = str(Path("tests/test_package.py").resolve())
    with session.chdir(out):  # away from the sources
        session.run("pytest", "--rootdir", str(Path(tests).parent), "-c", os.devnull, tests)


@nox.session(default=False)
def trust(session):
    """Try what is promised for long, and print what was lost as a table for tests/README.md; some 20 minutes."""
    install(session, TENSORFLOW)
    run_command(session, "trust")


@nox.session(default=False)
def docs(session):
    """Build the API reference from the docstrings, as a site in build/docs."""
    install(session, TENSORFLOW, groups=("docs",))
    source, out = ".github/docs", "build/docs"
    session.run("sphinx-build", "--keep-going", "-b", "html", source, out, env=QUIET)


@nox.session
def notebook(session):
    """Run the notebooks, a few epochs on the embedded digits; `-- --full FILE` renews their outputs and pictures."""
    install(session, TENSORFLOW, groups=("notebook",))
    run_command(session, "run_notebook")


@nox.session
@nox.parametrize("backend", list(BENCH), ids=list(BENCH))
def bench(session, backend):
    """Print what the callbacks cost; `-- FILE` names the digits. With what else there is, where TensorFlow runs."""
    environment = BENCH[backend]
    install(session, *environment.requirements, groups=())
    if backend == "tensorflow":
        session.install("--no-deps", "cmtb")  # it asks for `sklearn`, an old name that no longer installs
    run_command(session, "bench", **environment.variables)


@nox.session
def tab_bench(session):
    """Print what the tab adds to TensorBoard's start, and how long each of its answers takes."""
    install(session)
    run_command(session, "tab_bench")


# Programs of tests/commands that print a measurement; what follows `--` goes to them.
MEASUREMENTS = {
    "accuracy": "Print the test accuracy of the model factory over three seeds; `-- FILE` names the digits.",
    "record": "Print how far train_record.py goes with five seeds, in hours; `-- FILE FOLDER` has digits and results.",
    "example_costs": "Print what the callbacks cost the training scripts; `-- FILE` names the digits.",
    "digits": "Print how many made digits predict_digit.py tells with a model; `-- MODEL` names its file.",
    "suspects": "Print how many of MNIST's known label errors come first as suspects; `-- FILE` names the digits.",
    "screenshots": "Take the README's pictures of TensorBoard with headless Chromium; `-- FILE` names the digits.",
}


def add_measurement(name, explanation):
    """Add a session that runs a program of tests/commands on the newest TensorFlow."""

    def measure(session):
        install(session, TENSORFLOW)
        run_command(session, name)

    measure.__doc__ = explanation
    nox.session(measure, name=name)


for name, explanation in MEASUREMENTS.items():
    add_measurement(name, explanation)
