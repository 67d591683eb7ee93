"""Say which digit is on a picture.

python examples/train_mnist.py --save mnist.keras
python examples/predict_digit.py mnist.keras examples/digit.png

The picture is a photo, a scan or a drawing of one digit, dark on light or light on dark.
"""

import argparse
import sys
import zipfile
from typing import Any

import keras
import numpy as np

import mnist_tb


def load_classifier(path: str) -> keras.Model:
    """Load a model of digits; anything else is refused by name."""
    with open(path, "rb") as file:
        is_keras = zipfile.is_zipfile(file)
        file.seek(0)
        is_hdf5 = file.read(4) == b"\x89HDF"
    if not (is_keras or is_hdf5):
        raise ValueError(f"{path} is no Keras model; `train_mnist.py --save mnist.keras` makes one")
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever its parts raise
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ValueError(f"{path} can't be loaded as a Keras model: {reason}") from error
    takes, gives = (getattr(model, name, None) for name in ("input_shape", "output_shape"))
    if takes not in [(None, 28, 28), (None, 28, 28, 1), (None, 784)]:
        raise ValueError(f"{path} takes inputs of shape {takes}, and a model of pictures (None, 28, 28) is needed")
    if gives != (None, 10):
        raise ValueError(f"{path} has outputs of shape {gives}, and a model of ten digits (None, 10) is needed")
    return model


def predict(model: keras.Model, digit: np.ndarray) -> Any:
    """Predict the probability of each digit, also by a model that ends in logits."""
    outputs = model.predict(digit.reshape(1, *model.input_shape[1:]) / 255.0, verbose=0)[0].astype("float64")
    if outputs.min() >= 0 and abs(outputs.sum() - 1) < 0.01:
        return outputs
    exponentials = np.exp(outputs - outputs.max())
    return exponentials / exponentials.sum()


def main() -> None:
    """Predict the digits on the pictures of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="written by train_mnist.py --save")
    parser.add_argument("pictures", nargs="+", metavar="picture")
    args = parser.parse_args()
    try:
        model = load_classifier(args.model)
    except OSError as error:
        parser.error(f"can't read {args.model}: {error.strerror}")
    except ValueError as error:
        parser.error(str(error))
    failed = False
    for picture in args.pictures:
        try:
            digit = mnist_tb.read_digit(picture)
        except (OSError, ValueError) as error:  # the other pictures are predicted all the same
            print(error, file=sys.stderr)
            failed = True
            continue
        probabilities = predict(model, digit)
        likely = probabilities.argsort()[::-1][:3]
        print(f"{picture}: {likely[0]}   ({', '.join(f'{d}: {probabilities[d]:.1%}' for d in likely)})")
    if failed:
        sys.exit(2)


if __name__ == "__main__":
    main()
