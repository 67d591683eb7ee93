"""How bench.py measures: the data, marks around the callbacks of a `fit`, and rounds that alternate."""

import gc
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

import mnist_tb
from mnist_tb.backend.flavours import default_keras

keras = default_keras()
BATCH = 128


class Data(NamedTuple):
    """What a `fit` trains and validates with."""

    x: np.ndarray
    y: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


def load(path, train, validation):
    """The first digits of a file; without one, made data of the same shape."""
    if path is None:
        return made_data(train, validation)
    (x, y), (x_val, y_val) = mnist_tb.load_mnist(path)
    scale = np.float32(255)
    return Data(x[:train] / scale, y[:train], x_val[:validation] / scale, y_val[:validation])


def made_data(train, validation, num_classes=10):
    """Pictures that can be learnt, with one label in five wrong: a matrix with nothing off its diagonal costs less."""
    rng = np.random.default_rng(0)
    centres = rng.random((num_classes, 28, 28), "float32")
    y = rng.integers(0, num_classes, train + validation)
    x = (centres[y] + rng.random((len(y), 28, 28), "float32")) / 2
    y = np.where(rng.random(len(y)) < 0.2, rng.integers(0, num_classes, len(y)), y)
    return Data(x[:train], y[:train], x[train:], y[train:])


class Marks(keras.callbacks.Callback):
    """Notes when it is called; one before and one after the callbacks enclose the time that they take."""

    def __init__(self, clock=time.perf_counter):
        super().__init__()
        self._clock = clock
        self._times = defaultdict(list)

    def __getitem__(self, what):
        return np.array(self._times[what])

    def _note(self, what):
        self._times[what].append(self._clock())

    def on_epoch_begin(self, epoch, logs=None):
        self._note("epoch begins")

    def on_test_begin(self, logs=None):
        self._note("validation begins")

    def on_test_end(self, logs=None):
        self._note("validation ends")

    def on_epoch_end(self, epoch, logs=None):
        self._note("epoch ends")

    def on_train_end(self, logs=None):
        self._note("training ends")


def measure(model, data, callbacks, folder, epochs):
    """What one `fit` takes, in seconds and bytes: medians of its epochs without the first one, with its tracing."""
    first, last = Marks(), Marks()
    first_cpu, last_cpu = Marks(time.process_time), Marks(time.process_time)
    gc.collect()  # what the contestant before left behind
    begin = time.perf_counter()
    model.fit(
        data.x,
        data.y,
        validation_data=(data.x_val, data.y_val),
        callbacks=[first_cpu, first, *callbacks, last, last_cpu],
        epochs=epochs,
        batch_size=BATCH,
        verbose=0,
    )
    whole = time.perf_counter() - begin
    epoch = last["epoch ends"] - first["epoch begins"]
    validation = last["validation ends"] - first["validation begins"]
    held = sum(last[hook] - first[hook] for hook in ("epoch begins", "epoch ends"))
    return {
        "epoch": np.median(epoch[1:]),
        "cpu": np.median((last_cpu["epoch ends"] - first_cpu["epoch begins"])[1:]),
        "validation": np.median(validation[1:]),
        "held": np.median(held[1:]),
        "looking": np.median((validation + held)[1:]),
        "train end": (last["training ends"] - first["training ends"]).item(),
        "whole fit": whole / epochs,
        "samples per second": len(data.x) / np.median((epoch - validation - held)[1:]),
        "bytes": sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / epochs,
        "bytes of the counts": sum(bytes_of_tag(folder, tag) for tag in ("confusion_matrix", "confidences")) / epochs,
    }


def bytes_of_tag(folder, tag):
    """Bytes that the values of a tag take in the event files below a folder."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    events = (
        Event.FromString(record)
        for path in Path(folder).rglob("*tfevents*")
        for record in RawEventFileLoader(str(path)).Load()
    )
    return sum(value.ByteSize() for event in events for value in event.summary.value if value.tag == tag)


def run(contestant, data, epochs, make_model=mnist_tb.mnist_dense):
    """One measurement, with a new model: everyone trains the same network, and pays for tracing it."""
    # W&B's own process may still be writing its log.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        keras.utils.set_random_seed(0)
        model = make_model()
        data, callbacks = contestant(model, data, folder)
        return measure(model, data, callbacks, folder, epochs)


def run_rounds(contestants, rounds, *arguments):
    """What `run` finds for each contestant, by name and figure, an array of all rounds."""
    found = {name: [] for name in contestants}
    for number in range(rounds):
        for name in order(list(contestants), number):
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            found[name].append(run(contestants[name], *arguments))
    return {
        name: {what: np.array([measured[what] for measured in rows]) for what in rows[0]}
        for name, rows in found.items()
    }


def order(names, number):
    """Each order is tracked by its reverse, then another one begins: a machine that slows down slows all alike."""
    shift = number // 2 % len(names)
    return (names[shift:] + names[:shift])[:: -1 if number % 2 else 1]
