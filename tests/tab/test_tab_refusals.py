"""What the tab's routes refuse, and with what words."""

import numpy as np
import pytest
import tab_logs
from tab_client import open_logs

RUN = "a/mnist_tb/validation"


@pytest.fixture(scope="module")
def client(made_page, tmp_path_factory):
    """Of a run with everything, of one with a matrix alone, and of two with many classes."""
    logs = tmp_path_factory.mktemp("logs")
    tab_logs.write_run(logs / RUN, epochs=3)
    two = tab_logs.Matrix(np.array([[3, 0], [0, 0]]), ("cat", "dog"))
    tab_logs.write_epochs(logs / "two", [tab_logs.Epoch(7, two, None, None)])
    many = tab_logs.MadeRun(101, samples=300).epoch(0, tuple(f"class {index}" for index in range(101)))
    tab_logs.write_epochs(logs / "many", [many])
    counted = many.confidences._replace(other_counts=many.confidences.label_counts)
    tab_logs.write_epochs(logs / "scores", [many._replace(confidences=counted)])
    return open_logs(logs)


UNKNOWN = [
    ("matrix", {"step": 50}, "step 50"),
    ("matrix", {"step": -1}, "step -1"),
    ("class", {"class_": 10}, "class 10"),
    ("cell", {"true": 10, "predicted": 0}, "class 10"),
    ("cell", {"true": 0, "predicted": 12}, "class 12"),
    ("examples", {"step": 52, "true": 0, "predicted": 0}, "step 52"),
    ("examples", {"step": 1, "true": 10, "predicted": 0}, "class 10"),
    ("examples", {"run": "two", "step": 7, "true": 0, "predicted": 0}, "examples"),
    ("flips", {"from_": 0, "to": 53}, "step 53"),
    ("flips", {"from_": 54, "to": 0}, "step 54"),
    ("flips", {"run": "two", "from_": 7, "to": 7}, "tracked"),
    ("suspects", {"step": 60}, "step 60"),
    ("suspects", {"run": "two", "step": 7}, "examples"),
    ("tracked_sample", {"step": 56, "position": 0}, "step 56"),
    ("tracked_sample", {"run": "two", "step": 7, "position": 0}, "tracked"),
    ("mcnemar", {"step": 0, "other": "nobody", "other_step": 0}, "run 'nobody'"),
    ("mcnemar", {"step": 0, "other": "two", "other_step": 57}, "step 57"),
    ("similar_order", {"step": 55}, "step 55"),
    ("similar_groups", {"step": 58}, "step 58"),
    ("scores", {"step": 59}, "step 59"),
    ("scores", {"step": 0, "class_": 10}, "class 10"),
    ("scores", {"run": "many", "step": 0, "class_": 0}, "run 'many': ConfidenceLogger(curves=True) counts them"),
    ("calibration", {"class_": 10}, "class 10"),
    ("picture", {"key": "nothing"}, "picture 'nothing'"),
    ("static/secret.py", {}, "secret.py"),
    ("static/nothing.js", {}, "nothing.js"),
    ("static/", {}, ""),
]


@pytest.mark.parametrize(("route", "query", "named"), UNKNOWN)
def test_what_there_is_not_is_a_404_that_names_it(client, route, query, named):
    answer = client.ask(route, **{"run": RUN} | query)
    assert answer.status == 404
    assert named in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "route", ["overview", "matrix", "classes", "class", "cell", "examples", "flips", "picture", "calibration"]
)
def test_an_unknown_run_is_a_404_on_every_route(client, route):
    answer = client.ask(route, run="nobody", step=0, class_=0, true=0, predicted=0, from_=0, to=0, key="k")
    assert answer.status == 404
    assert "run 'nobody'" in answer.text


@pytest.mark.parametrize("run", ["", "../a", "a", "\x00", "ü" * 9999, "<script>alert(1)</script>"])
def test_an_unknown_run_is_a_404_whatever_its_name(client, run):
    assert client.ask("overview", run=run).status == 404


@pytest.mark.parametrize(
    ("route", "query"),
    [
        ("overview", {"run": []}),
        ("overview", {"run": [RUN, RUN]}),
        ("matrix", {}),
        ("matrix", {"step": "one"}),
        ("matrix", {"step": "1.0"}),
        ("matrix", {"step": "٣"}),
        ("matrix", {"step": " 1"}),
        ("matrix", {"step": "1" * 99}),
        ("matrix", {"step": str(2**63)}),
        ("class", {}),
        ("class", {"class_": "-1"}),
        ("class", {"class_": "zero"}),
        ("cell", {"true": 0}),
        ("cell", {"predicted": 0}),
        ("examples", {"step": 0, "true": "", "predicted": 0}),
        ("examples", {"step": 0, "true": 0}),
        ("examples", {"step": 0, "true": 0, "predicted": 0, "first": "any"}),
        ("tracked_sample", {"step": 0}),
        ("tracked_sample", {"step": 0, "position": -1}),
        ("calibration", {"class_": "-1"}),
        ("calibration", {"class_": ["1", "1"]}),
        ("mcnemar", {"step": 0}),
        ("mcnemar", {"step": 0, "other": RUN}),
        ("suspects", {}),
        ("flips", {"from_": 0}),
        ("flips", {"to": 0}),
        ("scores", {}),
        ("scores", {"run": "scores", "step": 0}),
        ("picture", {}),
    ],
)
def test_what_is_malformed_is_a_400_with_a_message(client, route, query):
    answer = client.ask(route, **{"run": RUN} | query)
    assert answer.status == 400
    assert "must be" in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_only_get_and_head_are_answered(client, method):
    for route in ("runs", "overview", "picture", "static/index.js"):
        answer = client.ask(route, method=method, run=RUN)
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"


def test_the_files_of_the_page_are_served_and_no_other(client):
    answer = client.ask("static/index.js")
    assert (answer.status, answer.text) == (200, "/* index.js */")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert client.ask("static/style.css").headers["Content-Type"].startswith("text/css")
    for path in ("../plugin.py", "..%2fplugin.py", "%2e%2e/plugin.py", "/etc/passwd", "....//plugin.py", "index.js%00"):
        assert client.ask(f"static/{path}").status == 404
