"""What the command lines of the examples share: options that are checked before any work, and the last line."""

import argparse
import os
import shlex
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

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


def _check_writable(folder: Path) -> None:
    """Refuse a folder that can't be written to, or made; nothing is left there."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    try:
        tempfile.TemporaryFile(dir=there).close()
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
