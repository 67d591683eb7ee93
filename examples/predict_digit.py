"""Say which digit is on a picture.

python examples/train_mnist.py --save mnist.keras
python examples/predict_digit.py mnist.keras examples/digit.png

The picture is a photo, a scan or a drawing of one digit, dark on light or light on dark.
"""

import argparse

import keras

import mnist_tb


def main() -> None:
    """Predict the digits on the pictures of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="written by train_mnist.py --save")
    parser.add_argument("pictures", nargs="+", metavar="picture")
    args = parser.parse_args()
    model = keras.models.load_model(args.model)
    for picture in args.pictures:
        digit = mnist_tb.read_digit(picture)
        probabilities = model.predict(digit[None] / 255.0, verbose=0)[0]
        likely = probabilities.argsort()[::-1][:3]
        print(f"{picture}: {likely[0]}   ({', '.join(f'{d}: {probabilities[d]:.1%}' for d in likely)})")


if __name__ == "__main__":
    main()
