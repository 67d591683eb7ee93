"""What the scripts share: options that are checked before any work, files that are written whole, and the last line."""

import argparse
import itertools
import math
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import mnist_tb


def make_parser(description: str, run: str, epochs: int | None) -> argparse.ArgumentParser:
    """Make a parser that knows `--epochs` and `--log-dir` already."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument(
        "--epochs", type=positive, default=epochs, metavar="N", help=f"default: {epochs or 'as many as it needs'}"
    )
    parser.add_argument(
        "--log-dir", type=log_dir, default=time.strftime(f"logs/{run}-%Y%m%d-%H%M%S"), help=f"default: logs/{run}-<now>"
    )
    return parser


def positive(text: str) -> int:
    """Read a number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, and is {text!r}")
    return int(text)


def share(text: str) -> float:
    """Read a number from 0 to below 1."""
    number = _number(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to below 1, and is {text!r}")
    return number


def above_zero(text: str) -> float:
    """Read a finite number above 0."""
    number = _number(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, and is {text!r}")
    return number


def _number(text: str) -> float:
    """Read a number; what is none is NaN, which is in no range."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def log_dir(text: str) -> Path:
    """Read the path of a folder that can be written to, or made."""
    try:
        mnist_tb.classification_loggers(text)  # they refuse what is no folder of this machine
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    folder = Path(text).expanduser()
    _check_writable(folder)
    return folder


def model_file(text: str) -> Path:
    """Read the path of a file that Keras can save a model to."""
    file = Path(text).expanduser()
    if file.suffix not in (".keras", ".h5"):
        raise argparse.ArgumentTypeError(f"must end in .keras or .h5, so that Keras saves the whole model: {file}")
    return writable_file(file)


def writable_file(file: Path) -> Path:
    """Refuse a file that can't be written to, or whose folder can't be; nothing is left there."""
    if file.exists() and not (file.is_file() and os.access(file, os.W_OK)):
        raise argparse.ArgumentTypeError(f"must be a file that can be written to, which {file} is not")
    _check_writable(file.parent)
    return file


def check_room(model: Any, file: Path) -> None:
    """Refuse a disk that has no room for a model and for what Adam keeps of each weight, twice as much."""
    needed, free = 12 * model.count_params() + 2**20, shutil.disk_usage(_existing(file.parent)).free
    if free < needed:
        raise ValueError(f"{file} needs up to {needed / 1e6:,.0f} MB, and its disk has {free / 1e6:,.0f} MB left")


def save_model(model: Any, file: Path) -> Path:
    """Save a trained model, and say where it is if it can't be there; what was in the file stays until then.

    Where the disk has become full, the folder of temporary files is next; then a person at a terminal can make room.
    """
    elsewhere, failed = _elsewhere(file), False
    while True:
        for place in (file, elsewhere):
            try:
                with written_whole(place) as part:
                    model.save(part)
            except Exception as error:  # Keras raises whatever its parts raise
                print(f"can't write {place}: {reason(error)}", file=sys.stderr)
                failed = True
            else:
                if failed:
                    print(f"the model is in {place}", file=sys.stderr)
                return place
        if not (sys.stdin and sys.stdin.isatty()):
            sys.exit("the trained model is not saved")
        input("Make room for it, then press Enter to try again, or Ctrl-C to give it up.")


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A path to write to; only when all of it is there it takes the place of the file."""
    file = file.resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.stem}.part{file.suffix}")
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def reason(error: Exception) -> str:
    """An exception's first line."""
    return getattr(error, "strerror", None) or str(error).strip().partition("\n")[0] or type(error).__name__


def _elsewhere(file: Path) -> Path:
    """A path among the temporary files, with a number if one is there: it may be another model's."""
    try:
        folder = Path(tempfile.gettempdir())
    except OSError:  # none of its folders has room
        folder = Path.home()
    numbered = (folder / f"{file.stem}-{number}{file.suffix}" for number in itertools.count(2))
    return next(path for path in itertools.chain([folder / file.name], numbered) if not path.exists())


def _existing(folder: Path) -> Path:
    """The folder, or the next one above it that exists."""
    return next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())


def _check_writable(folder: Path) -> None:
    """Refuse a folder that can't be written to, or made; nothing is left there."""
    try:
        tempfile.TemporaryFile(dir=_existing(folder)).close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"can't make or write to the folder {folder}: {error.strerror}") from error


def refuse(sentence: str) -> NoReturn:
    """End with a sentence on stderr and the exit code that argparse uses for bad command lines."""
    print(sentence, file=sys.stderr)
    sys.exit(2)


def print_tensorboard(folder: Path) -> None:
    """Print the command that shows the logs in `folder`, to be pasted; Images keeps every epoch instead of ten."""
    print("see it in TensorBoard:")
    print(f"tensorboard --logdir {shlex.quote(str(folder.resolve()))} --samples_per_plugin images=1000")
