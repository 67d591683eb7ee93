"""Groups of classes: what is refused, and the matrix of groups."""

import numpy as np
import pytest
from helpers import fit

import mnist_tb
from mnist_tb.events.payload import decode_matrix, encode_matrix
from mnist_tb.groups import check_class_groups, group_counts

NAMES = ("cat", "dog", "car", "bus", "sky")
NESTED = {"living": {"pets": ["cat", "dog"]}, "machines": ["bus", "car"]}


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["cat", "dog"], r"class_groups must be a dict of groups, such as .*, and is of type list"),
        ({3: ["cat"]}, "class_groups must have texts as names of groups, and has 3"),
        ({"pets": "cat"}, "the group 'pets' must be a list of class names or a dict of groups, and is 'cat'"),
        ({"living": {"pets": []}}, "the group 'pets' of class_groups is empty"),
        (
            {"pets": ["cat", "cow"]},
            "must name classes of the model, and 'cow' is none of them: cat, dog, car, bus, sky",
        ),
        ({"pets": ["cat"], "living": ["dog", "cat"]}, "class_groups must name each class once, and name 'cat' twice"),
    ],
)
def test_groups_that_can_not_be_are_refused_by_name(groups, message):
    with pytest.raises(ValueError, match=message):
        check_class_groups(groups, NAMES)


def test_groups_nested_without_end_are_refused():
    groups = {}
    groups["again"] = groups
    with pytest.raises(ValueError, match="nested 20 deep, and are deeper"):
        check_class_groups(groups, NAMES)


def test_as_long_as_the_classes_are_not_known_any_may_be_named():
    assert check_class_groups({"pets": ("cat", 7)}, None) == {"pets": ["cat", "7"]}


@pytest.mark.parametrize(
    ("depth", "names", "members"),
    [
        (1, ("living", "machines", "sky"), [[0, 1], [2, 3], [4]]),
        (2, ("pets", "car", "bus", "sky"), [[0, 1], [2], [3], [4]]),
        (3, NAMES, [[0], [1], [2], [3], [4]]),
    ],
)
def test_each_cell_of_a_group_matrix_is_the_sum_of_its_classes(depth, names, members):
    counts = np.random.default_rng(0).integers(0, 50, (3, 5, 5))
    found, found_names = group_counts(counts, NAMES, NESTED, depth=depth)
    assert found_names == names
    assert found.dtype == counts.dtype
    for i, rows in enumerate(members):
        for j, columns in enumerate(members):
            np.testing.assert_array_equal(found[:, i, j], counts[:, rows][:, :, columns].sum((1, 2)))


@pytest.mark.parametrize(("counts", "depth"), [(np.eye(3), 1), (np.eye(5), 0)])
def test_counts_of_other_classes_and_no_depth_are_refused(counts, depth):
    with pytest.raises(ValueError, match=r"of 5 classes must have the shape|depth must be at least 1"):
        group_counts(counts, NAMES, NESTED, depth=depth)


def test_groups_are_logged_and_read_back_with_the_counts(make_model, digits, tmp_path):
    groups = {"round": {"loops": [0, "6"], "eight": ["8"]}, "straight": ("1", "7")}
    fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path, class_groups=groups), epochs=1)
    read = mnist_tb.read_confusion_matrices(tmp_path)
    assert read.class_groups == {"round": {"loops": ["0", "6"], "eight": ["8"]}, "straight": ["1", "7"]}
    counts, names = mnist_tb.group_counts(read.counts, read.class_names, read.class_groups)
    assert names == ("round", "straight", "2", "3", "4", "5", "9")
    assert counts.sum() == read.counts.sum()


def test_groups_that_do_not_fit_the_model_are_refused_before_training(make_model, digits, tmp_path):
    with pytest.raises(ValueError, match="'cat' is none of them: ant, bee"):
        mnist_tb.classification_loggers(tmp_path, class_names=["ant", "bee"], class_groups={"pets": ["cat"]})
    loggers = mnist_tb.classification_loggers(tmp_path, class_groups={"round": ["0", "10"]})
    with pytest.raises(ValueError, match="'10' is none of them: 0, 1"):
        fit(make_model(), digits, loggers, epochs=1)
    assert not list(tmp_path.rglob("*tfevents*"))


def test_groups_of_a_file_that_do_not_fit_are_named():
    blobs = encode_matrix(np.eye(2, dtype=int), ("cat", "dog"), class_groups={"pets": ["cow"]})
    with pytest.raises(ValueError, match="'cow' is none of them: cat, dog"):
        decode_matrix(blobs)
