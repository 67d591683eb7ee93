"""What the callbacks cost the training scripts: python tests/commands/example_costs.py mnist.npz

Each is run as a user runs it, imports and all, in rounds that alternate with the same training without callbacks: for
train_mnist.py one written by hand, with float64 pixels, as most write it, and with float32.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
RECORD_EPOCHS = 3  # so that what the callbacks do once in a training weighs more than in a whole one
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


def seconds(command):
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        env = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
        subprocess.run([sys.executable, *command], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start


def compare(name, ours, others, rounds):
    contestants = {name: ours} | others
    taken = {name: [] for name in contestants}
    for number in range(rounds):
        for contestant in list(contestants)[:: 1 if number % 2 else -1]:
            taken[contestant].append(seconds(contestants[contestant]))
    for other in others:
        of = [mine / theirs for mine, theirs in zip(taken[name], taken[other], strict=True)]
        medians = (statistics.median(taken[contestant]) for contestant in (name, other))
        spread = f"{statistics.median(of):.3f} ({min(of):.3f} to {max(of):.3f})"
        print(f"| {name} | {other} |", *(f"{median:.1f} |" for median in medians), f"{spread} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=os.path.abspath, help="mnist.npz")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--epochs", type=int, default=10, help="default: 10")
    args = parser.parse_args()
    print(f"Seconds of {args.epochs} epochs (of a record {RECORD_EPOCHS}), medians of {args.rounds} rounds\n")
    print(
        "| script | the same without callbacks | seconds | without | ratio (least to most) |\n|---|---|---:|---:|---:|"
    )
    by_hand = {
        f"by hand, {name}": ["-c", BY_HAND.format(data=args.data, white=white, epochs=args.epochs)]
        for name, white in {"float64": "255", "float32": "np.float32(255)"}.items()
    }
    ours = [EXAMPLES / "train_mnist.py", "--data", args.data, "--epochs", str(args.epochs)]
    compare("train_mnist.py", ours, by_hand, args.rounds)
    for recipe in ([], ["--permutation-invariant"]):
        ours = [EXAMPLES / "train_record.py", "--data", args.data, "--epochs", str(RECORD_EPOCHS), *recipe]
        compare(" ".join(["train_record.py", *recipe]), ours, {"--bare": [*ours, "--bare"]}, args.rounds)


if __name__ == "__main__":
    main()
