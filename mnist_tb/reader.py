"""Event files back to NumPy, for notebooks and tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mnist_tb.payload import PLUGIN_NAME, MatrixPayload, decode


class ConfusionMatrices(NamedTuple):
    """The confusion matrices of a run, E epochs of C classes, true classes on the rows.

    Attributes:
        steps: (E,) int64, 0-based epochs as Keras counts them, ascending.
        counts: (E, C, C) int64.
        class_names: C names, in the order of the axes.
        weighted_counts: (E, C, C) float64 sums of the sample weights, or None where an epoch had none.
        nonfinite: (E,) int64, predictions with a NaN or inf, which are not in the counts.
    """

    steps: np.ndarray[Any, Any]
    counts: np.ndarray[Any, Any]
    class_names: tuple[str, ...]
    weighted_counts: np.ndarray[Any, Any] | None
    nonfinite: np.ndarray[Any, Any]


def read_confusion_matrices(
    log_dir: str | os.PathLike[str], split: str = "validation", *, tag: str = "confusion_matrix"
) -> ConfusionMatrices:
    """Read back the confusion matrices that `ConfusionMatrixLogger` logged.

    An epoch logged twice (a run resumed, or a second `fit` into the same folder) counts as it was logged last.
    A file that is still being written, or was cut off, is read as far as it goes.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.
        split: "validation" or "train".
        tag: of the payloads.

    Returns:
        A `ConfusionMatrices`; its first two entries are the steps and the counts.

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged, or the classes changed between epochs.

    Example:
        >>> import tempfile, numpy as np, mnist_tb
        >>> from mnist_tb.writer import EventWriter, payload
        >>> from mnist_tb.payload import MatrixPayload, encode
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     writer = EventWriter(folder + "/mnist_tb/validation")
        ...     matrix = MatrixPayload(np.array([[3, 1], [0, 4]]), ("cat", "dog"))
        ...     writer.write(7, [payload("confusion_matrix", "mnist_tb", encode(matrix))])
        ...     writer.close()
        ...     steps, counts = mnist_tb.read_confusion_matrices(folder)[:2]
        >>> steps, counts[0]
        (array([7]), array([[3, 1],
               [0, 4]]))
    """
    folder = Path(log_dir) / "mnist_tb" / split
    if not folder.is_dir() and any(Path(log_dir).glob("*tfevents*")):
        folder = Path(log_dir)
    by_step = {step: decode(blobs) for step, blobs in _payloads(folder, tag)}
    if not by_step:
        below = sorted({str(p.parents[1]) for p in Path(log_dir).rglob("mnist_tb/*/") if p.is_dir()})
        hint = f"; there are runs in {', '.join(below)}" if below else ""
        raise FileNotFoundError(f"no confusion matrices of {split} were logged in {str(log_dir)!r}{hint}")
    steps = sorted(by_step)
    return _stack(steps, [by_step[step] for step in steps], str(log_dir))


def _stack(steps: list[int], matrices: list[MatrixPayload], where: str) -> ConfusionMatrices:
    names = matrices[-1].class_names
    if any(matrix.class_names != names for matrix in matrices):
        raise ValueError(
            f"the classes changed between the epochs logged in {where!r}: use one log_dir for each set of classes"
        )
    weights = [matrix.weighted_counts for matrix in matrices]
    return ConfusionMatrices(
        np.array(steps, np.int64),
        np.stack([matrix.counts for matrix in matrices]),
        names,
        None if any(w is None for w in weights) else np.stack([w for w in weights if w is not None]),
        np.array([matrix.nonfinite for matrix in matrices], np.int64),
    )


def _payloads(folder: Path, tag: str) -> Iterator[tuple[int, list[bytes]]]:
    """Step and blobs of each payload in the event files of a folder, oldest file first."""
    from tensorboard.compat.proto.event_pb2 import Event

    for path in sorted(folder.glob("*tfevents*")):
        for record in _records(path):
            event = Event.FromString(record)
            for value in event.summary.value:
                if value.tag == tag and value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
                    yield event.step, list(value.tensor.string_val)


def _records(path: Path) -> Iterator[bytes]:
    """The records of an event file, up to its end or to where it was cut off."""
    from tensorboard.compat.tensorflow_stub import errors
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

    reader = PyRecordReader_New(str(path))  # TensorBoard's own, and no TensorFlow
    while True:
        try:
            reader.GetNext()
        except (errors.OutOfRangeError, errors.DataLossError):
            return
        yield reader.record()
