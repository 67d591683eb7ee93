"""How bench.py says what it found: Markdown tables, the machine, and the plot."""

import contextlib
import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
from bench_measure import keras
from bench_peers import BARE, OURS

from mnist_tb.backend.flavours import backend_of

PACKAGES = ("mnist_tb", "numpy", "matplotlib", "pillow", "tensorboard", "wandb", "cmtb")
BLUE, GREY = "#0072B2", "#9A9A9A"  # told apart by every eye, and in print


def machine():
    """Processor, Keras and backend, in a line."""
    cpuinfo = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else None
    backend = backend_of(keras)
    runs_on = f"{keras.__name__} {keras.__version__} on {backend} {sys.modules[backend].__version__}"
    return f"{model[1] if model else platform.processor()}, {os.cpu_count()} cores, {runs_on}"


def versions():
    """Python and the packages that are there, in a line."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return ", ".join(found)


def spread(values, form):
    """Median, and lowest to highest."""
    return f"{np.median(values):{form}} ({np.min(values):{form}} to {np.max(values):{form}})"


def likely(values):
    """The median, and the two values between which that of many more would lie, with 95 % (by the binomial law)."""
    found, reach = np.sort(values), round(0.98 * len(values) ** 0.5)
    low, high = max(0, (len(found) - 1) // 2 - reach), min(len(found) - 1, len(found) // 2 + reach)
    return f"{np.median(found):.3f} ({found[low]:.3f} to {found[high]:.3f})"


def ms(seconds):
    return spread(np.multiply(seconds, 1000), ",.0f")


def table(titles, rows):
    """Print a Markdown table whose first column is text, and the others figures."""
    print(f"\n| {' | '.join(titles)} |\n|---|{'---:|' * (len(titles) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def added(found, name, what):
    """Seconds more than bare `fit` in the same round."""
    return found[name][what] - found[BARE][what]


def ratio(found, name, what):
    return spread(found[name][what] / found[BARE][what], ".3f")


def print_comparison(found):
    """The tables of what `run_rounds` found."""
    bare = found[BARE]
    print(f"\nAn epoch of bare fit takes {ms(bare['epoch'])} ms, {ms(bare['validation'])} ms of it validation;")
    print(f"the whole fit {ms(bare['whole fit'])} ms per epoch.")
    table(
        ["", "epoch, ratio to bare", "CPU time of an epoch, ratio to bare", "added per epoch, ms",
         "added by validation and hooks, ms", "in the hooks, ms", "in on_train_end, ms"],
        [[name, ratio(found, name, "epoch"), ratio(found, name, "cpu"), ms(added(found, name, "epoch")),
          ms(added(found, name, "looking")), ms(own["held"]), ms(own["train end"])]
         for name, own in found.items() if name != BARE],
    )  # fmt: skip
    table(
        ["", "validation, ratio to bare", "training, samples/s", "training, ratio to bare",
         "added per epoch of the whole fit, ms", "kB written per epoch"],
        [[name, ratio(found, name, "validation"), spread(own["samples per second"], ",.0f"),
          ratio(found, name, "samples per second"), ms(added(found, name, "whole fit")),
          f"{np.median(own['bytes']) / 1000:,.1f}"]
         for name, own in found.items()],
    )  # fmt: skip


def plot(found, file, rounds):
    """Draw what each contestant adds to validation and hooks, as bars with whiskers from lowest to highest.

    The whole epoch is not drawn: on a machine that others use too, its noise is larger than most of the bars. Shown
    800 pixels wide; drawn with twice as many, for screens that have them.
    """
    from matplotlib.figure import Figure

    names = sorted((name for name in found if name != BARE), key=lambda name: -np.median(added(found, name, "looking")))
    values = [added(found, name, "looking") * 1000 for name in names]
    medians = np.median(values, axis=1)
    whiskers = np.abs(np.array([np.min(values, axis=1), np.max(values, axis=1)]) - medians)
    figure = Figure(figsize=(8, 1.6 + 0.5 * len(names)), dpi=200, layout="constrained")
    axes = figure.add_subplot()
    colours = [BLUE if name == OURS else GREY for name in names]
    axes.barh(names, medians, xerr=whiskers, color=colours, height=0.6, error_kw={"capsize": 4, "ecolor": "#222222"})
    for row, (median, most) in enumerate(zip(medians, np.max(values, axis=1), strict=True)):
        axes.annotate(f"{median:,.0f} ms", (max(most, 0), row), (8, 0), textcoords="offset points", va="center")
    axes.axvline(0, color="#222222", linewidth=0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.supxlabel(f"medians of {rounds} rounds, and lowest to highest. {machine()}", fontsize=9, color="#444444")
    figure.suptitle("ms added to an epoch of MNIST Dense by validation and hooks", fontsize=12)
    figure.savefig(file)
