"""Test accuracy of the model factory over three seeds: python tests/commands/accuracy.py [mnist.npz or a folder]

Prints the table of `mnist_dense`: the network of the exercise this project comes from, the default one, and one with
batch normalisation.
"""

import sys

import keras
import numpy as np

import mnist_tb

EPOCHS, SEEDS = 10, (0, 1, 2)
SETTINGS = {
    "the exercise's: `hidden_units=(50, 50), dropout=0.1`, batch 32": ({"hidden_units": (50, 50), "dropout": 0.1}, 32),
    "the default: 512 units, dropout 0.2, batch 128": ({}, 128),
    "`batch_normalization=True`, batch 128": ({"batch_normalization": True}, 128),
}


def measure_accuracy(seed, options, batch_size, digits):
    """Train with one seed and return the share of test digits that is right after the last epoch."""
    (x_train, y_train), (x_test, y_test) = digits
    keras.utils.set_random_seed(seed)
    model = mnist_tb.mnist_dense(**options)
    model.fit(x_train / np.float32(255), y_train, epochs=EPOCHS, batch_size=batch_size, verbose=0)
    return model.evaluate(x_test / np.float32(255), y_test, verbose=0, return_dict=True)["accuracy"]


def main():
    digits = mnist_tb.load_mnist(*sys.argv[1:2])
    print(f"Keras {keras.__version__} on {keras.backend.backend()}, {len(digits[0][1]):,} digits, {EPOCHS} epochs\n")
    print("| network | " + " | ".join(f"seed {seed}" for seed in SEEDS) + " | median |")
    print("|---|" + "---:|" * (len(SEEDS) + 1))
    for name, (options, batch_size) in SETTINGS.items():
        found = [measure_accuracy(seed, options, batch_size, digits) for seed in SEEDS]
        print(
            f"| {name} | " + " | ".join(f"{value:.2%}" for value in [*found, np.median(found)]) + " |",
            flush=True,
        )


if __name__ == "__main__":
    main()
