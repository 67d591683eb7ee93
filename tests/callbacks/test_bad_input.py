"""Bad input gets one message, as early as it can be known, and nothing that was logged is lost."""

import numpy as np
import pytest
from helpers import fit

import mnist_tb

LOGGERS = [mnist_tb.ConfusionMatrixLogger, mnist_tb.ClassAccuracyLogger, mnist_tb.SamplePredictionLogger]


class Rows:
    """A data set of single samples, which nobody has made batches of."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return np.zeros(2), 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"log_dir": ""}, "log_dir must be the path of a folder"),
        ({"log_dir": None}, "log_dir must be the path of a folder"),
        ({"class_names": ["cat"]}, "at least 2 classes, and names 1"),
        ({"class_names": "cat"}, "is the one text 'cat'"),
        ({"class_names": ["cat", "dog", "cat"]}, "cat came more than once"),
        ({"class_names": {"cat": 0, "dog": 1}}, r"must have the labels 0 to 1 as keys, .* and has 'cat', 'dog'"),
        ({"class_names": ["cat", "dog"], "num_classes": 3}, "num_classes=3 came with 2 class_names"),
        ({"num_classes": 1}, "num_classes must be a whole number from 2 on, and is 1"),
        ({"num_classes": 2.5}, "num_classes must be a whole number from 2 on, and is 2.5"),
        ({"freq": 0}, "freq must be a whole number of epochs from 1 on, and is 0"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 on, and is 0"),
        ({"validation_data": 7}, "validation_data must be"),
        ({"validation_data": Rows()}, "or a DataLoader, and is of type Rows"),
        ({"validation_data": (np.zeros((3, 2)),)}, "has 1 parts"),
        ({"validation_data": (np.zeros((3, 2)), np.zeros(2))}, r"of one length, and are of \[2, 3\]"),
        ({"validation_data": (np.zeros((0, 2)), np.zeros(0))}, "validation_data is empty"),
    ],
)
def test_arguments_are_refused_when_they_are_given(options, message):
    with pytest.raises(ValueError, match=message):
        mnist_tb.classification_loggers(**options)


@pytest.mark.parametrize("make", LOGGERS)
def test_each_logger_refuses_by_itself(make):
    with pytest.raises(ValueError, match="freq must be a whole number of epochs from 1 on, and is 0"):
        make(freq=0)


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match="normalize must be"):
        mnist_tb.classification_loggers(normalize="rows")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_samples": 0}, "num_samples must be a whole number from 1 to 36, and is 0"),
        ({"num_samples": 37}, "num_samples must be a whole number from 1 to 36, and is 37"),
        ({"draw": "picture"}, "draw must be a function"),
        ({"samples": np.zeros(3)}, r"samples must be \(x, y\)"),
        ({"samples": (np.zeros((3, 2)), np.zeros(2))}, "as many labels as inputs"),
        ({"samples": (np.zeros((0, 2)), np.zeros(0))}, "at least one"),
        ({"image_shape": (0, 28)}, "image_shape"),
    ],
)
def test_arguments_on_samples_are_refused_when_they_are_given(options, message):
    with pytest.raises(ValueError, match=message):
        mnist_tb.classification_loggers(**options)


def event_files(folder):
    return list(folder.rglob("*tfevents*"))


@pytest.mark.parametrize("names", [["few"] * 1 + ["more"], [str(i) for i in range(11)]], ids=["too few", "too many"])
def test_names_that_do_not_fit_the_model_are_refused_before_training(names, make_model, digits, tmp_path):
    model = make_model()
    weights = model.get_weights()
    with pytest.raises(ValueError, match=f"{len(names)} class_names came for a model with 10 classes"):
        fit(model, digits, mnist_tb.classification_loggers(tmp_path, class_names=names))
    np.testing.assert_array_equal(model.get_weights()[0], weights[0])
    assert not event_files(tmp_path)
    assert "evaluate" not in vars(model)


def test_a_num_classes_at_odds_with_the_output_is_refused_before_training(make_model, digits, tmp_path):
    with pytest.raises(ValueError, match="num_classes=9 came for a model with 10 classes"):
        fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path, num_classes=9))
    assert not event_files(tmp_path)


def test_a_metric_with_another_number_of_classes_says_so(make_model, digits):
    model = make_model(metrics=[mnist_tb.ConfusionMatrix(num_classes=4)])
    with pytest.raises(ValueError, match=r"num_classes=4 is at odds with the model's output of shape \(.*, 10\)"):
        fit(model, digits, [])


@pytest.mark.parametrize("num_classes", [1, 0, -3, 2.5, "ten", True])
def test_a_metric_needs_at_least_two_classes(num_classes):
    with pytest.raises(ValueError, match="num_classes must be a whole number from 2 on"):
        mnist_tb.ConfusionMatrix(num_classes)


def test_a_regression_model_is_refused_before_training(make_model, digits, tmp_path):
    model = make_model(units=1, activation="linear", loss="mse", metrics=[])
    with pytest.raises(ValueError, match="needs a classifier, and this model has one output unit and the loss 'mse'"):
        fit(model, digits, mnist_tb.classification_loggers(tmp_path))
    assert not event_files(tmp_path)


def test_a_model_that_is_not_compiled_trains_nothing(digits, tmp_path):
    with pytest.raises((RuntimeError, ValueError), match="compile"):
        fit(mnist_tb.mnist_dense(compile=False), digits, mnist_tb.classification_loggers(tmp_path))
    assert not event_files(tmp_path)


@pytest.fixture
def two_outputs(keras):
    inputs = keras.layers.Input(shape=(28, 28))
    flat = keras.layers.Flatten()(inputs)
    outputs = [keras.layers.Dense(10, activation="softmax", name="digit")(flat)]
    outputs.append(keras.layers.Dense(1, activation="sigmoid", name="odd")(flat))
    model = keras.Model(inputs, outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "binary_crossentropy"])
    return model


def test_a_model_of_several_outputs_needs_a_choice(two_outputs, digits, tmp_path):
    labels = [digits.y, digits.y % 2]
    validation = (digits.x_val, [digits.y_val, digits.y_val % 2])
    with pytest.raises(ValueError, match="the model has 2 outputs, digit, odd: say which with output='digit'"):
        fit(
            two_outputs,
            digits,
            mnist_tb.classification_loggers(tmp_path),
            y=labels,
            validation_data=validation,
        )
    with pytest.raises(ValueError, match="output='colour' is none of the model's outputs: digit, odd"):
        fit(
            two_outputs,
            digits,
            mnist_tb.classification_loggers(tmp_path, output="colour"),
            y=labels,
            validation_data=validation,
        )
    assert not event_files(tmp_path)


def test_fit_without_validation_is_refused_before_training(make_model, digits, tmp_path):
    with pytest.raises(
        ValueError, match="fit validates nothing: give fit validation_data or validation_split, or give"
    ):
        fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path), validation_data=None)
    assert not event_files(tmp_path)


def test_a_run_that_never_validated_says_so_at_its_end(make_model, digits, tmp_path, caplog):
    fit(make_model(), digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], validation_freq=5)
    assert "mnist_tb: nothing was logged, as fit never validated" in caplog.text


def test_train_without_the_metric_is_refused_before_training(make_model, digits, tmp_path):
    with pytest.raises(ValueError, match=r"compile it with metrics=\[mnist_tb.ConfusionMatrix"):
        fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path, train=True))
    assert not event_files(tmp_path)


def with_label(y, label):
    changed = y.astype("float32")
    changed[5] = label
    return changed


@pytest.mark.parametrize("label", [10, -1, np.nan, 2.5], ids=["out of range", "negative", "NaN", "not whole"])
def test_labels_that_are_no_class_are_refused_before_training(label, make_model, digits, tmp_path, keras):
    def loss(y_true, y_pred):  # Keras' own would stop at such a label on some backends
        return keras.ops.mean(y_pred) if hasattr(keras, "ops") else y_pred[:, 0]

    model = make_model(loss=loss, metrics=[])
    validation = (digits.x_val, with_label(digits.y_val, label))
    with pytest.raises(
        ValueError, match=rf"from 0 to 9.*1 of the validation labels are not \(one of them: {label:g}\)"
    ):
        fit(model, digits, mnist_tb.classification_loggers(tmp_path), validation_data=validation)
    assert "evaluate" not in vars(model)


def test_rows_that_are_not_one_hot_are_named(make_model, digits, tmp_path):
    rows = np.eye(10, dtype="float32")
    several = rows[digits.y_val] + rows[(digits.y_val + 1) % 10]
    model = make_model(loss="categorical_crossentropy")
    with pytest.raises(ValueError, match=r"one-hot rows that sum to 1, and 103 of .* \(one of them: 2\)"):
        fit(
            model,
            digits,
            mnist_tb.classification_loggers(tmp_path),
            y=rows[digits.y],
            validation_data=(digits.x_val, several),
        )


def test_labels_of_a_wrong_rank_are_named(make_model, digits, tmp_path, keras):
    def loss(y_true, y_pred):
        return keras.ops.mean(y_pred) if hasattr(keras, "ops") else y_pred[:, 0]

    labels = np.zeros((103, 3), "float32")
    with pytest.raises(ValueError, match=r"labels of shape \(.*3\) do not fit predictions of shape \(.*10\)"):
        fit(
            make_model(loss=loss, metrics=[]),
            digits,
            mnist_tb.classification_loggers(tmp_path),
            validation_data=(digits.x_val, labels),
        )


def test_labels_that_turn_bad_cost_their_epochs_alone(make_model, digits, tmp_path, keras, caplog):
    good = digits.y_val.copy()

    class Spoils(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            source.spoilt = epoch == 1

    class Source(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence):
        spoilt = False

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return digits.x_val, with_label(good, 10) if self.spoilt else good.astype("float32")

    def loss(y_true, y_pred):
        return keras.ops.mean(y_pred) if hasattr(keras, "ops") else y_pred[:, 0]

    loggers, source = mnist_tb.classification_loggers(tmp_path), Source()
    fit(make_model(loss=loss, metrics=[]), digits, [*loggers, Spoils()], validation_data=source, epochs=4)
    np.testing.assert_array_equal(mnist_tb.read_confusion_matrices(tmp_path).steps, [0, 1, 3])
    assert caplog.text.count("1 of the validation labels are not") == 1
    assert "confusion_matrix of epoch 2" in caplog.text


def test_a_log_dir_that_is_a_file_is_refused_before_training(make_model, digits, tmp_path):
    file = tmp_path / "log"
    file.write_text("mine")
    model = make_model()
    with pytest.raises(ValueError, match=r"log_dir must be a folder that can be written to, and .*log.* can't be"):
        fit(model, digits, mnist_tb.classification_loggers(file))
    assert file.read_text() == "mine"
    assert "evaluate" not in vars(model)


def test_a_log_dir_that_can_not_be_written_is_refused_before_training(make_model, digits):
    with pytest.raises(ValueError, match="log_dir must be a folder that can be written to"):
        fit(make_model(), digits, mnist_tb.classification_loggers("/proc/no such place"))


def test_two_loggers_on_one_tag_are_refused_before_training(make_model, digits, tmp_path):
    twice = [mnist_tb.ConfusionMatrixLogger(tmp_path), mnist_tb.ConfusionMatrixLogger(tmp_path)]
    model = make_model()
    with pytest.raises(ValueError, match="two loggers want to write 'confusion_matrix'"):
        fit(model, digits, twice)
    assert "evaluate" not in vars(model)


def test_a_generator_read_to_its_end_is_named(make_model, digits, tmp_path, caplog):
    once = (batch for batch in [(digits.x_val, digits.y_val)])
    loggers = mnist_tb.classification_loggers(tmp_path, validation_data=once)
    fit(make_model(), digits, loggers, validation_data=None, epochs=2)
    assert caplog.text.count("validation_data gave no batch: it is empty, or a generator") == 1
    np.testing.assert_array_equal(mnist_tb.read_confusion_matrices(tmp_path).steps, [0])


def test_validation_data_of_fit_without_a_sample_to_count_are_named(make_model, digits, tmp_path, keras, caplog):
    model = make_model(loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=3))
    nothing = (digits.x_val, np.full(103, 3))
    fit(model, digits, mnist_tb.classification_loggers(tmp_path), validation_data=nothing)
    assert caplog.text.count("gave no sample that could be counted: they are empty, a generator that was") == 1
    assert "never validated" not in caplog.text
    assert "compute_metrics" not in vars(model)


def test_a_thing_that_is_no_keras_model_is_named(tmp_path):
    logger = mnist_tb.ConfusionMatrixLogger(tmp_path)
    logger.set_model(object())
    with pytest.raises(TypeError, match="got object"):
        logger.on_train_begin()
