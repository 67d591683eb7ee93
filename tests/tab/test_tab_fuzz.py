"""Payloads, files and queries that nobody meant: no answer is a 500, none is no JSON, none takes long."""

import json
import os
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tab_logs
from servers import tensorboard
from tab_client import HeldProvider, TabClient, ask_server, checked_runs

from mnist_tb.events import payload
from mnist_tb.events.confidence import encode_confidences
from mnist_tb.events.writer import EventWriter

pytestmark = pytest.mark.usefixtures("made_page")

# `nox -s trust` sets the variable.
PAYLOADS, QUERIES, FILES = (2500, 3000, 2000) if os.environ.get("MNIST_TB_TRUST") == "1" else (200, 300, 250)
LONGEST = 3.0  # seconds of any answer, on a machine that does other things too
ODD = [None, True, -1, 0, 2**31, 2**63, 2**70, 10**400, 1.5, 1e308, "", "1", "\ud800", "x" * 500, [], {}, [[]], [None]]
TEXTS = ["", "0", "1", "-1", "2", "a/b", "1e3", "0x1", "NaN", "٣", "\x00", "\ud7ff", "<b>", "../..", "9" * 30, " 1"]
NAMES = [
    "run",
    "other",
    "step",
    "other_step",
    "class",
    "true",
    "predicted",
    "key",
    "from",
    "to",
    "position",
    "first",
    "limit",
    "experiment",
    "Run",
    "",
]
ROUTES = [
    *("runs", "overview", "matrix", "classes", "class", "cell", "similar_order", "similar_groups"),
    *("confidences", "scores", "calibration"),
    *("examples", "flips", "suspects", "tracked_sample", "mcnemar", "picture"),
]
OF_A_RUN = ROUTES[1:]


@pytest.fixture(scope="module")
def good():
    """The payloads of three steps, by tag and step."""
    made = tab_logs.MadeRun(4, samples=60, weighted=True)
    epochs = [made.epoch(step, ("a", "b", "c", "d"), per_cell=1, tracked=10) for step in range(3)]
    return {
        "confusion_matrix": {epoch.step: payload.encode_matrix(*epoch.matrix) for epoch in epochs},
        "examples": {epoch.step: payload.encode_examples(*epoch.examples) for epoch in epochs},
        "tracked": {epoch.step: payload.encode_tracked(*epoch.tracked) for epoch in epochs},
        "confidences": {epoch.step: encode_confidences(epoch.confidences) for epoch in epochs},
    }


def check(answer, took, what):
    assert answer.status in (200, 400, 404, 405), (answer.status, answer.text, what)
    assert took < LONGEST, (took, what)
    if answer.headers["Content-Type"] == "application/json":
        assert isinstance(answer.json, dict)
    elif answer.status == 200:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.data.startswith(payload.PNG_SIGNATURE)
    else:
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert 5 < len(answer.text) < 2000


def asking(run, step):
    """A query that every route of a run takes."""
    cell = {"class": 1, "true": 1, "predicted": 1, "position": 1, "key": "k"}
    return {"run": run, "step": step, "from": 0, "to": step, "other": run, "other_step": step} | cell


def ask(client, route, **query):
    begin = time.monotonic()
    answer = client.ask(route, **query)
    check(answer, time.monotonic() - begin, (route, query))
    return answer


class Mutations:
    """Ways to spoil a payload, drawn from a generator."""

    def __init__(self, rng):
        self._rng = rng

    def __call__(self, blobs):
        ways = [self._bytes, self._parts, self._header, self._numbers, self._table]
        for _ in range(self._rng.integers(1, 4)):
            blobs = ways[self._rng.integers(len(ways))](list(blobs))
        return blobs

    def _pick(self, choices):
        return choices[self._rng.integers(len(choices))]

    def _place(self, blobs):
        return int(self._rng.integers(len(blobs)))

    def _bytes(self, blobs):
        """Some bytes of a part are others, or its end is missing."""
        if blobs:
            place = self._place(blobs)
            content = bytearray(blobs[place])
            for _ in range(self._rng.integers(1, 5)):
                if content:
                    content[self._rng.integers(len(content))] = self._rng.integers(256)
            cut = self._rng.integers(len(content) + 1) if self._rng.random() < 0.3 else len(content)
            blobs[place] = bytes(content[:cut])
        return blobs

    def _parts(self, blobs):
        """A part is missing, twice there, empty, or noise."""
        if not blobs:
            return [b""]
        place = self._place(blobs)
        noise = self._rng.bytes(self._rng.integers(50))
        return self._pick([
            blobs[:place] + blobs[place + 1 :],
            blobs[:place] + blobs[place:] + blobs[place:],
            [*blobs[:place], b"", *blobs[place + 1 :]],
            [*blobs[:place], noise, *blobs[place + 1 :]],
            [*blobs[:place], zlib.compress(noise), *blobs[place + 1 :]],
            blobs[::-1],
        ])  # fmt: skip

    def _header(self, blobs):
        """A field of the header is something odd."""
        try:
            header = json.loads(blobs[0])
            field = self._pick([*header, "extra"])
            if isinstance(header.get(field), list) and header[field] and self._rng.random() < 0.5:
                header[field][self._rng.integers(len(header[field]))] = self._pick(ODD)
            elif isinstance(header.get(field), dict) and self._rng.random() < 0.5:
                header[field][self._pick(["", "\ud800", "x" * 500])] = self._pick(ODD)
            else:
                header[field] = self._pick(ODD)
            return [json.dumps(header).encode(), *blobs[1:]]
        except (ValueError, LookupError, TypeError, AttributeError):
            return blobs

    def _numbers(self, blobs):
        """Numbers of a compressed array are as large, or as small, as can be."""
        try:
            place = 1 + int(self._rng.integers(len(blobs) - 1))
            data = zlib.decompress(blobs[place])
            array = np.frombuffer(data, "<i8" if len(data) % 8 == 0 else "<i4").copy()
            odd = np.array(self._pick([-1, 2**62, -(2**63), 2**53, 2**31, 7]), np.int64)
            array[self._rng.integers(len(array))] = odd.astype(array.dtype)
            return [*blobs[:place], zlib.compress(array.tobytes()), *blobs[place + 1 :]]
        except (ValueError, zlib.error):
            return blobs

    def _table(self, blobs):
        """A value of a compressed table is something odd."""
        try:
            table = json.loads(zlib.decompress(blobs[1]))
            column = self._pick(list(table))
            if self._rng.random() < 0.7:
                table[column][self._rng.integers(len(table[column]))] = self._pick(ODD)
            else:
                table[column] = self._pick(ODD)
            return [blobs[0], zlib.compress(json.dumps(table).encode()), *blobs[2:]]
        except (ValueError, LookupError, TypeError, zlib.error):
            return blobs


def test_no_payload_gives_a_500_or_disturbs_another_run(good, record_property):
    record_property("cases", PAYLOADS)
    rng = np.random.default_rng(20240501)
    spoil = Mutations(rng)
    source = HeldProvider({})
    client = TabClient(source, multiplexer="as of the Python loader")
    readable = 0
    for case in range(PAYLOADS):
        tag = list(good)[case % 4]
        step = int(rng.integers(3))
        bad = good | {tag: good[tag] | {step: spoil(good[tag][step])}}
        name = f"bad {case}"
        source.payloads = {"good": good, name: bad}
        ask(client, "runs")
        runs = client.runs()
        assert (runs["good"]["error"], runs["good"]["warnings"], runs["good"]["steps"]) == (None, [], [0, 1, 2])
        assert (runs[name]["error"] is None) == bool(runs[name]["steps"])
        readable += not runs[name]["warnings"]
        for place in (case, case // len(OF_A_RUN)):
            route = OF_A_RUN[place % len(OF_A_RUN)]
            ask(client, route, **asking(name, step))
        if tag == "examples":
            examples = ask(client, "examples", run=name, step=step, true=1, predicted=1)
            for sample in examples.json["samples"] if examples.status == 200 else []:
                ask(client, "picture", run=name, key=sample["key"])
    assert PAYLOADS // 20 < readable < PAYLOADS // 2, "most are broken, and some are not"


def spoil_file(content, rng):
    """The bytes of an event file, some of which are others, missing, twice there or zero.

    A record that is whole and no event is none of them: TensorBoard's own Python loader ends there for all runs.
    """
    start = int(rng.integers(len(content)))
    end = min(len(content), start + int(rng.choice([1, 20, 500, 5000])))
    before, there, after = content[:start], content[start:end], content[end:]
    spoilt = [
        before,
        before + after,
        before + there + there + after,
        before + bytes(len(there)) + after,
        before + rng.bytes(len(there)) + after,
        before + struct.pack("<Q", rng.integers(2**63)) + after,
        content + rng.bytes(100),
        b"",
    ]
    return spoilt[rng.integers(len(spoilt))]


def write_hostile_runs(folder, good, rng):
    """Runs of one file each: in every second one a payload is spoilt, in the others the file."""
    spoil = Mutations(rng)
    for case in range(FILES):
        events, tag = EventWriter(folder / f"bad {case}"), list(good)[rng.integers(4)]
        for step in range(3):
            blobs = {name: steps[step] for name, steps in good.items()}
            tab_logs.write_blobs(events, step, blobs | ({tag: spoil(blobs[tag])} if case % 2 else {}))
        events.close()
        if case % 2 == 0:
            events.path.write_bytes(spoil_file(events.path.read_bytes(), rng))


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_a_server_survives_hostile_files_and_shows_the_others(good, tmp_path, load_fast, record_property):
    record_property("cases", FILES)
    write_hostile_runs(tmp_path / "logs", good, np.random.default_rng(20240504))
    events = EventWriter(tmp_path / "logs" / "good")
    for step in range(3):
        tab_logs.write_blobs(events, step, {tag: steps[step] for tag, steps in good.items()})
    events.close()
    with tensorboard(tmp_path / "logs", load_fast, tensorflow=load_fast == "false") as address:  # which reads by it
        runs = checked_runs(address, FILES // 2)
        asked = [(OF_A_RUN[case % len(OF_A_RUN)], name) for case, name in enumerate(runs)]
        with ThreadPoolExecutor(8) as pages:
            statuses = pages.map(lambda one: ask_server(address, one[0], **asking(one[1], 1)).status, asked)
            odd = [(one, status) for one, status in zip(asked, statuses, strict=True) if status not in (200, 404)]
        assert odd == []
        good_run = checked_runs(address)["good"]
    assert (good_run["error"], good_run["warnings"], good_run["steps"]) == (None, [], [0, 1, 2])
    damaged = [run for run in runs.values() if any("damaged at byte" in said for said in run["warnings"])]
    assert len(damaged) > FILES // 10


def test_no_query_gives_a_500(good, record_property):
    record_property("cases", QUERIES)
    rng = np.random.default_rng(20240502)
    client = TabClient(HeldProvider({"a/b": good, "": good, "<b>": good}), multiplexer="as of the Python loader")
    statuses = []
    for _ in range(QUERIES):
        query = {"run": "a/b", "step": "1", "true": "1", "predicted": "0", "class": "2", "from": "0", "to": "1"}
        query |= {"other": "a/b", "other_step": "1"}
        for _ in range(rng.integers(1, 4)):
            name = NAMES[rng.integers(len(NAMES))]
            change = rng.integers(4)
            text = TEXTS[rng.integers(len(TEXTS))]
            noise = "".join(map(chr, rng.integers(1, 0xD7FF, rng.integers(1, 30))))
            query[name] = [text, noise, [text, text], []][change]
        route = ROUTES[rng.integers(len(ROUTES))]
        method = "GET" if rng.random() < 0.95 else "POST"
        begin = time.monotonic()
        answer = client.ask(route, method=method, **query)
        check(answer, time.monotonic() - begin, (route, query))
        statuses.append(answer.status)
    assert set(statuses) == {200, 400, 404, 405}
    assert statuses.count(200) > QUERIES // 5


def test_no_path_gives_a_500_or_a_file_that_is_not_of_the_page(good):
    rng = np.random.default_rng(20240503)
    client = TabClient(HeldProvider({"run": good}))
    bits = ["..", ".", "/", "//", "\\", "%2e", "%2f", "%5c", "static", "index.js", "secret.py", "\x00", "%3f", "~", ":"]
    for _ in range(500):
        path = "static/" + "".join(bits[place] for place in rng.integers(len(bits), size=rng.integers(1, 8)))
        answer = client.ask(path)
        assert answer.status in (200, 404), path
        if answer.status == 200:
            assert answer.text in ("/* index.js */", "/* style.css */")
