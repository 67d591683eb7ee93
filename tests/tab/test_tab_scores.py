"""The route /scores: how often each probability of a class was given."""

import numpy as np
import pytest
import tab_logs
from tab_client import open_logs

RUN = "a/mnist_tb/validation"


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def epochs(logs):
    return tab_logs.write_run(logs / RUN, epochs=3)


def test_the_scores_are_those_that_were_logged_of_a_class_and_of_all(logs, epochs):
    client, written = open_logs(logs), epochs[1].confidences
    everything = client.json("scores", run=RUN, step=1)
    assert everything["step"] == 1
    assert everything["edges"] == pytest.approx(written.edges, abs=1e-7)
    np.testing.assert_array_equal(everything["label"], written.label_counts)
    np.testing.assert_array_equal(everything["other"], written.other_counts)
    one = client.json("scores", run=RUN, step=1, class_=3)
    assert one == everything | {name: everything[name][3] for name in ("label", "other")}
    assert np.sum(one["label"]) == epochs[1].matrix.counts[3].sum()
