"""McNemar's test on the samples that two runs tracked: the route, and its p-value against known ones."""

import numpy as np
import pytest
from tab_client import HeldProvider, TabClient

from mnist_tb.events import payload
from mnist_tb.tensorboard_plugin.mcnemar import p_value

NAMES = ("cat", "dog")
TRUE = np.array([0, 0, 1, 1, 1, 7])


def payloads(predicted, true=TRUE, names=NAMES):
    matrix = payload.encode_matrix(np.eye(2, dtype=int), names)
    return {
        "confusion_matrix": {0: matrix, 1: matrix},
        "tracked": {0: payload.encode_tracked(true, np.array(predicted))},
    }


def compared(first, second, other_step=0):
    client = TabClient(HeldProvider({"a": first, "b": second}))
    return client.json("mcnemar", run="a", step=0, other="b", other_step=other_step)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (150, 86, 4.115e-5),  # approval ratings, in Agresti, Categorical Data Analysis; R says 4.115e-05
        (7, 19, 0.03098),
        (4, 16, 0.01182),  # below 25, by the binomial distribution
        (1, 8, 20 / 512),
        (8, 1, 20 / 512),
        (0, 0, 1),
        (5, 5, 1),
        (20, 20, 1),
    ],
)
def test_the_p_value_is_the_known_one(first, second, expected):
    assert p_value(first, second) == pytest.approx(expected, rel=1e-3)


def test_samples_that_one_run_alone_has_right_are_counted():
    first, second = payloads([0, 1, 1, 1, 0, 7]), payloads([1, 0, 0, 1, 1, 0])  # the last one is of no class
    assert compared(first, second) == {"same": True, "tracked": 6, "alone": [2, 2], "p": 1.0}


@pytest.mark.parametrize(
    "other",
    [
        payloads(TRUE, TRUE[::-1].copy()),
        payloads(TRUE[:5], TRUE[:5]),
        payloads(TRUE, names=("dog", "cat")),
        {"confusion_matrix": payloads(TRUE)["confusion_matrix"]},
    ],
    ids=["other order", "fewer", "other classes", "not tracked"],
)
def test_of_runs_that_saw_other_samples_nothing_is_said(other):
    assert compared(payloads(TRUE), other) == {"same": False}


def test_a_step_of_a_matrix_alone_says_nothing():
    assert compared(payloads(TRUE), payloads(TRUE), other_step=1) == {"same": False}
