"""How long train_mnist.py takes, of the same training written by hand: python tests/commands/by_hand.py mnist.npz

Both as a user runs them, imports and all, in rounds that alternate; by hand with float64 pixels, as most write it, and
with float32.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_mnist.py"
BY_HAND = """
import keras, numpy as np
with np.load({data!r}) as file:
    x_train, y_train, x_test, y_test = (file[name] for name in ("x_train", "y_train", "x_test", "y_test"))
x_train, x_test = x_train / {white}, x_test / {white}
inputs, flat = keras.layers.Input((28, 28)), keras.layers.Flatten()
hidden, dropout = keras.layers.Dense(512, activation="relu"), keras.layers.Dropout(0.2)
model = keras.Sequential([inputs, flat, hidden, dropout, keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=128, epochs={epochs}, validation_data=(x_test, y_test))
print(history.history["val_accuracy"][-1])
"""


def seconds(*command):
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        env = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
        subprocess.run([sys.executable, *command], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=os.path.abspath, help="mnist.npz")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--epochs", type=int, default=10, help="default: 10")
    args = parser.parse_args()
    contestants = {
        "train_mnist.py": [str(EXAMPLE), "--data", args.data, "--epochs", str(args.epochs)],
        **{
            f"by hand, {name}": ["-c", BY_HAND.format(data=args.data, white=white, epochs=args.epochs)]
            for name, white in {"float64": "255", "float32": "np.float32(255)"}.items()
        },
    }
    taken = {name: [] for name in contestants}
    for number in range(args.rounds):
        for name in list(contestants)[:: 1 if number % 2 else -1]:
            taken[name].append(seconds(*contestants[name]))
    print("| training | median seconds | train_mnist.py takes, of it: median (least to most) |\n|---|---:|---:|")
    for name, found in taken.items():
        of = [ours / theirs for ours, theirs in zip(taken["train_mnist.py"], found, strict=True)]
        print(
            f"| {name} | {statistics.median(found):.1f} "
            f"| {statistics.median(of):.3f} ({min(of):.3f} to {max(of):.3f}) |"
        )


if __name__ == "__main__":
    main()
