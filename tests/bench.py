"""What looking costs: `fit` bare and with all loggers, alternating in one process.

python tests/bench.py [mnist.npz or a folder] [--rounds 7]

Without the digits, noise of the same shape serves: 60,000 to train with, 10,000 to validate with.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

import mnist_tb


def load(path):
    if path:
        (x, y), (x_val, y_val) = mnist_tb.load_mnist(path)
        return x / np.float32(255), y, x_val / np.float32(255), y_val
    rng = np.random.default_rng(0)
    return (
        rng.random((60_000, 28, 28), "float32"), rng.integers(0, 10, 60_000),
        rng.random((10_000, 28, 28), "float32"), rng.integers(0, 10, 10_000),
    )  # fmt: skip


class Marks(keras.callbacks.Callback):
    """Notes when it is called; one before and one after the loggers enclose the time that they take."""

    def on_train_begin(self, logs=None):
        self.epoch_begins, self.epoch_ends, self.validation = [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_begins.append(time.perf_counter())

    def on_test_begin(self, logs=None):
        self.validation.append(-time.perf_counter())

    def on_test_end(self, logs=None):
        self.validation[-1] += time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_ends.append(time.perf_counter())


def measure(model, data, loggers, epochs=3):
    """Seconds of an epoch, of its validation, and in the loggers; the first epoch, with its tracing, left out."""
    x, y, x_val, y_val = data
    first, last = Marks(), Marks()
    arguments = {"validation_data": (x_val, y_val), "epochs": epochs, "batch_size": 128, "verbose": 0}
    model.fit(x, y, callbacks=[first, *loggers, last], **arguments)
    epoch = np.subtract(last.epoch_ends, first.epoch_begins)[1:]
    held = np.subtract(last.epoch_ends, first.epoch_ends)[1:]
    return {"epoch": epoch.mean(), "validation": np.mean(first.validation[1:]), "in the loggers": held.mean()}


def print_peak_memory(samples):
    """Print the peak memory of this process, in MB, after validating `samples` with the loggers."""
    rng = np.random.default_rng(0)
    x, y = rng.random((1_000, 28, 28), "float32"), rng.integers(0, 10, 1_000)

    class Stream(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence):
        def __len__(self):
            return samples // 1_000

        def __getitem__(self, index):
            return x, y

    with tempfile.TemporaryDirectory() as folder:
        loggers = mnist_tb.classification_loggers(folder)
        mnist_tb.mnist_dense().fit(x, y, verbose=0, validation_data=Stream(), callbacks=loggers)
    # Linux' own figure: getrusage would give that of the parent, if it was higher.
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(f"{int(peak) / 1024:,.0f}")


def peak_memory_mb(samples):
    """The same in a process of its own, as a peak never goes down again."""
    command = [sys.executable, __file__, "--peak-memory", str(samples)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peak-memory", type=int, metavar="SAMPLES", help="only print the peak memory, in MB")
    args = parser.parse_args()
    if args.peak_memory:
        print_peak_memory(args.peak_memory)
        return
    data = load(args.data)
    models = {name: mnist_tb.mnist_dense() for name in ("bare", "all loggers")}
    found = {name: [] for name in models}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(args.rounds):
            for name in list(models)[:: 1 if number % 2 else -1]:
                loggers = mnist_tb.classification_loggers(f"{folder}/{number}") if name != "bare" else []
                found[name].append(measure(models[name], data, loggers))
    print(f"Keras {keras.__version__} on {keras.backend.backend()}, MNIST Dense, batch 128, medians of {args.rounds}\n")
    print("| | bare fit | with all loggers | ratio (lowest to highest) |\n|---|---:|---:|---:|")
    for what in ("epoch", "validation", "in the loggers"):
        bare, ours = ([times[what] for times in found[name]] for name in models)
        ratios = np.divide(ours, bare)
        spread = (
            f"{np.median(ratios):.3f} ({ratios.min():.3f} to {ratios.max():.3f})" if what != "in the loggers" else ""
        )
        print(f"| {what} | {np.median(bare) * 1000:.0f} ms | {np.median(ours) * 1000:.0f} ms | {spread} |")
    print()
    for samples in (10_000, 100_000, 1_000_000):
        print(f"peak memory, {samples:,} samples validated: {peak_memory_mb(samples)} MB")


if __name__ == "__main__":
    main()
