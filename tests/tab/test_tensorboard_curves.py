"""TensorBoard's own PR Curves and Histograms tabs answer with what was written for them, on both loaders."""

import numpy as np
import pytest
from servers import tensorboard
from test_tensorboard import get

from mnist_tb.confidence import confidences_of
from mnist_tb.curves import pr_curve_table
from mnist_tb.events import summaries, writer
from mnist_tb.reliability import confidence_histograms

RUN = "run/mnist_tb/validation"


@pytest.fixture(scope="module")
def epochs():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 400)
    logits = rng.normal(0, 2, (2, 400, 3)) + np.eye(3)[true] * [[[3]], [[6]]]
    shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    return [
        confidences_of(true, probabilities, ("ant", "bee", "cat"), step) for step, probabilities in enumerate(shares)
    ]


@pytest.fixture(scope="module")
def logs(epochs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    events = writer.EventWriter(folder / RUN)
    for found in epochs:
        edges, right, wrong = confidence_histograms(found)
        values = [summaries.histogram("confidence/right", right, edges)]
        values.append(summaries.histogram("confidence/wrong", wrong, edges))
        values += [summaries.pr_curve(f"pr_curve/{name}", pr_curve_table(found, i)) for i, name in enumerate("abc")]
        events.write(found.step, values)
    events.close()
    return folder


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast loader", "Python loader"])
def server(request, logs):
    with tensorboard(logs, request.param) as address:
        yield address


def test_the_pr_curves_tab_has_the_curve_of_each_class_at_each_epoch(server, epochs):
    assert get(server, "pr_curves/tags")[RUN]["pr_curve/b"]["displayName"] == "pr_curve/b"
    curves = get(server, "pr_curves/pr_curves", run=RUN, tag="pr_curve/b")[RUN]
    assert [curve["step"] for curve in curves] == [0, 1]
    for curve, found in zip(curves, epochs, strict=True):
        names = ["true_positives", "false_positives", "true_negatives", "false_negatives", "precision", "recall"]
        table = np.array([curve[name] for name in names])
        shown = table.shape[1]  # TensorBoard leaves thresholds out above which nothing is said
        assert 90 < shown <= 101
        np.testing.assert_allclose(table, pr_curve_table(found, 1)[:, :shown], rtol=1e-6)
        np.testing.assert_allclose(curve["thresholds"], np.linspace(0, 1, 101)[:shown])


def test_the_histograms_tab_has_the_right_and_the_wrong_answers_of_each_epoch(server, epochs):
    assert set(get(server, "histograms/tags")[RUN]) == {"confidence/right", "confidence/wrong"}
    for tag, place in (("confidence/right", 1), ("confidence/wrong", 2)):
        points = get(server, "histograms/histograms", run=RUN, tag=tag)
        assert [step for _, step, _ in points] == [0, 1]
        for (_, _, bins), found in zip(points, epochs, strict=True):
            left, right, counts = np.transpose(bins)
            np.testing.assert_allclose(left, np.arange(20) / 20, rtol=1e-6)
            np.testing.assert_allclose(right, np.arange(1, 21) / 20, rtol=1e-6)
            np.testing.assert_array_equal(counts, confidence_histograms(found)[place])
            assert counts.sum() > 10
