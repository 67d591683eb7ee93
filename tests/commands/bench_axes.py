"""The parts of bench.py that compare our loggers with bare `fit` alone: classes, samples, convolutions, epochs.

Memory and threads are counted in processes of their own, for which this file is the command.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path

import numpy as np
from bench_measure import keras, made_data, run_rounds
from bench_peers import ALONE, BARE, OURS
from bench_report import added, ms, ratio, table

import mnist_tb

STATUS = Path("/proc/self/status")


def classes(sizes, rounds):
    print(f"\n## Classes\n\n{sizes.some:,} samples to train with, {sizes.validation:,} to validate with.")
    rows = []
    for count in sizes.classes:
        data = made_data(sizes.some, sizes.validation, count)
        found = run_rounds(ALONE, rounds, data, sizes.epochs, partial(mnist_tb.mnist_dense, num_classes=count))
        own = found[OURS]
        written = (f"{np.median(own[what]) / 1000:,.1f}" for what in ("bytes of the counts", "bytes"))
        times = (ms(own["held"]), ms(added(found, OURS, "epoch")), ms(added(found, OURS, "whole fit")))
        rows.append([f"{count:,}", *times, *written])
    titles = ["classes", "in the hooks of an epoch, ms", "added per epoch, ms",
              "added per epoch of the whole fit, ms", "kB per epoch: counts", "kB per epoch: all"]  # fmt: skip
    table(titles, rows)


def conv(sizes, rounds):
    print(f"\n## Convolutions\n\n{sizes.few:,} samples to train with, {sizes.validation:,} to validate with.")
    found = run_rounds(ALONE, rounds, made_data(sizes.few, sizes.validation), sizes.epochs, conv_net)
    rows = [
        [what, ms(found[BARE][what]), ms(added(found, OURS, what)), ratio(found, OURS, what)]
        for what in ("epoch", "validation")
    ]
    table(["", "bare fit, ms", "added, ms", "ratio"], rows)


def conv_net():
    """The network of keras.io's "Simple MNIST convnet"."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def samples(sizes, rounds):
    """Peak memory; each size in a process of its own, as a peak never goes down again."""
    print("\n## Samples: peak memory of the process, MB")
    rows = []
    for count in sizes.streamed:
        peaks = [in_own_process("peak_memory", name, count) for name in ALONE]
        rows.append([f"{count:,}", *(f"{peak:,.0f}" for peak in (*peaks, peaks[1] - peaks[0]))])
    table(["samples validated", *ALONE, "difference"], rows)


def epochs(sizes, rounds):
    """What piles up in a long `fit`, in a process of its own for each contestant."""
    print(f"\n## {sizes.many_epochs:,} epochs of a tiny fit")
    found = {name: in_own_process("resources_over_epochs", name, sizes.many_epochs) for name in ALONE}
    held = {f"{name}, {when}": figures for name, seen in found.items() for when, figures in seen.items()}
    rows = [[when, *(f"{figure:,}" for figure in figures.values())] for when, figures in held.items()]
    table(["", *next(iter(held.values()))], rows)


def in_own_process(function, name, count):
    """Call a function of this file in a new process; what the libraries log there is shown only if it fails."""
    command = [sys.executable, __file__, function, name, str(count)]
    print(f"{function}: {name}, {count:,}", file=sys.stderr)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def memory_mb(what):
    """A line of Linux' status of this process; getrusage would give the peak of the parent, if that was higher."""
    return int(re.search(rf"{what}:\s+(\d+) kB", STATUS.read_text())[1]) / 1024


def peak_memory(name, count):
    """Peak of this process, in MB, after validating `count` samples that are streamed."""
    data = made_data(1_000, 0)

    class Stream(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence):
        def __len__(self):
            return count // 1_000

        def __getitem__(self, index):
            return data.x, data.y

    model = mnist_tb.mnist_dense()
    with tempfile.TemporaryDirectory() as folder:
        _, callbacks = ALONE[name](model, data, folder)
        model.fit(data.x, data.y, verbose=0, validation_data=Stream(), callbacks=callbacks)
    return memory_mb("VmHWM")


def resources():
    """What this process holds now; pyplot is asked for its figures only where something imported it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return {
        "threads of Python": threading.active_count(),
        "threads of the process": int(re.search(r"Threads:\s+(\d+)", STATUS.read_text())[1]),
        "open files": len(list(Path("/proc/self/fd").iterdir())),
        "figures of pyplot": len(pyplot.get_fignums()) if pyplot else 0,
        "memory, MB": round(memory_mb("VmRSS")),
    }


class Probe(keras.callbacks.Callback):
    """Notes the resources after some epochs."""

    def __init__(self, after):
        super().__init__()
        self.after, self.seen = after, {}

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 in self.after:
            self.seen[f"epoch {epoch + 1:,}"] = resources()


def resources_over_epochs(name, count):
    """Resources after the tenth and the last epoch, and after the `fit`."""
    data, probe = made_data(64, 64), Probe((10, count))
    model = mnist_tb.mnist_dense(hidden_units=16)
    with tempfile.TemporaryDirectory() as folder:
        _, callbacks = ALONE[name](model, data, folder)
        validation = (data.x_val, data.y_val)
        model.fit(data.x, data.y, validation_data=validation, epochs=count, verbose=0, callbacks=[*callbacks, probe])
    return probe.seen | {"after the fit": resources()}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
