"""What looking costs: `fit` bare, with our loggers and with what else there is, in rounds that alternate.

python tests/bench.py [mnist.npz or a folder] [--rounds 7] [--quick] [--only PART] [--plot FILE]

Without the digits, made data of the same shape serve: 60,000 to train with, 10,000 to validate with. Contestants whose
package is missing, or that fail, are left out and named. The tables go to stdout, what is being done to stderr.
"""

import argparse
import os
from dataclasses import dataclass

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import bench_axes
from bench_measure import BATCH, load, run_rounds
from bench_peers import ALONE, BARE, OURS, those_that_run
from bench_report import added, likely, machine, ms, plot, print_comparison, table, versions


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    train: int = 60_000
    validation: int = 10_000
    epochs: int = 6  # of a measurement
    turns: int = 7  # in a round
    some: int = 20_000  # to train with where classes differ
    few: int = 5_000  # to train with where validation alone is of interest
    classes: tuple = (10, 100, 1_000)
    streamed: tuple = (10_000, 100_000, 1_000_000)
    many_epochs: int = 1_000


QUICK = Sizes(1_000, 500, 3, 6, 500, 500, (10, 100), (1_000, 2_000), 12)


def compare(sizes, rounds, data, picture):
    """All contestants on MNIST Dense."""
    print(f"\n## MNIST Dense, batch {BATCH}, {'digits' if data else 'made data'}\n")
    print(f"{sizes.train:,} samples to train with, {sizes.validation:,} to validate with. The hooks of an epoch are")
    print("on_epoch_begin and on_epoch_end. The CPU time is that of all threads of this process, so with what is drawn")
    print("beside the training; W&B alone has another process. The whole fit is all from its call to its return, so")
    print("with tracing and on_train_end; what a user does before it, such as wandb.init, is not counted.\n")
    contestants, left_out = those_that_run()
    for name, why in left_out.items():
        print(f"- left out: {name}, {why}")
    found = run_rounds(contestants, rounds, load(data, sizes.train, sizes.validation), sizes.epochs)
    print_comparison(found)
    if picture and len(found) > len(ALONE):
        plot(found, picture, rounds)


def turns(sizes, rounds, data):
    """Bare `fit` and ours alone, in many short turns: of two that follow each other, noise strikes both."""
    pairs = rounds * sizes.turns
    print(f"\n## The whole epoch, in {pairs} turns\n\nThe second and third epoch of two fits that follow each other.")
    found = run_rounds(ALONE, pairs, load(data, sizes.train, sizes.validation), 3)
    rows = [
        [what, ms(found[BARE][name]), ms(added(found, OURS, name)), likely(found[OURS][name] / found[BARE][name])]
        for name, what in {"epoch": "time", "cpu": "CPU time", "validation": "validation"}.items()
    ]
    table(["", "bare fit, ms", "added, ms", "ratio, and where its median is with 95 %"], rows)


AXES = {part.__name__: part for part in (bench_axes.classes, bench_axes.samples, bench_axes.conv, bench_axes.epochs)}
NEED_LINUX = ("samples", "epochs")  # they read /proc


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="mnist.npz or a folder with the digits; otherwise data are made")
    parser.add_argument("--rounds", type=int, help="measurements of each contestant; 7, and 1 with --quick")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that the command works")
    parser.add_argument("--only", choices=["compare", "turns", *AXES], help="one part instead of all")
    parser.add_argument("--plot", metavar="FILE", help="draw the comparison, if there is anything to compare us with")
    args = parser.parse_args()
    sizes, rounds = (QUICK if args.quick else Sizes()), args.rounds or (1 if args.quick else 7)
    print(f"{machine()}; {versions()}\n")
    print(
        f"Medians of {rounds} rounds, and lowest to highest; a round takes the median of {sizes.epochs} epochs without"
    )
    print("the first one. Ratios and differences are to bare fit in the same round.")
    if args.only in (None, "compare"):
        compare(sizes, rounds, args.data, args.plot)
    if args.only in (None, "turns"):
        turns(sizes, rounds, args.data)
    for name, part in AXES.items():
        if args.only in (None, name):
            if name in NEED_LINUX and not bench_axes.STATUS.exists():
                print(f"\n{name}: left out, as it reads {bench_axes.STATUS}")
            else:
                part(sizes, rounds)


if __name__ == "__main__":
    main()
