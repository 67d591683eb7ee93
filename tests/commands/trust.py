"""Runs the long tests of what is promised, and prints a table of it: what was tried how often, and what was lost.

The rows on sudden ends train a small model with all loggers in a child process, end that at a random moment, and read
back what it left. A child writes the number of each epoch into a pipe once the hooks of the loggers have returned.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

TESTS = Path(__file__).parents[1]
TESTED = [  # a promise, and what pytest is asked for
    ("a failure of logging ends no training", "callbacks/test_failures.py"),
    (
        "counts are those of scikit-learn, whatever labels, weights and masks",
        "observer/test_counting_properties.py",
    ),
    ("counts, positions and sums of weights are exact past 32 bits", "observer/test_state.py"),
    ("a file cut or changed anywhere is read but for the damage, which is named", "events/test_records.py"),
    (
        "of two fits in one folder, the later one is read",
        "events/test_fits_in_one_folder.py",
    ),
    ("hostile files and requests crash nothing in the tab", "tab/test_tab_fuzz.py"),
]
ENDS = {  # how a training ends: what the parent does to it, and how many epochs of pictures it may cost
    "kill -9": ([signal.SIGKILL], 2),
    "SIGTERM": ([signal.SIGTERM], 0),
    "Ctrl-C": ([signal.SIGINT], 0),
    "Ctrl-C twice": ([signal.SIGINT, signal.SIGINT], 2),
    "os._exit": ([], 2),
}


def main():
    """Print a row for each promise; exit with 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ends", type=int, nargs=len(ENDS), default=[200, 50, 50, 50, 50], metavar="N")
    parser.add_argument("--only-ends", action="store_true", help="leave out the long tests")
    arguments = parser.parse_args()
    print("| what is promised | shown by | cases | lost |\n|---|---|---:|---:|")
    lost = [try_end(name, count) for name, count in zip(ENDS, arguments.ends, strict=True) if count]
    lost += [] if arguments.only_ends else [run_tests(*row) for row in TESTED]
    sys.exit(any(lost))


def run_tests(promise, path):
    """Run tests of a promise; prints how many cases they had, and gives how many failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", str(TESTS / path), f"--junitxml={report}"]
        subprocess.run(command, env=os.environ | {"MNIST_TB_TRUST": "1"}, check=False, stdout=sys.stderr)
        suite = ElementTree.parse(report).find("testsuite")  # noqa: S314 (our own)
    cases = [int(found.get("value")) for found in suite.iter("property") if found.get("name") == "cases"]
    tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    print(f"| {promise} | `{path}` | {sum(cases) + tests - skipped - len(cases):,} | {failed} |", flush=True)
    return failed


def try_end(name, count):
    """End `count` trainings in one way; prints and gives how many finished epochs of counts were lost."""
    signals, most = ENDS[name]
    lost = pictures = epochs = 0
    for seed in range(count):
        folder = tempfile.mkdtemp()  # no context, which a child would leave, too
        finished = end_one(folder, signals, seed)
        read = steps_in(folder)
        shutil.rmtree(folder)
        epochs += finished + 1
        lost += len(set(range(finished + 1)) - read["confusion_matrix"])
        pictures = max(pictures, len(set(range(finished + 1)) - read["predictions/confusion_matrix"]))
    promise = f"{name}: every finished epoch's counts can be read, and all pictures but those of {most} epochs"
    if not most:
        promise = f"{name}: every finished epoch's counts and pictures can be read"
    print(f"| {promise} | `trust.py`, {epochs:,} epochs | {count} | {lost} |", flush=True)
    return lost + max(0, pictures - most)


def end_one(folder, signals, seed):
    """Train in a child and end it at a random moment; gives the last epoch that it finished."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        train(folder, writing, last=None if signals else chance.randrange(10))
        sys.exit()
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = [pipe.readline()]  # an epoch has passed
        if signals:
            time.sleep(chance.random())
        for number in signals:
            os.kill(child, number)
            time.sleep(0.02 * chance.random())
        said += pipe.readlines()
    os.waitpid(child, 0)
    return int([line for line in said if line.endswith(b"\n")][-1])


def train(folder, pipe, last):
    """Train for long with all loggers, or until the process ends itself after an epoch."""
    import keras
    import numpy as np

    import mnist_tb

    class Tells(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            os.write(pipe, f"{epoch}\n".encode())
            if epoch == last:
                os._exit(1)

    rng = np.random.default_rng(0)
    x, y = rng.random((300, 8, 8), "float32"), rng.integers(0, 4, 300)
    model = mnist_tb.mnist_dense((8,), num_classes=4, input_shape=(8, 8))
    loggers = mnist_tb.classification_loggers(folder)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (the trace of a Ctrl-C)
    model.fit(x, y, validation_data=(x, y), epochs=1000, verbose=0, callbacks=[*loggers, Tells()])


def steps_in(folder):
    """The steps of counts and pictures, as TensorBoard reads them."""
    from helpers import Run

    run = Run(Path(folder) / "mnist_tb" / "validation")
    tags = ("confusion_matrix", "predictions/confusion_matrix")
    return {tag: set(run.steps(tag)) if tag in run.tags() else set() for tag in tags}


if __name__ == "__main__":
    import keras  # noqa: F401 (so that each child need not; nothing is computed before it begins)

    import mnist_tb.callbacks

    mnist_tb.confusion_matrix_image([[1]])  # finds the fonts
    main()
