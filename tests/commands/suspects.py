"""How many wrong labels are among the first suspects: python tests/commands/suspects.py [mnist.npz or a folder]

Two tables, medians over five seeds of ten epochs of the model factory. The first one is of MNIST's own test labels, of
which 15 are known to be wrong. The second one is of 100 test labels that are made wrong, and of a network that knows
half of the classes badly, as it has seen 60 samples of each, and 3,000 of each other: there the means of classes count.
"""

import sys
import tempfile

import keras
import numpy as np

import mnist_tb

EPOCHS, SEEDS = 10, range(5)
FIRST = {"in the first 20": 20, "in the first 50": 50, "in the first 100": 100, "among all suspects": None}
FEW, MANY = 60, 3_000
# The samples of which fewer than three of five people chose the given label: Northcutt, Athalye, Mueller, "Pervasive
# Label Errors in Test Sets Destabilize Machine Learning Benchmarks", arXiv:2103.14749; mturk/mnist_mturk.json of
# https://github.com/cleanlab/label-errors at commit 5457895.
KNOWN = (947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729)


def train(seed, digits):
    """Train with one seed; gives the samples that were kept, and the confidences of the last epoch."""
    (x_train, y_train), (x_test, y_test) = digits
    keras.utils.set_random_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        mnist_tb.mnist_dense().fit(
            x_train / np.float32(255),
            y_train,
            validation_data=(x_test / np.float32(255), y_test),
            batch_size=128,
            epochs=EPOCHS,
            verbose=0,
            callbacks=mnist_tb.classification_loggers(folder),
        )
        return mnist_tb.read_examples(folder), mnist_tb.read_confidences(folder)[-1]


def found(examples, confidences, wrong):
    """By how they are ordered, how many of the wrong labels are among the first suspects, (len(FIRST),)."""
    orders = {
        "`suspect_labels(examples, confidences)`": (examples, confidences),
        "without `confidences`": (examples, None),
        "of the last epoch alone": (examples[-1:], confidences),
    }
    ranked = {name: np.isin(mnist_tb.suspect_labels(*order).position, wrong) for name, order in orders.items()}
    return {name: [int(hits[:first].sum()) for first in FIRST.values()] for name, hits in ranked.items()}


def known_errors(seed, digits):
    """Of MNIST's own labels."""
    return found(*train(seed, digits), KNOWN)


def made_errors(seed, digits):
    """Of labels that are made wrong; classes 0 to 4 are the rare ones."""
    rng = np.random.default_rng(seed)
    (x_train, y_train), (x_test, y_test) = digits
    chosen = [rng.permutation(np.flatnonzero(y_train == c))[: FEW if c < 5 else MANY] for c in range(10)]
    rows = rng.permutation(np.concatenate(chosen))
    wrong, given = rng.choice(len(y_test), 100, replace=False), y_test.copy()
    given[wrong] = (given[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return found(*train(seed, ((x_train[rows], y_train[rows]), (x_test, given))), wrong)


def print_table(title, measure, digits):
    measured = [measure(seed, digits) for seed in SEEDS]
    print(f"\n| {title} | " + " | ".join(FIRST) + " |")
    print("|---|" + "---:|" * len(FIRST))
    for name in measured[0]:
        rows = np.array([one[name] for one in measured])
        cells = (f"{np.median(column):.0f} ({min(column)} to {max(column)})" for column in rows.T)
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def main():
    digits = mnist_tb.load_mnist(*sys.argv[1:2])
    print(f"Keras {keras.__version__} on {keras.backend.backend()}, {len(digits[0][1]):,} digits, {EPOCHS} epochs")
    print_table("of the 15 known errors", known_errors, digits)
    print_table("of 100 that are made", made_errors, digits)


if __name__ == "__main__":
    main()
