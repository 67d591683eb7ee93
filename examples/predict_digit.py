"""Say which digit is on a picture.

python examples/train_mnist.py --save mnist.keras
python examples/predict_digit.py mnist.keras examples/digit.png --save read.png

The picture is a photo, a scan or a drawing of one digit, dark on light or light on dark. Where it shows none, several,
or what is like none of the ten, a sentence says so, and the exit code is 2. A network of train_record.py has learnt
that there is such a thing and refuses a letter in four; to one that has seen digits alone nearly all look like some.
"""

import argparse
import contextlib
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from command_line import reason, refuse, writable_file, written_whole
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure
from PIL import Image, ImageOps

import mnist_tb

# The probability that an answer must have; `nox -s digits` prints how many made digits and letters have less.
SURE = 0.5


class Answer(NamedTuple):
    """What came of a picture: its reading, uint8 (28, 28), and ten probabilities, or why there is no answer."""

    picture: str
    digit: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    refusal: str = ""


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
        raise ValueError(f"{path} can't be loaded as a Keras model: {reason(error)}") from error
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


def look_at(model: keras.Model, picture: str) -> Answer:
    """Read a picture and predict its digit, or say in a sentence why there is none."""
    try:
        digit = mnist_tb.read_digit(picture)
    except (OSError, ValueError) as error:
        return Answer(picture, refusal=str(error))
    probabilities = predict(model, digit)
    likeliest, share = probabilities.argmax(), probabilities.max()
    if share >= SURE:
        return Answer(picture, digit, probabilities)
    likely = f"the likeliest is {likeliest} with {share:.1%}, and {SURE:.0%} is needed"
    return Answer(picture, digit, probabilities, f"{picture} looks like none of the ten digits: {likely}")


def figure_file(text: str) -> Path:
    """Read the path of a file that matplotlib can write a figure to."""
    file, formats = Path(text).expanduser(), {*FigureCanvasBase.get_supported_filetypes()} - {"pgf"}  # that is for TeX
    if file.suffix[1:].lower() not in formats:
        raise argparse.ArgumentTypeError(f"must end in .png, .pdf, .svg or what else matplotlib writes: {file}")
    return writable_file(file)


def draw(answers: list[Answer]) -> Figure:
    """Draw a row for each picture: as it was given, as it was read, and how probable each digit is."""
    height = 1.75 * len(answers)
    figure = Figure(figsize=(7.5, height), dpi=min(150, 60_000 / height), layout="constrained")
    axes = figure.subplots(len(answers), 3, squeeze=False, width_ratios=(1, 1, 2.2))
    for answer, (given, reading, bars) in zip(answers, axes, strict=True):
        for panel in (given, reading):
            panel.set(xticks=[], yticks=[], facecolor="#c8d4e0")  # where a picture is transparent
        with contextlib.suppress(Exception), Image.open(Path(answer.picture).expanduser()) as file:
            image = ImageOps.exif_transpose(file)
            image.thumbnail((600, 600))
            given.imshow(image if image.mode[0] in "IF1" else image.convert("RGBA"), cmap="gray")
        name = Path(answer.picture).name
        given.set_xlabel(name if len(name) <= 26 else f"{name[:24]}…", fontsize=8, parse_math=False)
        if answer.digit is None:
            reading.axis("off")
        else:
            reading.imshow(answer.digit, cmap="gray", vmin=0, vmax=255)
        draw_probabilities(bars, answer)
    return figure


def draw_probabilities(axes: Axes, answer: Answer) -> None:
    """Draw ten bars, the answer's in another colour, or the sentence that there is none."""
    sentence = "\n".join(textwrap.wrap(answer.refusal, 52))
    if answer.probabilities is None:
        axes.axis("off")
        axes.text(0, 0.5, sentence, va="center", fontsize=8, color="#a33b00", parse_math=False)
        return
    likeliest = answer.probabilities.argmax()
    colours = ["#9aa5b1"] * 10
    if not answer.refusal:
        colours[likeliest] = "#0072b2"
    axes.bar(range(10), answer.probabilities, color=colours)
    axes.axhline(SURE, color="#666666", linewidth=0.6, linestyle=":")
    axes.set(ylim=(0, 1), xticks=range(10), yticks=[0, 0.5, 1], yticklabels=["0", "50%", "100%"])
    axes.tick_params(labelsize=8, length=0)
    axes.spines[["top", "right"]].set_visible(False)
    if answer.refusal:
        axes.set_title(sentence, fontsize=8, color="#a33b00", loc="left", parse_math=False)
    else:
        title = f"{likeliest}   {answer.probabilities[likeliest]:.1%}"
        axes.set_title(title, fontsize=10, color="#0072b2", fontweight="bold", loc="left")


def main() -> None:
    """Predict the digits on the pictures of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="written by train_mnist.py --save")
    parser.add_argument("pictures", nargs="+", metavar="picture")
    parser.add_argument("--save", type=figure_file, metavar="FILE", help="draw what was read as .png, .pdf, .svg, …")
    args = parser.parse_args()
    try:
        model = load_classifier(args.model)
    except OSError as error:
        parser.error(f"can't read {args.model}: {error.strerror}")
    except ValueError as error:
        parser.error(str(error))
    answers = []
    for picture in args.pictures:
        answer = look_at(model, picture)
        answers.append(answer)
        if answer.refusal:  # the other pictures are predicted all the same
            print(answer.refusal, file=sys.stderr)
            continue
        likely = answer.probabilities.argsort()[::-1][:3]
        print(f"{picture}: {likely[0]}   ({', '.join(f'{d}: {answer.probabilities[d]:.1%}' for d in likely)})")
    if args.save:
        try:
            with written_whole(args.save) as part:
                draw(answers).savefig(part)
        except OSError as error:
            refuse(f"can't write {args.save}: {reason(error)}")
    if any(answer.refusal for answer in answers):
        sys.exit(2)


if __name__ == "__main__":
    main()
