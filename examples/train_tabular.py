"""Train a classifier of two classes on a table, with one sigmoid unit, and see which patients it gets wrong.

python examples/train_tabular.py
tensorboard --logdir logs

The table is scikit-learn's breast cancer data: 30 measures of the cell nuclei of 569 tumours.
"""

import keras
import numpy as np
from command_line import make_parser, print_tensorboard
from sklearn.datasets import load_breast_cancer

import mnist_tb


def main() -> None:
    """Train as the command line says."""
    args = make_parser(__doc__, "tabular", epochs=20).parse_args()
    keras.utils.set_random_seed(0)
    data = load_breast_cancer()
    order = np.random.default_rng(0).permutation(len(data.target))
    x, y = data.data[order].astype("float32"), data.target[order]
    split = len(y) * 2 // 3
    x = (x - x[:split].mean(0)) / x[:split].std(0)

    def largest_deviations(row: np.ndarray) -> str:
        most = np.argsort(-abs(row))[:3]
        return ", ".join(f"{data.feature_names[index]} {row[index]:+.1f}" for index in most)

    model = keras.Sequential(
        [
            keras.layers.Input((30,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    loggers = mnist_tb.classification_loggers(
        args.log_dir,
        class_names=data.target_names,  # malignant, benign
        num_samples=9,
        draw=largest_deviations,
    )
    validation = x[split:], y[split:]
    model.fit(x[:split], y[:split], validation_data=validation, epochs=args.epochs, callbacks=loggers, verbose=2)
    accuracy = model.evaluate(*validation, verbose=0)[1]
    missed = mnist_tb.read_confusion_matrices(args.log_dir).counts[-1][0, 1]
    print(f"validation accuracy {accuracy:.2%} on {len(y) - split} tumours; {missed} malignant ones taken for benign")
    print_tensorboard(args.log_dir)


if __name__ == "__main__":
    main()
