"""Event files back to NumPy, for notebooks and tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from mnist_tb.events.background import wait_for_all
from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, PLUGIN_NAME, TRACKED_TAG, Array, decode
from mnist_tb.events.sample_payloads import PNG_SIGNATURE, ExamplesTable, decode_table, decode_tracked

Payload = TypeVar("Payload")


class ConfusionMatrices(NamedTuple):
    """The confusion matrices of a run, E epochs of C classes, true classes on the rows.

    Attributes:
        steps: (E,) int64, 0-based epochs as Keras counts them, ascending.
        counts: (E, C, C) int64.
        class_names: C names, in the order of the axes.
        weighted_counts: (E, C, C) float64 sums of the sample weights, or None where an epoch had none.
        nonfinite: (E,) int64, predictions with a NaN or inf, which are not in the counts.
    """

    steps: Array
    counts: Array
    class_names: tuple[str, ...]
    weighted_counts: Array | None
    nonfinite: Array


class Examples(NamedTuple):
    """The most confident samples of each cell in one epoch, N in all.

    Attributes:
        step: the 0-based epoch.
        scope: "cell" where they are those of every cell; "mistakes" where these would have been too many, and the
            most confident mistakes are kept alone.
        true: (N,) int64 classes.
        predicted: (N,) int64 classes.
        confidence: (N,) float64 in [0, 1].
        position: (N,) int64, 0-based place in the order in which the validation data passed.
        thumbnails: N PNG pictures (bytes) or texts; "" where nothing could be kept of a sample.
    """

    step: int
    scope: str
    true: Array
    predicted: Array
    confidence: Array
    position: Array
    thumbnails: tuple[bytes | str, ...]


class TrackedSamples(NamedTuple):
    """The first N samples of the validation data over E epochs.

    Attributes:
        steps: (E,) int64, 0-based epochs, ascending.
        true: (E, N) int64 classes, -1 where unknown; alike in all epochs unless the data were shuffled.
        predicted: (E, N) int64 classes.
    """

    steps: Array
    true: Array
    predicted: Array


def read_confusion_matrices(log_dir: str | os.PathLike[str], split: str = "validation") -> ConfusionMatrices:
    """Read back the confusion matrices that `ConfusionMatrixLogger` logged.

    An epoch logged twice (a run resumed, or a second `fit` into the same folder) counts as it was logged last.
    A file that is still being written, or was cut off, is read as far as it goes.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.
        split: "validation" or "train".

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged, or the classes changed between epochs.

    Example:
        >>> import tempfile, numpy as np, mnist_tb
        >>> from mnist_tb.events.payload import MatrixPayload, encode
        >>> from mnist_tb.events.writer import EventWriter, payload
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
    logged = _logged(log_dir, split, MATRIX_TAG, "confusion matrices", decode)
    matrices = list(logged.values())
    names = matrices[-1].class_names
    if any(matrix.class_names != names for matrix in matrices):
        raise ValueError(
            f"the classes changed between the epochs logged in {str(log_dir)!r}: "
            "use one log_dir for each set of classes"
        )
    weights = [matrix.weighted_counts for matrix in matrices if matrix.weighted_counts is not None]
    return ConfusionMatrices(
        np.array(list(logged), np.int64),
        np.stack([matrix.counts for matrix in matrices]),
        names,
        np.stack(weights) if len(weights) == len(matrices) else None,
        np.array([matrix.nonfinite for matrix in matrices], np.int64),
    )


def read_examples(log_dir: str | os.PathLike[str]) -> list[Examples]:
    """Read back the samples that `ConfusionMatrixLogger` kept of each cell, one `Examples` for each epoch, by step.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged.

    Example:
        >>> import tempfile, mnist_tb
        >>> from mnist_tb.events.sample_payloads import ExamplesPayload, encode_examples
        >>> from mnist_tb.events.writer import EventWriter, payload
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     writer = EventWriter(folder + "/mnist_tb/validation")
        ...     one = ExamplesPayload("cell", [4], [9], [0.8], [115], ("a1",), {"a1": "a text"})
        ...     writer.write(7, [payload("examples", "mnist_tb", encode_examples(one))])
        ...     writer.close()
        ...     (examples,) = mnist_tb.read_examples(folder)
        >>> examples.step, examples.true, examples.predicted, examples.thumbnails
        (7, array([4]), array([9]), ('a text',))
    """
    thumbnails: dict[str, bytes | str] = {"": ""}

    def decode_examples(blobs: list[bytes]) -> ExamplesTable:
        table = decode_table(blobs, len(blobs))
        thumbnails.update({key: _thumbnail(blobs[place]) for key, place in table.places.items()})
        return table

    logged = _logged(log_dir, "validation", EXAMPLES_TAG, "examples", decode_examples)
    return [
        Examples(step, *table[:5], tuple(thumbnails.get(key, "") for key in table.key))  # scope to position
        for step, table in logged.items()
    ]


def read_tracked(log_dir: str | os.PathLike[str]) -> TrackedSamples:
    """Read back what the model said of the first samples of the validation data, epoch after epoch.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged, or their number of samples changed.

    Example:
        >>> import tempfile, numpy as np, mnist_tb
        >>> from mnist_tb.events.sample_payloads import TrackedPayload, encode_tracked
        >>> from mnist_tb.events.writer import EventWriter, payload
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     writer = EventWriter(folder + "/mnist_tb/validation")
        ...     for step, predicted in enumerate([(4, 1), (9, 1)]):
        ...         blobs = encode_tracked(TrackedPayload(np.array((4, 1)), np.array(predicted)))
        ...         writer.write(step, [payload("tracked", "mnist_tb", blobs)])
        ...     writer.close()
        ...     tracked = mnist_tb.read_tracked(folder)
        >>> tracked.predicted != tracked.true  # the first one broke
        array([[False, False],
               [ True, False]])
    """
    logged = _logged(log_dir, "validation", TRACKED_TAG, "samples", decode_tracked)
    if len({len(tracked.true) for tracked in logged.values()}) != 1:
        raise ValueError(
            f"the number of samples changed between the epochs logged in {str(log_dir)!r}: "
            "use one log_dir for each validation set"
        )
    true, predicted = (np.stack(column) for column in zip(*logged.values(), strict=True))
    return TrackedSamples(np.array(list(logged), np.int64), true, predicted)


def _thumbnail(blob: bytes) -> bytes | str:
    """A picture as it is, and anything else as text."""
    return blob if blob.startswith(PNG_SIGNATURE) else blob.decode("utf-8", "replace")


def _logged(
    log_dir: str | os.PathLike[str], split: str, tag: str, what: str, decode: Callable[[list[bytes]], Payload]
) -> dict[int, Payload]:
    """By step, ascending, what `decode` makes of the payloads of a run; at least one."""
    wait_for_all()  # after a fit that an exception ended, this process may still be writing
    folder = Path(log_dir) / "mnist_tb" / split
    if not folder.is_dir() and any(Path(log_dir).glob("*tfevents*")):
        folder = Path(log_dir)
    found = {step: decode(blobs) for step, blobs in _payloads(folder, tag)}
    if not found:
        below = sorted({str(p.parents[1]) for p in Path(log_dir).rglob("mnist_tb/*/") if p.is_dir()})
        hint = f"; there are runs in {', '.join(below)}" if below else ""
        raise FileNotFoundError(f"no {what} of {split} were logged in {str(log_dir)!r}{hint}")
    return dict(sorted(found.items()))


def _payloads(folder: Path, tag: str) -> Iterator[tuple[int, list[bytes]]]:
    """Step and blobs of each payload in the event files of a folder, oldest file first."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorboard.compat.proto.event_pb2 import Event

    for path in sorted(folder.glob("*tfevents*")):
        for record in _records(path):
            try:
                event = Event.FromString(record)
            except DecodeError as error:
                raise ValueError(f"a record of {str(path)!r} is no event ({error}): take this file away") from error
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
        except (errors.OutOfRangeError, errors.DataLossError, MemoryError, OverflowError):  # the last two: of a length
            return
        yield reader.record()
