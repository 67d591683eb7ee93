"""What the tab's "Save" gives, in a real TensorBoard and a real browser."""

import csv
import json

import numpy as np
from PIL import Image
from tab_browser import download, svg_texts
from tab_logs import TRAIN, VALIDATION, logged_epoch


def test_the_matrix_the_picture_and_the_view_can_be_taken_away(tab, logs):
    tab.open(run=VALIDATION, step=4)
    counts = logged_epoch(logs, 4).matrix.counts
    path, name = download(tab, "CSV")
    rows = list(csv.reader(path.read_text().splitlines()))
    assert name == "digits-epoch-4.csv"
    assert rows[0] == ["true \\ predicted", *map(str, range(10))]
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], int), counts)
    path, name = download(tab, "PNG")
    assert (name, Image.open(path).format) == ("digits-epoch-4.png", "PNG")
    assert Image.open(path).width >= 2000
    texts = [element.text for element in svg_texts(download(tab, "SVG")[0])]
    assert texts[0] == "digits validation, epoch 4"
    assert [text for text in texts if text.isdigit()].count(str(counts[3, 3])) >= 1
    assert {"predicted", "true", "counts; colours on a logarithmic scale"} <= set(texts)
    view = json.loads(download(tab, "JSON")[0].read_text())
    assert view["matrix"] == counts.tolist()
    assert (view["run"], view["step"]) == (VALIDATION, 4)


def test_what_is_taken_away_is_what_is_shown(tab, logs):
    tab.open(run=VALIDATION, step=2, vs=TRAIN, values="true")
    tables = download(tab, "CSV")[0].read_text().split("\n\n")
    for table, title, counts in zip(
        tables,
        ("A: digits validation, epoch 2", "B: digits train, epoch 5"),
        (logged_epoch(logs, 2).matrix.counts, logged_epoch(logs, 5, TRAIN).matrix.counts),
        strict=True,
    ):
        rows = list(csv.reader(table.splitlines()))
        assert rows[0][0] == f"{title}: true \\ predicted (share of true)"
        rates = counts / counts.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(np.array([row[1:] for row in rows[1:]], float), rates)
    texts = [element.text for element in svg_texts(download(tab, "SVG")[0])]
    assert [text for text in texts if ", epoch" in text] == [
        "A: digits validation, epoch 2",
        "B: digits train, epoch 5",
    ]
