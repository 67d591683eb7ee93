"""What looking costs: epoch times of `fit`, bare and with all loggers, alternating in one process.

python tests/bench.py [mnist.npz or a folder] [--rounds 7]

Without the digits, noise of the same shape serves: 60,000 to train with, 10,000 to validate with.
"""

import argparse
import resource
import statistics
import tempfile
import time

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


class Stopwatch(keras.callbacks.Callback):
    """Seconds of each epoch, from its begin to the begin of the next, all other callbacks included."""

    def on_train_begin(self, logs=None):
        self.marks = []

    def on_epoch_begin(self, epoch, logs=None):
        self.marks.append(time.perf_counter())

    def on_train_end(self, logs=None):
        self.marks.append(time.perf_counter())


def epoch_seconds(model, data, callbacks, epochs=3):
    """Median epoch after the first, in which Keras traces its steps."""
    x, y, x_val, y_val = data
    watch = Stopwatch()
    arguments = {"validation_data": (x_val, y_val), "epochs": epochs, "batch_size": 128, "verbose": 0}
    model.fit(x, y, callbacks=[watch, *callbacks], **arguments)
    return statistics.median(np.diff(watch.marks)[1:])


def peak_memory_mb(samples):
    """Growth of the process's peak memory while `samples` are validated with the loggers, in MB."""
    rng = np.random.default_rng(0)
    x, y = rng.random((1_000, 28, 28), "float32"), rng.integers(0, 10, 1_000)
    tile = rng.random((1_000, 28, 28), "float32")
    batches = keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence

    class Stream(batches):
        def __len__(self):
            return samples // 1_000

        def __getitem__(self, index):
            return tile, y

    model = mnist_tb.mnist_dense()
    with tempfile.TemporaryDirectory() as folder:
        loggers = mnist_tb.classification_loggers(folder)
        model.fit(x, y, verbose=0, validation_data=Stream(), callbacks=loggers)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    data, times = load(args.data), {"bare": [], "all loggers": []}
    models = {name: mnist_tb.mnist_dense() for name in times}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(args.rounds):
            for name in list(times)[:: 1 if number % 2 else -1]:
                loggers = mnist_tb.classification_loggers(f"{folder}/{number}") if name != "bare" else []
                times[name].append(epoch_seconds(models[name], data, loggers))
    added = [ours - bare for bare, ours in zip(*times.values(), strict=True)]
    ratio = [ours / bare for bare, ours in zip(*times.values(), strict=True)]
    print(f"Keras {keras.__version__} on {keras.backend.backend()}, MNIST Dense, batch 128, medians of {args.rounds}\n")
    print("| epoch of bare fit | with all loggers | added | ratio (lowest to highest) |")
    print("|---:|---:|---:|---:|")
    bare, ours, more, times_bare = map(statistics.median, (*times.values(), added, ratio))
    print(
        f"| {bare:.2f} s | {ours:.2f} s | {more * 1000:.0f} ms "
        f"| {times_bare:.3f} ({min(ratio):.3f} to {max(ratio):.3f}) |\n"
    )
    small, large = peak_memory_mb(10_000), peak_memory_mb(200_000)
    print(f"peak memory after validating 10,000 samples {small:.0f} MB, after 200,000 samples {large:.0f} MB")


if __name__ == "__main__":
    main()
