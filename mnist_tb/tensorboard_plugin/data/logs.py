"""TensorBoard's data provider → the steps of each run and tag, and their blobs. Works on either loader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tensorboard.data.provider import RunTagFilter
from tensorboard.util import tb_logging

from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, PLUGIN_NAME, TRACKED_TAG
from mnist_tb.tensorboard_plugin.data.cache import Cache
from mnist_tb.tensorboard_plugin.params import find

_logger = tb_logging.get_logger()

TAGS = (MATRIX_TAG, EXAMPLES_TAG, TRACKED_TAG)
# Blobs of a payload; a broken file can claim any number, and TensorBoard would name each.
MAX_BLOBS = {MATRIX_TAG: 16, EXAMPLES_TAG: 100_000, TRACKED_TAG: 16}
_ALL = 10_000_000  # steps; 0 would be none


class Ref(NamedTuple):
    """Where a payload is.

    Attributes:
        run: its run.
        tag: its tag.
        step: its step.
        wall_time: seconds since 1970; may be NaN in a file that someone made.
        blob_keys: TensorBoard's names of its blobs.
    """

    run: str
    tag: str
    step: int
    wall_time: float
    blob_keys: tuple[str, ...]

    @property
    def identity(self) -> tuple[Any, ...]:
        """What tells its content; a step that was logged again has another time. A NaN is not equal to itself."""
        return (*self.blob_keys[:1], self.run, self.tag, self.step, repr(self.wall_time), len(self.blob_keys))


class Series(NamedTuple):
    """What TensorBoard has of a tag of a run.

    Attributes:
        signature: changes when the series does.
        refs: its steps, ascending; empty if there is a `problem`.
        problem: why it is left alone, or "".
    """

    signature: tuple[Any, ...]
    refs: tuple[Ref, ...]
    problem: str = ""


class Logs:
    """What TensorBoard has read up to now, as seen by one request.

    Args:
        provider: TensorBoard's data provider.
        cache: where lists of steps are kept.
        context: of the request, for the provider.
        experiment: the experiment that is asked for.
    """

    def __init__(self, provider: Any, cache: Cache, context: Any, experiment: str) -> None:
        self._provider = provider
        self._cache = cache
        self._context = context
        self.experiment = experiment

    def runs(self, run: str | None = None) -> dict[str, dict[str, Series]]:
        """By run and tag what there is, of one run or of all that have a matrix."""
        listed = self._provider.list_blob_sequences(
            self._context,
            experiment_id=self.experiment,
            plugin_name=PLUGIN_NAME,
            run_tag_filter=RunTagFilter(runs=None if run is None else [run], tags=TAGS),
        )
        return {
            name: {tag: self._series(name, tag, found) for tag, found in tags.items()}
            for name, tags in listed.items()
            if MATRIX_TAG in tags
        }

    def run(self, name: str) -> dict[str, Series]:
        """By tag what there is of a run.

        Raises:
            NotFoundError: there is no such run.
        """
        found = self.runs(name)
        if name not in found:
            found = {other: {} for other in self.runs()}  # to name them
        series: dict[str, Series] = find(found, name, "run", "these logs")
        return series

    def blobs(self, ref: Ref, places: Iterable[int]) -> list[bytes]:
        """Some of the blobs of a payload; places that it does not have are left out.

        Raises:
            ValueError: the event holds something else than blobs.
        """
        try:
            keys = [ref.blob_keys[place] for place in places if place < len(ref.blob_keys)]
            blobs = [self._provider.read_blob(self._context, blob_key=key) for key in keys]
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"TensorBoard can't read a payload ({error!r})") from error
        if not all(isinstance(blob, bytes) for blob in blobs):
            raise ValueError("a payload must hold bytes, and this one holds something else")
        return blobs

    def _series(self, run: str, tag: str, listed: Any) -> Series:
        length = listed.max_length or 0
        signature = (self.experiment, run, tag, listed.max_step, repr(listed.max_wall_time), length)
        if length > MAX_BLOBS[tag]:
            return Series(signature, (), "TensorBoard found a payload with more parts than mnist_tb writes")
        try:
            return Series(signature, self._cache.get(("refs", *signature), lambda: self._refs(run, tag)))
        except Exception as error:  # of the provider, whichever that is: one run must not take down the others
            _logger.warning("mnist_tb can't list %s of run %s", tag, ascii(run), exc_info=True)
            return Series(signature, (), f"TensorBoard can't list its steps ({type(error).__name__})")

    def _refs(self, run: str, tag: str) -> tuple[tuple[Ref, ...], int]:
        read = self._provider.read_blob_sequences(
            self._context,
            experiment_id=self.experiment,
            plugin_name=PLUGIN_NAME,
            downsample=_ALL,
            run_tag_filter=RunTagFilter(runs=[run], tags=[tag]),
        )
        found = read.get(run, {}).get(tag, [])
        refs = tuple(
            Ref(run, tag, datum.step, datum.wall_time, tuple(reference.blob_key for reference in datum.values))
            for datum in sorted(found, key=lambda datum: datum.step)
        )
        return refs, 200 + sum(200 + 200 * len(ref.blob_keys) for ref in refs)
