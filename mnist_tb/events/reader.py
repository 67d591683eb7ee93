"""Event files back to NumPy, for notebooks and tests."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from mnist_tb.confidence import Confidences
from mnist_tb.events import payload
from mnist_tb.events.background import wait_for_all
from mnist_tb.events.confidence import CONFIDENCES_TAG, decode_confidences
from mnist_tb.events.payload import Array
from mnist_tb.events.records import Records, event_files
from mnist_tb.events.writer import check_log_dir

Payload = TypeVar("Payload")
_logger = logging.getLogger("mnist_tb")
_CONTENTS = {
    payload.MATRIX_TAG: "confusion matrices",
    payload.EXAMPLES_TAG: "examples",
    payload.TRACKED_TAG: "samples",
    CONFIDENCES_TAG: "confidences",
}
_SEGMENTATION = "the model's outputs have several positions per sample, as in segmentation"
_WHY_NO_SAMPLES = {
    payload.EXAMPLES_TAG: f"{_SEGMENTATION}, or examples_per_cell=0, or one sample takes more than 64 MiB, "
    "or a warning during the training says what went wrong",
    CONFIDENCES_TAG: "there was no ConfidenceLogger, or a warning during the training says what went wrong",
    payload.TRACKED_TAG: f"{_SEGMENTATION}, or a warning during the training says what went wrong",
}


class ConfusionMatrices(NamedTuple):
    """The confusion matrices of a run, E epochs of C classes, true classes on the rows.

    Attributes:
        steps: (E,) int64, 0-based epochs as Keras counts them, ascending.
        counts: (E, C, C) int64.
        class_names: C names, in the order of the axes.
        weighted_counts: (E, C, C) float64 sums of the sample weights, or None where an epoch had none.
        nonfinite: (E,) int64, predictions with a NaN or inf, which are not in the counts.
        class_groups: the groups that were given to the logger, for `group_counts`; {} for none.
    """

    steps: Array
    counts: Array
    class_names: tuple[str, ...]
    weighted_counts: Array | None
    nonfinite: Array
    class_groups: dict[str, Any]


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
        likely: what else the model thought of the samples, in arrays (N,): `label_probability`, that of the given
            label, and the classes `second` and `third` with their probabilities; None in logs of an older version.
    """

    step: int
    scope: str
    true: Array
    predicted: Array
    confidence: Array
    position: Array
    thumbnails: tuple[bytes | str, ...]
    likely: payload.Likely | None


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


def read_confusion_matrices(
    log_dir: str | os.PathLike[str], split: str = "validation", *, strict: bool = False
) -> ConfusionMatrices:
    """Read back the confusion matrices that `ConfusionMatrixLogger` logged.

    Where several calls of `fit` logged into one folder, a later one takes the place of the earlier ones from its first
    epoch on. A file that is still being written, or was cut off, is read as far as it goes; of one that is damaged
    amid its records the rest is read, and a warning says what is missing.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.
        split: "validation" or "train".
        strict: raise a ValueError for a damaged file.

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged, or the classes changed between epochs.

    Example:
        >>> import tempfile, numpy as np, mnist_tb
        >>> from mnist_tb.events import payload, summaries, writer
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     events = writer.EventWriter(folder + "/mnist_tb/validation")
        ...     blobs = payload.encode_matrix(np.array([[3, 1], [0, 4]]), ("cat", "dog"))
        ...     events.write(7, [summaries.payload("confusion_matrix", blobs)])
        ...     events.close()
        ...     steps, counts = mnist_tb.read_confusion_matrices(folder)[:2]
        >>> steps, counts[0]
        (array([7]), array([[3, 1],
               [0, 4]]))
    """
    logged = _logged(log_dir, split, payload.MATRIX_TAG, payload.decode_matrix, strict)
    matrices = list(logged.values())
    names = matrices[-1].class_names
    if any(matrix.class_names != names for matrix in matrices):
        raise ValueError(
            f"the classes changed between the epochs logged in {str(log_dir)!r}: "
            "use one log_dir for each set of classes"
        )
    weights = [matrix.dense(matrix.weighted) for matrix in matrices if matrix.weighted is not None]
    return ConfusionMatrices(
        np.array(list(logged), np.int64),
        np.stack([matrix.dense(matrix.counts.astype(np.int64)) for matrix in matrices]),
        names,
        np.stack(weights) if len(weights) == len(matrices) else None,
        np.array([matrix.nonfinite for matrix in matrices], np.int64),
        matrices[-1].class_groups,
    )


def read_examples(log_dir: str | os.PathLike[str], *, strict: bool = False) -> list[Examples]:
    """Read back the samples that `ConfusionMatrixLogger` kept of each cell, one `Examples` for each epoch, by step.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.
        strict: see `read_confusion_matrices`, which says how files are read.

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged.

    Example:
        >>> import tempfile, mnist_tb
        >>> from mnist_tb.events import payload, summaries, writer
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     events = writer.EventWriter(folder + "/mnist_tb/validation")
        ...     blobs = payload.encode_examples("cell", [4], [9], [0.8], [115], ["a1"], {"a1": "a text"})
        ...     events.write(7, [summaries.payload("examples", blobs)])
        ...     events.close()
        ...     (examples,) = mnist_tb.read_examples(folder)
        >>> examples.step, examples.true, examples.predicted, examples.thumbnails
        (7, array([4]), array([9]), ('a text',))
    """
    thumbnails: dict[str, bytes | str] = {"": ""}

    def decode(blobs: list[bytes]) -> payload.ExamplesTable:
        table = payload.decode_examples(blobs, len(blobs))
        for key, place in table.places.items():
            is_picture = blobs[place].startswith(payload.PNG_SIGNATURE)
            thumbnails[key] = blobs[place] if is_picture else blobs[place].decode("utf-8", "replace")
        return table

    logged = _logged(log_dir, "validation", payload.EXAMPLES_TAG, decode, strict)
    return [
        Examples(step, *table[:5], tuple(thumbnails.get(key, "") for key in table.key), table.likely)
        for step, table in logged.items()
    ]


def read_tracked(log_dir: str | os.PathLike[str], *, strict: bool = False) -> TrackedSamples:
    """Read back what the model said of the first samples of the validation data, epoch after epoch.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.
        strict: see `read_confusion_matrices`, which says how files are read.

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged, or their number of samples changed.

    Example:
        >>> import tempfile, mnist_tb
        >>> from mnist_tb.events import payload, summaries, writer
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     events = writer.EventWriter(folder + "/mnist_tb/validation")
        ...     for step, predicted in enumerate([(4, 1), (9, 1)]):
        ...         events.write(step, [summaries.payload("tracked", payload.encode_tracked((4, 1), predicted))])
        ...     events.close()
        ...     tracked = mnist_tb.read_tracked(folder)
        >>> tracked.predicted != tracked.true  # the first one broke
        array([[False, False],
               [ True, False]])
    """
    logged = _logged(log_dir, "validation", payload.TRACKED_TAG, payload.decode_tracked, strict)
    if len({len(tracked.true) for tracked in logged.values()}) != 1:
        raise ValueError(
            f"the number of samples changed between the epochs logged in {str(log_dir)!r}: "
            "use one log_dir for each validation set"
        )
    true, predicted = (np.stack(column) for column in zip(*logged.values(), strict=True))
    return TrackedSamples(np.array(list(logged), np.int64), true, predicted)


def read_confidences(log_dir: str | os.PathLike[str], *, strict: bool = False) -> list[Confidences]:
    """Read back how sure the answers of each epoch were, as `ConfidenceLogger` logged it, by step.

    Args:
        log_dir: the `log_dir` of the callbacks, or the folder of one run in it.
        strict: see `read_confusion_matrices`, which says how files are read.

    Raises:
        FileNotFoundError: nothing was logged there; says what is.
        ValueError: the payloads are of a newer version or damaged.

    Example:
        >>> import tempfile, numpy as np, mnist_tb
        >>> from mnist_tb import confidences_of
        >>> from mnist_tb.events import confidence, summaries, writer
        >>> logged = confidences_of([0, 1], [[0.995, 0.005], [0.7, 0.3]], ("cat", "dog"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     events = writer.EventWriter(folder + "/mnist_tb/validation")
        ...     events.write(7, [summaries.payload("confidences", confidence.encode_confidences(logged))])
        ...     events.close()
        ...     (confidences,) = mnist_tb.read_confidences(folder)
        >>> confidences.step, confidences.true, confidences.predicted, confidences.edges[confidences.bins]
        (7, array([0, 1]), array([0, 0]), array([0.99, 0.7 ], dtype=float32))
    """
    logged = _logged(log_dir, "validation", CONFIDENCES_TAG, decode_confidences, strict)
    return [confidences._replace(step=step) for step, confidences in logged.items()]


def _logged(
    log_dir: str | os.PathLike[str], split: str, tag: str, decode: Callable[[list[bytes]], Payload], strict: bool
) -> dict[int, Payload]:
    """By step, ascending, what `decode` makes of the payloads of a run; at least one."""
    from tensorboard.compat.proto.event_pb2 import SessionLog

    wait_for_all()  # after a fit that an exception ended, this process may still be writing
    path = Path(check_log_dir(log_dir))
    folder = path / "mnist_tb" / split
    if not folder.is_dir() and event_files(path):  # the folder of a run itself
        folder = path
    found: dict[int, Payload] = {}
    tags = set()
    for event in _events(folder, strict):
        if event.session_log.status == SessionLog.START:  # of a fit, which takes the place of earlier ones
            found = {step: logged for step, logged in found.items() if step < event.step}
        for value in event.summary.value:
            if value.metadata.plugin_data.plugin_name == payload.PLUGIN_NAME:
                tags.add(value.tag)
                if value.tag == tag:
                    found[event.step] = decode(list(value.tensor.string_val))
    if not found:
        raise FileNotFoundError(
            f"no {_CONTENTS[tag]} of {split} were logged in {str(path)!r}{_explain_absence(path, tag, tags)}"
        )
    return dict(sorted(found.items()))


def _explain_absence(log_dir: Path, tag: str, tags: set[str]) -> str:
    if payload.MATRIX_TAG in tags and tag in _WHY_NO_SAMPLES:
        return f", though its confusion matrices were: {_WHY_NO_SAMPLES[tag]}"
    below = sorted({str(path.parents[1]) for path in log_dir.rglob("mnist_tb/*/") if path.is_dir()})
    return f"; there are runs in {', '.join(below)}" if below else ""


def _events(folder: Path, strict: bool) -> Iterator[Any]:
    """The events in the files of a folder, in the order in which they were written."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorboard.compat.proto.event_pb2 import Event

    for path in event_files(folder):
        records = Records(path)
        for record in records:
            try:
                yield Event.FromString(record)
            except DecodeError as error:
                raise ValueError(f"a record of {str(path)!r} is no event ({error}): take this file away") from error
        if records.damage and strict:
            raise ValueError(records.damage)
        if records.damage:
            _logger.warning("mnist_tb: %s", records.damage)
