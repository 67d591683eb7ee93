"""The routes of the tab: request in, answer out; what it holds is made in `run_list`, `numbers` and `samples`."""

import itertools
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter
from tensorboard.plugins.base_plugin import FrontendMetadata, TBPlugin
from tensorboard.util import tb_logging
from werkzeug import wrappers

from mnist_tb.events.payload import MATRIX_TAG, PLUGIN_NAME, Array
from mnist_tb.tensorboard_plugin import confidence, hparams, mcnemar, numbers, run_list, samples, suspects
from mnist_tb.tensorboard_plugin.cache import Shared
from mnist_tb.tensorboard_plugin.checks import Checker, Damage
from mnist_tb.tensorboard_plugin.logs import Logs, Series
from mnist_tb.tensorboard_plugin.params import Params, shorten
from mnist_tb.tensorboard_plugin.runs import Run

_logger = tb_logging.get_logger()
STATIC = Path(__file__).parent / "static"
_ENTRY = "index.js"
# TensorBoard imports this from a page in /data/ whose <base> is /data/plugin/mnist_tb/. WebKit goes by the page, and so
# comes to /static/ at once; all others go by the base, and find a module here that leads there.
_ENTRY_PATH = f"/plugin/{PLUGIN_NAME}/static/{_ENTRY}"
_LEADS_ON = f'export {{ render }} from "../../../static/{_ENTRY}";'
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
_DEFAULT_SAMPLES = 10  # steps of a series that TensorBoard keeps unless it is told something else
_PART = 50_000  # numbers
_PICTURE_SECONDS = 7 * 24 * 3600  # a picture's key is a hash of the sample

Answer = Callable[[wrappers.Request, Logs], Any]  # gives a werkzeug Response

# What of a run is answered with as JSON.
_OF_A_RUN: dict[str, Callable[[Run, Params], dict[str, Any]]] = {
    "/overview": numbers.overview,
    "/matrix": numbers.matrix,
    "/classes": numbers.classes,
    "/class": numbers.one_class,
    "/cell": numbers.cell,
    "/similar_order": numbers.order,
    "/similar_groups": numbers.groups,
    "/confidences": confidence.confidences,
    "/scores": confidence.scores,
    "/calibration": confidence.calibration,
    "/examples": samples.examples,
    "/flips": samples.flips,
    "/suspects": suspects.suspects,
    "/tracked_sample": samples.tracked_sample,
}


class TabPlugin(TBPlugin):  # type: ignore[misc]
    """Serves the tab; cannot be made without a data provider, or where the files of the page are missing."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: Any) -> None:
        if context.data_provider is None:
            raise ValueError("TensorBoard was started without a data provider")
        self._provider = context.data_provider
        # A data server that somebody else has started does not know what TensorBoard was told to keep.
        hints = {} if getattr(context.flags, "grpc_data_provider", "") else context.sampling_hints or {}
        self._limit = hints.get(PLUGIN_NAME, _DEFAULT_SAMPLES)
        self._files = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}
        if _ENTRY not in self._files:
            raise FileNotFoundError(f"{STATIC / _ENTRY} is missing: install mnist_tb again")
        self._shared = Shared()
        self._damage = Damage(context.logdir)
        self._checker = Checker(self._damage)

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """By path the WSGI application that answers."""
        answers = {path: self._of_a_run(route) for path, route in _OF_A_RUN.items()}
        answers |= {"/runs": self._runs, "/picture": self._picture, "/mcnemar": self._mcnemar}
        answers |= {"/static/*": self._static, _ENTRY_PATH: _lead_on}
        return {path: self._app(answer) for path, answer in answers.items()}

    def is_active(self) -> bool:
        """Whether any run has a matrix."""
        try:
            listed = self._provider.list_blob_sequences(
                RequestContext(),
                experiment_id="",
                plugin_name=PLUGIN_NAME,
                run_tag_filter=RunTagFilter(tags=[MATRIX_TAG]),
            )
            return bool(listed)
        except Exception:
            _logger.exception("mnist_tb can't tell whether there is data")
            return False

    def frontend_metadata(self) -> Any:
        """Where the page begins, and the name of the tab."""
        return FrontendMetadata(es_module_path=_ENTRY_PATH, tab_name="Confusion Matrix")

    def _app(self, answer: Answer) -> Callable[..., Any]:
        """A WSGI application that answers GET and HEAD; what is unforeseen is logged, and the answer says so."""

        @wrappers.Request.application
        def app(request: wrappers.Request) -> Any:
            if request.method not in ("GET", "HEAD"):  # werkzeug leaves the body of an answer to HEAD out
                text = f"only GET and HEAD are answered, not {shorten(request.method)}"
                return http_util.Respond(request, text, "text/plain", code=405, headers=[("Allow", "GET, HEAD")])
            try:
                context, experiment = plugin_util.context(request.environ), plugin_util.experiment_id(request.environ)
                return answer(request, Logs(self._provider, self._shared, context, experiment))
            except errors.PublicError:
                raise  # TensorBoard's own way to say 400 and 404
            except Exception:
                _logger.exception("mnist_tb could not answer %s", shorten(request.full_path))
                text = "the data can't be read now; TensorBoard's log says why"
                return http_util.Respond(request, text, "text/plain", code=503)

        return app

    def _of_a_run(self, route: Callable[[Run, Params], dict[str, Any]]) -> Answer:
        return lambda request, logs: _as_json(request, route(self._run(request, logs), Params(request.args)))

    def _runs(self, request: wrappers.Request, logs: Logs) -> Any:
        damage = self._damage.of_runs
        unlisted: dict[str, dict[str, Series]] = {name: {} for name, messages in damage.items() if messages}
        found = unlisted | logs.runs()
        runs = [Run(name, series, logs) for name, series in sorted(found.items())]
        damaged = [damage.get(run.name) for run in runs]
        described = self._shared.workers.map(run_list.describe, runs, itertools.repeat(self._limit), damaged)
        tuned = hparams.that_differ([run.name for run in runs], logs.hparams())
        listed = [{**run, "hparams": values} for run, values in zip(described, tuned, strict=True)]
        answer = _as_json(request, {"runs": listed})
        self._checker.start(runs, logs)
        return answer

    def _picture(self, request: wrappers.Request, logs: Logs) -> Any:
        picture = samples.picture(self._run(request, logs), Params(request.args).text("key"))
        return http_util.Respond(request, picture, "image/png", expires=_PICTURE_SECONDS)

    def _mcnemar(self, request: wrappers.Request, logs: Logs) -> Any:
        run, other = (self._run(request, logs, name) for name in ("run", "other"))
        return _as_json(request, mcnemar.compare(run, other, Params(request.args)))

    def _static(self, request: wrappers.Request, logs: Logs) -> Any:
        name = request.path.partition("/static/")[2]
        if name not in self._files:  # those that lay in the folder when TensorBoard started, and no other
            raise errors.NotFoundError(f"there is no file {shorten(name)}")
        path = self._files[name]
        return http_util.Respond(request, path.read_bytes(), _TYPES[path.suffix])

    def _run(self, request: wrappers.Request, logs: Logs, param: str = "run") -> Run:
        name = Params(request.args).text(param)
        found = logs.runs(name)
        if name not in found:
            raise errors.NotFoundError(f"there is no run {shorten(name)} in these logs: /runs lists those there are")
        return Run(name, found[name], logs)


def _lead_on(request: wrappers.Request, logs: Logs) -> Any:
    return http_util.Respond(request, _LEADS_ON, _TYPES[".js"])


def _as_json(request: wrappers.Request, content: dict[str, Any]) -> Any:
    # As bytes: TensorBoard would check each number for a NaN, which takes longer than all the rest.
    zipper = zlib.compressobj(level=3, wbits=31)  # gzip, as TensorBoard compresses
    parts = [zipper.compress(part.encode()) for part in _json_parts(content)]
    return http_util.Respond(request, b"".join([*parts, zipper.flush()]), "application/json", content_encoding="gzip")


def _json_parts(content: dict[str, Any]) -> Iterator[str]:
    """An object as JSON, of arrays a part at a time, as lists and text of a million numbers take 100 MB."""
    encode = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_listed).encode
    for place, (name, value) in enumerate(content.items()):
        yield f"{',' if place else '{'}{encode(name)}:"
        if isinstance(value, np.ndarray):
            starts = range(0, len(value), _PART)
            yield "["
            yield from (f"{',' if start else ''}{encode(value[start : start + _PART])[1:-1]}" for start in starts)
            yield "]"
        else:
            yield encode(value)
    yield "}"


def _listed(values: Array) -> list[Any]:
    """An array as JSON has it: None for NaN and infinity."""
    listed = values.astype(object)
    listed[~np.isfinite(values)] = None
    return list(listed.tolist())
