"""`ConfusionMatrixLogger`: the counts of every epoch, a picture of them, and the samples behind the cells."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_tb.callbacks.base import LoggerOptions
from mnist_tb.callbacks.sample_predictions import DrawingLogger
from mnist_tb.events import payload, summaries
from mnist_tb.events.writer import EventWriter
from mnist_tb.groups import ClassGroups, check_class_groups
from mnist_tb.images import png_bytes
from mnist_tb.images.confusion_matrix import confusion_matrix_image
from mnist_tb.observer.data import flatten
from mnist_tb.observer.observation import Array, Observation, Samples
from mnist_tb.options import check_whole
from mnist_tb.report import Normalize, find_flips, normalize_counts

if TYPE_CHECKING:
    from typing_extensions import Unpack

_MOST_IN_ONE_PICTURE = 60  # classes; beyond, the most confused ones get a picture of their own
_MOST_CONFUSED = 20
EXAMPLES_PER_CELL = 4


class ConfusionMatrixLogger(DrawingLogger):
    """Logs the confusion matrix of the validation data: the counts, a picture of them, and samples of every cell.

    The counts are read back by `read_confusion_matrices`; the picture (tag `predictions/confusion_matrix`) shows
    count and rate in each cell, true classes on the rows. Beyond 60 classes a second picture shows the most
    confused ones. Where the validation data carry sample weights, their sums are stored beside the counts and drawn as
    `predictions/confusion_matrix_weighted`. Predictions with a NaN or inf are counted as `nonfinite_predictions`.

    The samples behind the cells are for the tab; `read_examples` reads them back. Where those of every cell would
    take more than 64 MiB, fewer are kept, and a line says which. The first 500 samples of the validation data are
    tracked: how many of them became wrong or right since the last epoch are the scalars `newly_broken` and
    `newly_fixed`.

    Args:
        log_dir: see `EpochLogger`.
        normalize: what the rates and colours refer to: "true", the samples of the true class; "pred", the
            predictions of a class; "all", all samples; None, the counts alone.
        examples_per_cell: how many samples of each cell to keep, the most confident ones, 0 to 16.
        class_groups: groups of classes for the tab and for `group_counts`, such as {"animals": ["cat", "dog"]}; a
            group may hold a dict of groups instead. A class is in one group at most, and may be in none.
        image_shape: see `SamplePredictionLogger`.
        draw: see `SamplePredictionLogger`.
        **options: see `EpochLogger`.

    Raises:
        ValueError: an argument that can't be right.

    Example:
        >>> import mnist_tb
        >>> logger = mnist_tb.ConfusionMatrixLogger("logs/run1", class_names=["cat", "dog"], normalize="pred")
    """

    tag = payload.MATRIX_TAG
    describes = "predictions/confusion_matrix: counts and picture, true classes on the rows (Images tab)"
    num_tracked = 500

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        *,
        normalize: Normalize = "true",
        examples_per_cell: int = EXAMPLES_PER_CELL,
        class_groups: ClassGroups | None = None,
        image_shape: Sequence[int] | None = None,
        draw: Callable[[Any], Any] | None = None,
        **options: Unpack[LoggerOptions],
    ) -> None:
        super().__init__(log_dir, image_shape=image_shape, draw=draw, **options)
        normalize_counts([[0]], normalize)  # refuses an unknown one
        self.examples_per_cell = check_whole("examples_per_cell", examples_per_cell, 0, 16, of=" of samples")
        self.class_groups = check_class_groups(class_groups or {}, self.class_names)
        self.normalize: Normalize = normalize

    def _forget_fit(self) -> None:
        super()._forget_fit()
        self._before: Observation | None = None  # of the epoch before, without examples
        self._drawn: set[str] = set()  # keys of the samples whose thumbnails are in `_file`
        self._file: Path | None = None

    def _names(self, num_classes: int) -> tuple[str, ...]:
        names = super()._names(num_classes)
        check_class_groups(self.class_groups, names)
        return names

    def _log_now(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        weighted_counts, nonfinite = observation.weighted_counts, observation.nonfinite
        blobs = payload.encode_matrix(observation.counts, names, weighted_counts, nonfinite, self.class_groups)
        values = [summaries.payload(payload.MATRIX_TAG, blobs)]
        if nonfinite:
            values.append(summaries.scalar("nonfinite_predictions", nonfinite))
        events.write(epoch, values)
        if self.sync:
            events.sync()

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        with self._caught(payload.TRACKED_TAG, epoch):
            events.write(epoch, self._tracked_values(observation))
        examples, plan = observation.examples_for(self.examples_per_cell), observation.plan
        if examples is not None and plan is not None:
            with self._caught(payload.EXAMPLES_TAG, epoch):
                self._write_examples(epoch, plan.scope, examples, events)
        counts, weighted_counts = observation.counts, observation.weighted_counts
        pictures: dict[str, tuple[Array, dict[str, Any]]] = {"confusion_matrix": (counts, {})}
        if len(names) > _MOST_IN_ONE_PICTURE:
            pictures["confusion_matrix_most_confused"] = counts, {"max_classes": _MOST_CONFUSED}
        if weighted_counts is not None:
            pictures["confusion_matrix_weighted"] = weighted_counts, {"weighted": True}
        common: dict[str, Any] = {"normalize": self.normalize, "nonfinite_predictions": observation.nonfinite}
        for name, (shown, options) in pictures.items():
            tag = f"predictions/{name}"
            with self._caught(tag, epoch):
                picture = confusion_matrix_image(shown, names, title=f"epoch {epoch}", **common, **options)
                events.write(epoch, [summaries.image(tag, png_bytes(picture))])

    def _write_examples(self, epoch: int, scope: str, samples: Samples, events: EventWriter) -> None:
        """Write which samples there are in an epoch, and those of their thumbnails that are new."""
        if events.path != self._file:  # the one before may be gone
            self._file, self._drawn = events.path, set()
        keys = _keys_of(samples)
        rows = {key: row for row, key in enumerate(keys) if key and key not in self._drawn}
        thumbnails: dict[str, bytes | str] = {}
        if rows:
            inputs = samples.at(np.array(list(rows.values()))).inputs
            thumbnails = dict(zip(rows, self._thumbnails(inputs), strict=True))
        columns = (samples.true, samples.predicted, samples.confidence, samples.position)
        blobs = payload.encode_examples(scope, *columns, keys, thumbnails, _likely(samples))
        events.write(epoch, [summaries.payload(payload.EXAMPLES_TAG, blobs)])
        self._drawn.update(thumbnails)

    def _tracked_values(self, observation: Observation) -> list[Any]:
        """The tracked samples and how many of them flipped, as values to write."""
        tracked, before = observation.tracked, self._before
        if tracked is None or not len(tracked):
            return []
        self._before = replace(observation, examples=None, mistakes=None)
        blobs = payload.encode_tracked(tracked.true, tracked.predicted)
        values = [summaries.payload(payload.TRACKED_TAG, blobs)]
        if before is not None and before.tracked is not None and observation.tracks_the_same(before):
            flips = find_flips(tracked.true, before.tracked.predicted, tracked.predicted)
            values.append(summaries.scalar("newly_broken", len(flips.broken)))
            values.append(summaries.scalar("newly_fixed", len(flips.fixed)))
        return values


def _likely(samples: Samples) -> payload.Likely | None:
    """What the model thought of the samples besides the class that it predicted."""
    if samples.probability is None:
        return None
    rows = np.arange(len(samples))
    order = np.argsort(-samples.probability, axis=1, kind="stable")
    second, third = order[:, 1], order[:, 2 % order.shape[1]]
    of_third = samples.probability[rows, third] if order.shape[1] > 2 else np.zeros(len(samples))
    return payload.Likely(
        samples.probability[rows, samples.true], second, samples.probability[rows, second], third, of_third
    )


def _keys_of(samples: Samples) -> list[str]:
    """A name for what each sample is, the same for equal inputs; "" where no inputs were kept."""
    if samples.inputs is None:
        return [""] * len(samples)
    rows = zip(*flatten(samples.inputs), strict=True)
    return [blake2b(b"".join(part.tobytes() for part in row), digest_size=8).hexdigest() for row in rows]
