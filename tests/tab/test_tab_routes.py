"""What the tab's routes answer, in process: TensorBoard's application over its Python loader and real event files."""

import numpy as np
import pytest
import tab_logs
from tab_client import open_logs

from mnist_tb.report import class_report

RUN = "a/mnist_tb/validation"
NAMES = ("zero", "<img src=x onerror=alert(1)>", "dé\ud800ux", "3", "4", "5", "6", "7", "8", "9")


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def epochs(logs):
    """Those of the run that is asked for; beside it stand a weighted one of the training data, and one of 2 classes."""
    tab_logs.write_run(logs / "a/mnist_tb/train", epochs=3, per_cell=0, tracked=0, weighted=True)
    groups = {"animals": {"small": ["cat"], "large": ["dog"]}}
    two = tab_logs.Matrix(np.array([[3, 0], [0, 0]]), ("cat", "dog"), class_groups=groups)
    tab_logs.write_epochs(logs / "two", [tab_logs.Epoch(7, two, None, None)])
    return tab_logs.write_run(logs / RUN, names=NAMES, epochs=50)


@pytest.fixture(scope="module")
def client(made_page, logs, epochs):
    return open_logs(logs)


def test_every_run_is_listed_with_what_it_holds(client, epochs):
    runs = client.runs()
    assert list(runs) == ["a/mnist_tb/train", RUN, "two"]
    assert len(runs[RUN].pop("wall_times")) == 50
    overview = client.json("overview", run=RUN)
    for name, values in runs[RUN].pop("scores").items():
        assert values == pytest.approx(overview[name], abs=1e-5)
    assert runs[RUN] == {
        "run": RUN,
        "split": "validation",
        "class_names": list(NAMES),
        "class_groups": [],
        "steps": list(range(50)),
        "has_examples": True,
        "has_tracked": True,
        "has_confidences": True,
        "dropped": False,
        "error": None,
        "warnings": [],
        "checked": True,
        "hparams": {},
    }
    assert (runs["a/mnist_tb/train"]["split"], runs["two"]["split"]) == ("train", "")
    assert not runs["two"]["has_examples"]
    assert not runs["two"]["has_tracked"]
    inner = [{"name": "small", "classes": [0], "groups": []}, {"name": "large", "classes": [1], "groups": []}]
    assert runs["two"]["class_groups"] == [{"name": "animals", "classes": [], "groups": inner}]


def test_the_overview_is_that_of_the_class_report(client, epochs):
    answer = client.json("overview", run=RUN)
    reports = [class_report(epoch.matrix.counts) for epoch in epochs]
    assert answer["steps"] == list(range(50))
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        assert answer[name] == pytest.approx([getattr(report, name) for report in reports])


def test_the_overview_has_the_largest_cells_of_all_steps(client, epochs):
    def largest(values):
        return [values.max(), values[:, ~np.eye(10, dtype=bool)].max()]

    found = client.json("overview", run=RUN)["largest"]
    counts = np.stack([epoch.matrix.counts for epoch in epochs])
    assert found["counts"]["count"] == largest(counts)
    assert found["counts"]["true"] == pytest.approx(largest(counts / counts.sum(axis=2, keepdims=True)))
    assert found["counts"]["pred"] == pytest.approx(largest(counts / counts.sum(axis=1, keepdims=True)))
    assert found["counts"]["all"] == pytest.approx(largest(counts / counts.sum(axis=(1, 2), keepdims=True)))
    assert found["weighted"] is None
    assert client.json("overview", run="a/mnist_tb/train")["largest"]["weighted"]["true"][0] <= 1
    assert client.json("overview", run="two")["largest"]["counts"]["count"] == [3, 0]


def test_a_matrix_of_which_few_cells_are_zero_comes_whole(client, epochs):
    answer = client.json("matrix", run=RUN, step=1)
    assert answer["indices"] is None
    np.testing.assert_array_equal(np.reshape(answer["counts"], (10, 10)), epochs[1].matrix.counts)
    assert (answer["num_classes"], answer["nonfinite"], answer["weighted"]) == (10, 3, None)


def test_weights_come_along(client, logs):
    answer = client.json("matrix", run="a/mnist_tb/train", step=2)
    made = tab_logs.MadeRun(weighted=True)
    weighted = [made.epoch(step, NAMES) for step in range(3)][2].matrix.weighted_counts
    assert answer["weighted"] == pytest.approx(weighted.ravel()[answer["indices"]].ravel())


def test_sparklines_are_at_most_40_points_with_both_ends(client, epochs):
    history = client.json("classes", run=RUN)["history"]
    assert len(history["steps"]) == 40
    assert (history["steps"][0], history["steps"][-1]) == (0, 49)
    for step, f1 in zip(history["steps"], history["f1"], strict=True):
        np.testing.assert_allclose(f1, class_report(epochs[step].matrix.counts).f1, atol=5.1e-5)


def test_a_class_and_a_cell_over_time(client, epochs):
    answer = client.json("class", run=RUN, class_=4)
    reports = [class_report(epoch.matrix.counts) for epoch in epochs]
    for name in ("recall", "precision", "f1"):
        assert answer[name] == pytest.approx([getattr(report, name)[4] for report in reports])
    cell = client.json("cell", run=RUN, true=4, predicted=5)
    assert cell["steps"] == answer["steps"] == list(range(50))
    assert cell["counts"] == [epoch.matrix.counts[4, 5] for epoch in epochs]


def test_what_is_undefined_is_null(client):
    answer = client.json("class", run="two", class_=1)
    assert (answer["recall"], answer["precision"], answer["f1"]) == ([None], [None], [None])
    assert client.json("classes", run="two")["history"] == {"steps": [7], "f1": [[1, None]]}


def test_the_examples_of_a_cell_are_its_most_confident_samples(client, epochs):
    answer = client.json("examples", run=RUN, step=30, true=4, predicted=5)
    examples = epochs[30].examples
    rows = np.flatnonzero((examples.true == 4) & (examples.predicted == 5))
    rows = rows[np.argsort(-examples.confidence[rows])]
    assert len(rows) > 1
    assert [sample["position"] for sample in answer["samples"]] == examples.position[rows].tolist()
    assert [sample["key"] for sample in answer["samples"]] == [examples.key[row] for row in rows]
    assert {sample["form"] for sample in answer["samples"]} == {"png"}
    assert answer["scope"] == "cell"
    least = client.json("examples", run=RUN, step=30, true=4, predicted=5, first="least")
    assert least["samples"] == answer["samples"][::-1]


def test_an_answer_holds_a_hundred_examples_at_most(made_page, tmp_path):
    (epoch,) = tab_logs.write_run(tmp_path / "run", classes=2, epochs=1, samples=1000, per_cell=200)
    logged = epoch.examples.confidence[(epoch.examples.true == 1) & (epoch.examples.predicted == 1)]
    samples = open_logs(tmp_path).json("examples", run="run", step=0, true=1, predicted=1)["samples"]
    assert len(logged) == 200
    assert [sample["confidence"] for sample in samples] == pytest.approx(sorted(logged)[:-101:-1], abs=1e-6)
    samples = open_logs(tmp_path).json("examples", run="run", step=0, true=1, predicted=1, first="least")["samples"]
    assert [sample["confidence"] for sample in samples] == pytest.approx(sorted(logged)[:100], abs=1e-6)


def test_pictures_come_as_they_were_logged_whichever_step_showed_them(client, epochs):
    logged = {}
    for epoch in epochs:
        logged.update(epoch.examples.thumbnails)
    cells = [{"true": digit, "predicted": other} for digit in range(4) for other in range(4)]
    answers = [client.json("examples", run=RUN, step=49, **cell) for cell in cells]
    keys = {sample["key"] for answer in answers for sample in answer["samples"]}
    assert keys - set(epochs[49].examples.thumbnails), "some were shown by earlier steps"
    for key in keys:
        answer = client.ask("picture", run=RUN, key=key)
        assert answer.data == logged[key]
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=" in answer.headers["Cache-Control"]


def test_flips_are_the_tracked_samples_that_turned(client, epochs):
    before, after = epochs[2].tracked, epochs[40].tracked
    answer = client.json("flips", run=RUN, from_=2, to=40)
    fixed = np.flatnonzero((before.predicted != before.true) & (after.predicted == after.true))
    broken = np.flatnonzero((before.predicted == before.true) & (after.predicted != after.true))
    assert answer["stable"] is True
    assert [flip["position"] for flip in answer["fixed"]] == fixed.tolist()
    assert answer["fixed_total"] == len(fixed) > 0
    assert [flip["position"] for flip in answer["broken"]] == broken.tolist()
    back = client.json("flips", run=RUN, from_=40, to=2)
    assert [flip["position"] for flip in back["broken"]] == fixed.tolist()
    made = tab_logs.MadeRun()
    pictured = [flip for flip in answer["fixed"] if flip["key"]]
    assert pictured, "a tracked sample that is an example too has a picture"
    for flip in pictured:
        assert client.ask("picture", run=RUN, key=flip["key"]).data == made.picture(flip["position"])


def test_a_tracked_sample_tells_what_the_model_said_of_it_at_each_epoch(client, epochs):
    answer = client.json("tracked_sample", run=RUN, step=7, position=11)
    predicted = [epoch.tracked.predicted[11] for epoch in epochs]
    assert answer == {"tracked": 200, "steps": list(range(50)), "predicted": predicted}
    assert client.json("tracked_sample", run=RUN, step=7, position=200) == {
        "tracked": 200,
        "steps": [],
        "predicted": [],
    }


def test_a_sample_is_followed_through_those_epochs_alone_that_saw_the_same_data(made_page, tmp_path):
    made, other = tab_logs.MadeRun(), tab_logs.MadeRun(seed=1)
    runs = [made, other, made, made]
    written = [run.epoch(step, NAMES, tracked=0 if step == 3 else 200) for step, run in enumerate(runs)]
    tab_logs.write_epochs(tmp_path / "run", written)
    client = open_logs(tmp_path)
    steps = [client.json("tracked_sample", run="run", step=step, position=0)["steps"] for step in range(4)]
    assert steps == [[0, 2], [1], [0, 2], []]


def test_the_order_by_similarity_holds_every_class_once_and_puts_twins_together(client):
    order = client.json("similar_order", run=RUN, step=30)["order"]
    assert sorted(order) == list(range(10))
    for twin in range(0, 10, 2):  # what tab_logs makes
        assert abs(order.index(twin) - order.index(twin + 1)) == 1
    groups = client.json("similar_groups", run=RUN, step=30)["groups"]
    assert sorted(np.concatenate(groups)) == list(range(10))
    assert all((index ^ 1) in group for group in groups for index in group)


def test_a_step_with_a_matrix_alone_has_no_examples(made_page, tmp_path):
    made = tab_logs.MadeRun()
    tab_logs.write_epochs(tmp_path / "run", [made.epoch(0, NAMES), made.epoch(1, NAMES, per_cell=0)])
    client = open_logs(tmp_path)
    cell = {"true": 4, "predicted": 4}
    assert client.json("examples", run="run", step=0, **cell)["samples"]
    assert client.json("examples", run="run", step=1, **cell) == {"scope": "", "samples": []}
    assert client.ask("examples", run="run", step=2, **cell).status == 404


def test_head_is_answered_as_get_without_the_body(client):
    cell = {"true": 4, "predicted": 4}
    key = client.json("examples", run=RUN, step=0, **cell)["samples"][0]["key"]
    query = {"run": RUN, "step": 0, "class_": 1, "from_": 0, "to": 1, "position": 0, "key": key} | cell
    query |= {"other": RUN, "other_step": 1}
    numbers = ["overview", "matrix", "classes", "class", "cell", "similar_order", "similar_groups"]
    routes = ["runs", *numbers, "examples", "flips", "suspects", "tracked_sample", "mcnemar", "picture"]
    client.runs()
    for route in (*routes, "static/index.js"):
        for run, status in ((RUN, 200), ("nobody", 200 if route in ("runs", "static/index.js") else 404)):
            get, head = (client.ask(route, method=method, **query | {"run": run}) for method in ("GET", "HEAD"))
            assert (get.status, head.status, head.data) == (status, status, b""), route
            assert list(head.headers) == list(get.headers)
            assert int(head.headers["Content-Length"]) == len(get.data) > 0


def test_answers_are_zipped_for_who_takes_it(client):
    answer = client.ask("overview", run=RUN, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_it_works_behind_a_path_prefix(made_page, logs, epochs):
    client = open_logs(logs, prefix="/deep/down")
    assert len(client.json("overview", run=RUN)["steps"]) == 50
    assert client.ask("static/index.js").status == 200


def test_new_epochs_appear_when_tensorboard_reloads(made_page, tmp_path):
    made = tab_logs.MadeRun()
    tab_logs.write_epochs(tmp_path / "run", [made.epoch(0, NAMES)])
    client = open_logs(tmp_path)
    assert client.runs()["run"]["steps"] == [0]
    cell = {"true": 4, "predicted": 4}
    assert client.json("examples", run="run", step=0, **cell)["samples"]
    client.multiplexer.AddRunsFromDirectory(str(tmp_path))
    tab_logs.write_epochs(tmp_path / "run", [made.epoch(1, NAMES)])
    client.multiplexer.Reload()
    assert client.runs()["run"]["steps"] == [0, 1]
    assert client.json("overview", run="run")["steps"] == [0, 1]
    samples = client.json("examples", run="run", step=1, **cell)["samples"]
    assert samples
    assert all(client.ask("picture", run="run", key=sample["key"]).status == 200 for sample in samples)


def test_the_tab_has_a_name_and_a_module_and_is_active_with_data(client, made_page, tmp_path):
    metadata = client.plugin.frontend_metadata()
    assert metadata.tab_name == "Confusion Matrix"
    assert metadata.es_module_path in client.plugin.get_plugin_apps()
    # Browsers resolve it against the <base> of TensorBoard's page, and WebKit against the page itself.
    by_base, by_page = metadata.es_module_path.lstrip("/"), metadata.es_module_path.removeprefix("/plugin/mnist_tb/")
    assert client.ask(by_base).text == 'export { render } from "../../../static/index.js";'
    assert client.ask(by_page).data == b"/* index.js */"
    assert client.plugin.is_active()
    empty = open_logs(tmp_path)
    assert not empty.plugin.is_active()
    assert empty.json("runs") == {"runs": []}
