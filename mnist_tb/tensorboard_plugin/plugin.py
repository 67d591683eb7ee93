"""The routes of the tab: request in, answer out. What each answer holds is made in `queries` and `overview`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter
from tensorboard.plugins.base_plugin import FrontendMetadata, TBPlugin
from tensorboard.util import tb_logging
from werkzeug import wrappers

from mnist_tb.events.payload import MATRIX_TAG, PLUGIN_NAME
from mnist_tb.tensorboard_plugin import static_files
from mnist_tb.tensorboard_plugin.answers import overview, queries, samples
from mnist_tb.tensorboard_plugin.answers.checking import Checker
from mnist_tb.tensorboard_plugin.answers.seriation import similar_order
from mnist_tb.tensorboard_plugin.data.logs import Logs
from mnist_tb.tensorboard_plugin.data.runs import Caches, Run
from mnist_tb.tensorboard_plugin.params import Params, shorten

_logger = tb_logging.get_logger()
_PICTURE_SECONDS = 7 * 24 * 3600  # a picture's key is a hash of the sample
_MOST_EXAMPLES = 100  # in one answer

App = Callable[[dict[str, Any], Any], Iterable[bytes]]
Answer = Callable[[wrappers.Request, Logs], Any]  # gives a werkzeug Response


class TabPlugin(TBPlugin):  # type: ignore[misc]
    """Serves the tab.

    Args:
        context: TensorBoard's.

    Raises:
        ValueError: TensorBoard has no data provider.
        FileNotFoundError: the files of the page are missing.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context: Any) -> None:
        if context.data_provider is None:
            raise ValueError("TensorBoard was started without a data provider")
        self._provider = context.data_provider
        self._limit = _samples_kept(context)
        self._files = static_files.list_files()
        self._caches = Caches()
        self._checker = Checker()

    def get_plugin_apps(self) -> dict[str, App]:
        """By path the WSGI application that answers."""
        routes: dict[str, Callable[[Params, Logs], Any]] = {
            "/runs": self._runs,
            "/overview": self._overview,
            "/matrix": self._matrix,
            "/classes": self._classes,
            "/class": self._class,
            "/cell": self._cell,
            "/examples": self._examples,
            "/flips": self._flips,
            "/similar_order": self._similar_order,
        }
        apps = {path: self._app(_as_json(route)) for path, route in routes.items()}
        static = self._app(self._static)
        return apps | {
            "/picture": self._app(self._picture),
            f"/static/{static_files.ENTRY}": static,
            "/static/*": static,
        }

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
        return FrontendMetadata(es_module_path=f"/static/{static_files.ENTRY}", tab_name="Confusion Matrix")

    def _app(self, answer: Answer) -> App:
        """A WSGI application that answers GET; what is unforeseen is logged, and the answer says so."""

        def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            request = wrappers.Request(environ)
            try:
                response = self._answer(request, answer)
            except errors.PublicError:
                raise  # TensorBoard's own way to say 400 and 404
            except Exception:
                _logger.exception("mnist_tb could not answer %s", shorten(request.full_path))
                text = "the data can't be read now; TensorBoard's log says why"
                response = http_util.Respond(request, text, "text/plain", code=503)
            sent: Iterable[bytes] = response(environ, start_response)
            return sent

        return app

    def _answer(self, request: wrappers.Request, answer: Answer) -> Any:
        if request.method != "GET":
            text = f"only GET is answered, not {shorten(request.method)}"
            return http_util.Respond(request, text, "text/plain", code=405, headers=[("Allow", "GET")])
        context = plugin_util.context(request.environ)
        experiment = plugin_util.experiment_id(request.environ)
        return answer(request, Logs(self._provider, self._caches.small, context, experiment))

    def _runs(self, params: Params, logs: Logs) -> dict[str, Any]:
        runs = [Run(name, series, logs, self._caches) for name, series in sorted(logs.runs().items())]
        described = [overview.describe(run, self._limit) for run in runs]
        if not all(run["checked"] for run in described):
            self._checker.start(runs)
        return {"runs": described}

    def _overview(self, params: Params, logs: Logs) -> dict[str, Any]:
        return queries.overview(self._run(params, logs).all_totals())

    def _matrix(self, params: Params, logs: Logs) -> dict[str, Any]:
        step = params.step("step")
        return queries.matrix_answer(step, self._run(params, logs).matrix_at(step))

    def _classes(self, params: Params, logs: Logs) -> dict[str, Any]:
        return queries.class_history(self._run(params, logs).all_totals())

    def _class(self, params: Params, logs: Logs) -> dict[str, Any]:
        run = self._run(params, logs)
        index = params.class_index("class", len(run.class_names()))
        return queries.one_class(index, run.all_totals())

    def _cell(self, params: Params, logs: Logs) -> dict[str, Any]:
        run = self._run(params, logs)
        classes = len(run.class_names())
        true, predicted = params.class_index("true", classes), params.class_index("predicted", classes)
        by_step = run.all_totals()
        return {
            "steps": list(by_step),
            "counts": run.over_steps(by_step, lambda matrix: queries.count_in(matrix, true, predicted)),
        }

    def _examples(self, params: Params, logs: Logs) -> dict[str, Any]:
        run, step = self._run(params, logs), params.step("step")
        classes = len(run.class_names())
        true, predicted = (
            params.class_index(name, classes) if params.has(name) else None for name in ("true", "predicted")
        )
        most = params.number("limit", _MOST_EXAMPLES, _MOST_EXAMPLES)
        return samples.examples(run, step, true, predicted, most)

    def _flips(self, params: Params, logs: Logs) -> dict[str, Any]:
        run = self._run(params, logs)
        return samples.flips(run, params.step("from"), params.step("to"))

    def _similar_order(self, params: Params, logs: Logs) -> dict[str, Any]:
        return {"order": similar_order(self._run(params, logs).matrix_at(params.step("step")))}

    def _picture(self, request: wrappers.Request, logs: Logs) -> Any:
        params = Params(request.args)
        picture = samples.picture(self._run(params, logs), params.text("key"))
        return http_util.Respond(request, picture, "image/png", expires=_PICTURE_SECONDS)

    def _static(self, request: wrappers.Request, logs: Logs) -> Any:
        name = request.path.partition("/static/")[2]
        if name not in self._files:
            raise errors.NotFoundError(f"there is no file {shorten(name)}")
        path, content_type = self._files[name]
        return http_util.Respond(request, path.read_bytes(), content_type)

    def _run(self, params: Params, logs: Logs) -> Run:
        name = params.text("run")
        return Run(name, logs.run(name), logs, self._caches)


def _as_json(route: Callable[[Params, Logs], Any]) -> Answer:
    def answer(request: wrappers.Request, logs: Logs) -> Any:
        # As text: TensorBoard would check each number for a NaN, which takes longer than all the rest.
        content = json.dumps(route(Params(request.args), logs), allow_nan=False, separators=(",", ":"))
        return http_util.Respond(request, content, "application/json")

    return answer


def _samples_kept(context: Any) -> int | None:
    """How many steps of a series TensorBoard keeps, 0 for all; None where somebody else decides that."""
    if getattr(context.flags, "grpc_data_provider", ""):
        return None
    hint = (context.sampling_hints or {}).get(PLUGIN_NAME)
    return hint if isinstance(hint, int) else None
