"""The tab's routes: of TensorBoard's own application in this process, with werkzeug's client, and of a real server."""

import argparse
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import NamedTuple

from tensorboard.backend import application
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.data import provider
from tensorboard.errors import NotFoundError
from tensorboard.plugins.base_plugin import TBContext
from werkzeug.test import Client
from werkzeug.wrappers import Response

from mnist_tb.tensorboard_plugin import plugin


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: object
    data: bytes

    @property
    def text(self):
        return self.data.decode()

    @property
    def json(self):
        assert self.headers["Content-Type"] == "application/json", self.text
        return json.loads(self.data, parse_constant=lambda name: 1 / 0)  # NaN and Infinity are no JSON


class TabClient:
    """Asks the tab's routes.

    Args:
        source: TensorBoard's data provider.
        prefix: as of --path_prefix.
        samples: as of --samples_per_plugin mnist_tb=…; 0 for all.
        multiplexer: what the Python loader has, and the fast one has not.
        logdir: as of --logdir.
    """

    def __init__(self, source, prefix="", samples=0, multiplexer=None, logdir=""):
        hints = {} if samples is None else {"mnist_tb": samples}
        context = TBContext(
            data_provider=source,
            flags=argparse.Namespace(),
            sampling_hints=hints,
            multiplexer=multiplexer,
            logdir=logdir,
        )
        self.multiplexer = multiplexer
        self.plugin = plugin.TabPlugin(context)
        app = application.TensorBoardWSGI([self.plugin], path_prefix=prefix, data_provider=source)
        self._client = Client(app, Response)
        self._prefix = prefix

    def ask(self, route, method="GET", headers=None, **query):
        path = f"{self._prefix}/data/plugin/mnist_tb/{route}"
        parameters = {name.rstrip("_"): value for name, value in query.items()}
        answer = self._client.open(path, method=method, query_string=parameters, headers=headers)
        return Answer(answer.status_code, answer.headers, answer.get_data())

    def json(self, route, **query):
        """The JSON of an answer that is a good one."""
        answer = self.ask(route, **query)
        assert answer.status == 200, answer.text
        return answer.json

    def runs(self, checked=True):
        """What /runs says, by run; by default when all has been looked at, for which a page asks again and again."""
        for _ in range(1000):
            runs = {run["run"]: run for run in self.json("runs")["runs"]}
            if not checked or all(run["checked"] for run in runs.values()):
                return runs
            time.sleep(0.02)
        raise TimeoutError("the checks do not come to an end")


def open_logs(folder, **options):
    """A client of the logs in a folder, as the Python loader reads them."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={"mnist_tb": 0})
    multiplexer.AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    source = data_provider.MultiplexerDataProvider(multiplexer, str(folder))
    return TabClient(source, multiplexer=multiplexer, logdir=str(folder), **options)


def ask_server(address, route, **query):
    """What a real TensorBoard answers."""
    parameters = urllib.parse.urlencode({name.rstrip("_"): value for name, value in query.items()})
    url = f"{address}/data/plugin/mnist_tb/{route}?{parameters}"
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def checked_runs(address, at_least=1):
    """The runs of a real TensorBoard by name when so many are loaded and all are checked; asks as a page does."""
    for _ in range(300):
        runs = {run["run"]: run for run in ask_server(address, "runs").json["runs"]}
        if len(runs) >= at_least and all(run["checked"] for run in runs.values()):
            return runs
        time.sleep(0.1)
    raise TimeoutError(f"{len(runs)} runs are there, and their checks do not come to an end")


class HeldProvider:
    """A data provider that holds payloads in memory: {run: {tag: {step: blobs}}}; `wall_time` is that of step 0.

    `sessions` are hyperparameters in TensorBoard's format, by run.
    """

    def __init__(self, payloads):
        self.payloads = payloads
        self.sessions = {}
        self.reads = 0
        self.wall_time = 0.0

    def _chosen(self, run_tag_filter):
        for run, tags in self.payloads.items():
            for tag, steps in tags.items():
                wanted = run_tag_filter.runs is None or run in run_tag_filter.runs
                if wanted and (run_tag_filter.tags is None or tag in run_tag_filter.tags):
                    yield run, tag, steps

    def list_plugins(self, ctx=None, *, experiment_id):
        return ["mnist_tb"]

    def list_runs(self, ctx=None, *, experiment_id):
        return [provider.Run(run_id=run, run_name=run, start_time=0.0) for run in self.payloads]

    def list_tensors(self, ctx=None, *, experiment_id, plugin_name, run_tag_filter=None):
        assert plugin_name == "hparams"
        (tag,) = run_tag_filter.tags
        series = {"max_step": 0, "max_wall_time": 0.0, "description": "", "display_name": ""}
        return {
            run: {tag: provider.TensorTimeSeries(plugin_content=content, **series)}
            for run, content in self.sessions.items()
        }

    def list_blob_sequences(self, ctx=None, *, experiment_id, plugin_name, run_tag_filter=None):
        found = {}
        for run, tag, steps in self._chosen(run_tag_filter):
            longest = max((len(blobs) for blobs in steps.values()), default=None)
            newest = max(steps, default=None)
            found.setdefault(run, {})[tag] = provider.BlobSequenceTimeSeries(
                max_step=newest,
                max_wall_time=None if newest is None else self.wall_time + newest,
                max_length=longest,
                plugin_content=b"",
                description="",
                display_name="",
            )
        return found

    def read_blob_sequences(self, ctx=None, *, experiment_id, plugin_name, downsample=None, run_tag_filter=None):
        assert downsample > 0, "0 stands for nothing here"
        found = {}
        for run, tag, steps in self._chosen(run_tag_filter):
            found.setdefault(run, {})[tag] = [
                provider.BlobSequenceDatum(
                    step=step,
                    wall_time=self.wall_time + step,
                    values=[provider.BlobReference(json.dumps([run, tag, step, place])) for place in range(len(blobs))],
                )
                for step, blobs in steps.items()
            ]
        return found

    def read_blob(self, ctx=None, *, blob_key):
        self.reads += 1
        run, tag, step, place = json.loads(blob_key)
        try:
            return self.payloads[run][tag][step][place]
        except LookupError as error:
            raise NotFoundError(blob_key) from error
