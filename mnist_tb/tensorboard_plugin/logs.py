"""TensorBoard's data provider → the steps of each run and tag, and their blobs. Works on either loader."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tensorboard.data.provider import RunTagFilter
from tensorboard.errors import InvalidArgumentError
from tensorboard.util import tb_logging

from mnist_tb.events.confidence import CONFIDENCES_TAG
from mnist_tb.events.payload import EXAMPLES_TAG, MATRIX_TAG, PLUGIN_NAME, TRACKED_TAG
from mnist_tb.tensorboard_plugin.cache import Shared

_logger = tb_logging.get_logger()

# Blobs of a payload; a broken file can claim any number, and TensorBoard would name each.
_MAX_BLOBS = {MATRIX_TAG: 16, EXAMPLES_TAG: 100_000, TRACKED_TAG: 16, CONFIDENCES_TAG: 16}
_SESSION = "_hparams_/session_start_info"  # the tag that TensorBoard's HParams format has for them
_ALL = 10_000_000  # steps; 0 would be none
_BAD_NAME = (
    "TensorBoard's fast loader can't read a run whose name holds a quotation mark, a backslash or a line break: "
    "rename its folder, or start TensorBoard with --load_fast=false"
)


class Ref(NamedTuple):
    """Where a payload is."""

    identity: tuple[Any, ...]  # what tells its content, tag and step among it; a step logged again has another
    wall_time: float  # seconds since 1970; may be NaN in a file that someone made
    blob_keys: tuple[str, ...]  # TensorBoard's names of its blobs


class Series(NamedTuple):
    """What TensorBoard has of a tag of a run."""

    signature: tuple[Any, ...]  # changes when the series does
    refs: dict[int, Ref]  # by step, ascending; empty if there is a `problem`
    problem: str = ""  # why it is left alone


class Logs:
    """What TensorBoard has read up to now, as seen by one request, and what is kept between requests."""

    def __init__(self, provider: Any, shared: Shared, context: Any, experiment: str) -> None:
        self.shared = shared
        self._provider = provider
        self._context = context
        self._experiment = experiment

    def runs(self, run: str | None = None) -> dict[str, dict[str, Series]]:
        """By run and tag what there is, of one run or of all that have a matrix."""
        listed = self._provider.list_blob_sequences(
            self._context,
            experiment_id=self._experiment,
            plugin_name=PLUGIN_NAME,
            run_tag_filter=RunTagFilter(runs=None if run is None else [run], tags=list(_MAX_BLOBS)),
        )
        found = [(name, tag, tags[tag]) for name, tags in listed.items() if MATRIX_TAG in tags for tag in tags]
        runs: dict[str, dict[str, Series]] = {}
        every = self.shared.workers.map(lambda one: self._series(*one), found)
        for (name, tag, _), series in zip(found, every, strict=True):
            runs.setdefault(name, {})[tag] = series
        return runs

    def run_names(self) -> list[str]:
        """All runs that TensorBoard knows, though nothing may be readable of them."""
        return [run.run_name for run in self._provider.list_runs(self._context, experiment_id=self._experiment)]

    def hparams(self) -> dict[str, bytes]:
        """By run its hyperparameters as they were logged; the matrices are most often in runs of folders below."""
        try:
            listed = self._provider.list_tensors(
                self._context,
                experiment_id=self._experiment,
                plugin_name="hparams",
                run_tag_filter=RunTagFilter(tags=[_SESSION]),
            )
        except Exception:  # of the provider, whichever that is: the runs are listed all the same
            _logger.warning("mnist_tb can't list hyperparameters", exc_info=True)
            return {}
        return {run: tags[_SESSION].plugin_content for run, tags in listed.items() if _SESSION in tags}

    def blobs(self, ref: Ref, places: Iterable[int]) -> list[bytes]:
        """Some of the blobs of a payload, without places that it does not have; a ValueError where it has others."""
        try:
            keys = [ref.blob_keys[place] for place in places if place < len(ref.blob_keys)]
            blobs = [self._provider.read_blob(self._context, blob_key=key) for key in keys]
        except InvalidArgumentError as error:  # it does not understand its own key, which quotes the run's name
            raise ValueError(_BAD_NAME) from error
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"TensorBoard can't read a payload ({error!r})") from error
        if not all(isinstance(blob, bytes) for blob in blobs):
            raise ValueError("a payload must hold bytes, and this one holds something else")
        return blobs

    def _series(self, run: str, tag: str, listed: Any) -> Series:
        length = listed.max_length or 0
        signature = (self._experiment, run, tag, listed.max_step, repr(listed.max_wall_time), length)
        if length > _MAX_BLOBS[tag]:
            return Series(signature, {}, "TensorBoard found a payload with more parts than mnist_tb writes")
        try:
            return Series(signature, self.shared.cache.get(("refs", *signature), lambda: self._refs(run, tag)))
        except Exception as error:  # of the provider, whichever that is: one run must not take down the others
            _logger.warning("mnist_tb can't list %s of run %s", tag, ascii(run), exc_info=True)
            return Series(signature, {}, f"TensorBoard can't list its steps ({type(error).__name__})")

    def _refs(self, run: str, tag: str) -> dict[int, Ref]:
        read = self._provider.read_blob_sequences(
            self._context,
            experiment_id=self._experiment,
            plugin_name=PLUGIN_NAME,
            downsample=_ALL,
            run_tag_filter=RunTagFilter(runs=[run], tags=[tag]),
        )
        refs = {}
        for datum in sorted(read.get(run, {}).get(tag, []), key=lambda datum: datum.step):
            keys = tuple(reference.blob_key for reference in datum.values)
            # A NaN is not equal to itself, and its text is.
            identity = (*keys[:1], run, tag, datum.step, repr(datum.wall_time), len(keys))
            refs[datum.step] = Ref(identity, datum.wall_time, keys)
        return refs
