"""What the loggers write, read back from real event files by TensorBoard's own reader."""

import numpy as np
import pytest
from helpers import Digits, fit, matrix_of, predictions
from recording import Shown

import mnist_tb
from mnist_tb.images import png_bytes

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "T-shirt/top"]


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory, keras, make_model):
    """Two epochs with all three loggers and names for the classes."""
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("logs")
    fit(make_model(), Digits(), mnist_tb.classification_loggers(folder, class_names=NAMES))
    return folder


@pytest.fixture(scope="module")
def a_run(log_dir, read_run):
    """What was logged, as TensorBoard sees it, and the counts as we read them."""
    return read_run(log_dir), mnist_tb.read_confusion_matrices(log_dir)


def test_all_three_share_one_file(log_dir):
    assert len(list(log_dir.rglob("*tfevents*"))) == 1


def test_scalars_of_every_class_are_those_of_the_counts(a_run):
    run, read = a_run
    for step, counts in enumerate(read.counts):
        report = mnist_tb.class_report(counts, NAMES)
        for prefix, values in (
            ("class_accuracy", report.recall),
            ("class_precision", report.precision),
            ("class_f1", report.f1),
        ):
            for name, value in zip(NAMES, values, strict=True):
                tag = f"{prefix}/{name}"
                logged = dict(zip(run.steps(tag), run.scalars(tag), strict=True)) if tag in run.tags() else {}
                assert logged.get(step, np.nan) == pytest.approx(value, abs=1e-6, nan_ok=True)
        for tag in ("accuracy", "balanced_accuracy", "macro_f1"):
            assert run.scalars(tag)[step] == pytest.approx(getattr(report, tag), abs=1e-6)


def test_a_class_without_samples_logs_nothing(make_model, digits, tmp_path, read_run):
    kept = digits.y_val != 3
    validation = (digits.x_val[kept], digits.y_val[kept])
    fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path), validation_data=validation)
    run = read_run(tmp_path)
    assert "class_accuracy/3" not in run.tags()
    assert "class_accuracy/4" in run.tags()


def test_pictures_are_logged_at_each_epoch(a_run):
    run, _ = a_run
    for tag in ("predictions/confusion_matrix", "predictions/samples", "predictions/mistakes"):
        assert run.plugin(tag) == "images"
        assert run.steps(tag) == [0, 1]
        assert all(picture.std() > 10 for picture in run.pictures(tag))
    assert "predictions/confusion_matrix_most_confused" not in run.tags()


def test_the_picture_is_that_of_the_counts(a_run):
    run, read = a_run
    wanted = mnist_tb.confusion_matrix_image(read.counts[1], NAMES, title="epoch 1")
    assert run.strings("predictions/confusion_matrix")[1][2] == png_bytes(wanted)


def test_names_are_read_back_in_order(a_run):
    assert list(a_run[1].class_names) == NAMES


def test_beyond_60_classes_the_most_confused_are_shown_too(make_model, digits, tmp_path, read_run):
    rng = np.random.default_rng(0)
    validation = (digits.x_val, rng.integers(0, 61, 103))
    fit(make_model(units=61), digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], validation_data=validation)
    assert read_run(tmp_path).steps("predictions/confusion_matrix_most_confused") == [0, 1]


def test_weighted_counts_are_drawn_beside_the_plain_ones(make_model, digits, tmp_path, read_run):
    validation = (*digits.validation, np.linspace(0, 2, 103, dtype="float32"))
    fit(make_model(), digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], validation_data=validation)
    assert read_run(tmp_path).steps("predictions/confusion_matrix_weighted") == [0, 1]


def test_the_custom_scalars_layout_has_all_classes_in_one_chart(a_run):
    import re

    from tensorboard.plugins.custom_scalar import layout_pb2

    run, _ = a_run
    ((serialised,),) = run.strings("custom_scalars__config__")
    layout = layout_pb2.Layout.FromString(serialised)
    (category,) = layout.category
    drawn = {
        chart.title: [tag for tag in run.tags("scalars") if re.match(chart.multiline.tag[0], tag)]
        for chart in category.chart
    }
    assert sorted(drawn["accuracy of every class"]) == sorted(f"class_accuracy/{name}" for name in NAMES)
    assert sorted(drawn["all classes together"]) == ["accuracy", "balanced_accuracy", "macro_f1"]


def test_a_text_says_once_what_was_logged(a_run, keras):
    run, read = a_run
    ((markdown,),) = run.strings("about")
    text = markdown.decode()
    assert run.plugin("about") == "text"
    assert "103 samples in 10 classes" in text
    assert f"| T\\-shirt/top | {read.counts[0][9].sum()} |" in text
    assert f"{keras.__name__} {keras.__version__} on {keras.backend.backend()}" in text
    assert all(tag in text for tag in ("predictions/confusion_matrix", "class_accuracy", "predictions/samples"))


@pytest.mark.parametrize(
    ("logger", "tags"),
    [
        (mnist_tb.ConfusionMatrixLogger, {"predictions/confusion_matrix", "confusion_matrix"}),
        (mnist_tb.SamplePredictionLogger, {"predictions/samples", "predictions/mistakes"}),
        (mnist_tb.ClassAccuracyLogger, {"accuracy", "balanced_accuracy", "macro_f1"}),
    ],
)
def test_each_logger_can_be_used_alone(logger, tags, make_model, digits, tmp_path, read_run):
    fit(make_model(), digits, [logger(tmp_path)])
    run = read_run(tmp_path)
    assert tags <= set(run.tags())
    assert {tag.split("/")[0] for tag in run.tags() if tag not in tags} <= {
        "about", "class_accuracy", "class_precision", "class_f1", "custom_scalars__config__",
        "examples", "tracked", "newly_broken", "newly_fixed",
    }  # fmt: skip


def test_freq_logs_every_nth_epoch(make_model, digits, tmp_path, read_run):
    fit(make_model(), digits, mnist_tb.classification_loggers(tmp_path, freq=2), epochs=5)
    assert read_run(tmp_path).steps("predictions/confusion_matrix") == [0, 2, 4]


def test_training_counts_are_logged_if_asked(make_model, digits, tmp_path, read_run):
    model = make_model(metrics=["accuracy", mnist_tb.ConfusionMatrix(num_classes=10)])
    loggers = mnist_tb.classification_loggers(tmp_path, train=True)
    history = fit(model, digits, loggers, epochs=3, validation_freq=2)
    train = mnist_tb.read_confusion_matrices(tmp_path, "train")
    assert train.counts.sum(axis=(1, 2)).tolist() == [230, 230, 230]
    np.testing.assert_array_equal(train.counts[-1].sum(axis=1), np.bincount(digits.y, minlength=10))
    accuracies = [np.trace(counts) / 230 for counts in train.counts]
    np.testing.assert_allclose(accuracies, history.history["accuracy"], rtol=1e-6)
    assert mnist_tb.read_confusion_matrices(tmp_path).steps.tolist() == [1]
    run = read_run(tmp_path, "train")
    assert run.steps("predictions/confusion_matrix") == [0, 1, 2]
    assert run.steps("balanced_accuracy") == [0, 1, 2]
    assert "predictions/samples" not in run.tags()


def test_training_counts_need_no_validation(make_model, digits, tmp_path):
    model = make_model(metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    fit(model, digits, mnist_tb.classification_loggers(tmp_path, train=True), validation_data=None)
    assert mnist_tb.read_confusion_matrices(tmp_path, "train").steps.tolist() == [0, 1]


def test_the_first_samples_are_followed_with_what_the_model_says(make_model, digits, tmp_path):
    model, logger = make_model(), Shown(tmp_path, num_samples=36)  # more than the first batch of 32
    fit(model, digits, [logger])
    probabilities = predictions(model, digits.x_val)
    samples = logger.drawn[1, "predictions/samples"]
    np.testing.assert_array_equal(samples.inputs, digits.x_val[:36])
    np.testing.assert_array_equal(samples.true, digits.y_val[:36])
    np.testing.assert_array_equal(samples.predicted, probabilities[:36].argmax(axis=1))
    np.testing.assert_allclose(samples.confidence, probabilities[:36].max(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(logger.drawn[0, "predictions/samples"].inputs, samples.inputs)


def test_the_mistakes_shown_are_the_most_confident_of_all(make_model, digits, tmp_path):
    model, logger = make_model(), Shown(tmp_path)
    fit(model, digits, [logger])
    probabilities = predictions(model, digits.x_val)
    confidence, wrong = (
        probabilities.max(axis=1),
        np.flatnonzero(probabilities.argmax(axis=1) != digits.y_val),
    )
    ranked = wrong[np.argsort(-confidence[wrong], kind="stable")][:25]
    mistakes = logger.drawn[1, "predictions/mistakes"]
    np.testing.assert_allclose(mistakes.confidence, confidence[ranked], rtol=1e-5)
    np.testing.assert_array_equal(mistakes.position, ranked)
    np.testing.assert_array_equal(mistakes.inputs, digits.x_val[ranked])
    np.testing.assert_array_equal(mistakes.true, digits.y_val[ranked])


def test_no_mistakes_are_a_picture_too(make_model, digits, tmp_path, read_run):
    model = make_model()
    weights, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([weights * 0, bias + 100 * np.eye(10)[3]])
    validation = (digits.x_val, np.full(103, 3))
    fit(model, digits, [logger := Shown(tmp_path)], y=np.full(230, 3), validation_data=validation)
    assert len(logger.drawn[0, "predictions/mistakes"].true) == 0
    assert len(read_run(tmp_path).pictures("predictions/mistakes")) == 2


def test_chosen_samples_are_followed(make_model, digits, tmp_path):
    chosen = (digits.x[100:105], digits.y[100:105])
    model, logger = make_model(), Shown(tmp_path, samples=chosen)
    fit(model, digits, [logger])
    samples = logger.drawn[1, "predictions/samples"]
    np.testing.assert_array_equal(samples.inputs, chosen[0])
    np.testing.assert_array_equal(samples.predicted, predictions(model, chosen[0]).argmax(axis=1))


def test_chosen_samples_need_no_validation(make_model, digits, tmp_path, read_run):
    logger = mnist_tb.SamplePredictionLogger(tmp_path, samples=(digits.x, digits.y))
    fit(make_model(), digits, [logger], validation_data=None)
    assert read_run(tmp_path).steps("predictions/samples") == [0, 1]


def test_chosen_samples_of_another_dtype_are_shown_as_they_are(make_model, digits, tmp_path):
    chosen = ((digits.x[:9] * 255).astype("uint8"), digits.y[:9])
    logger = Shown(tmp_path, samples=chosen)
    fit(make_model(), digits, [logger], validation_freq=2)
    np.testing.assert_array_equal(logger.drawn[1, "predictions/samples"].inputs, chosen[0])
    mistakes = logger.drawn[1, "predictions/mistakes"]
    np.testing.assert_array_equal(mistakes.inputs, digits.x_val[mistakes.position])


def test_validation_data_in_another_order_each_epoch_are_noticed_once(make_model, digits, tmp_path, keras, caplog):
    class Shuffles(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else keras.utils.Sequence):
        epoch = 0

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return np.roll(digits.x_val, Shuffles.epoch, axis=0), np.roll(digits.y_val, Shuffles.epoch)

        def on_epoch_end(self):
            Shuffles.epoch += 1

    class Turns(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            Shuffles.epoch += 1

    model, shuffled = make_model(), Shuffles()
    fit(
        model,
        digits,
        [*mnist_tb.classification_loggers(tmp_path), Turns()],
        validation_data=shuffled,
        epochs=5,
    )
    assert caplog.text.count("the validation data come in another order at each epoch") == 1
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum(axis=(1, 2)).tolist() == [103] * 5


def test_flattened_pictures_are_drawn_with_a_given_shape(digits, tmp_path, keras, read_run):
    model = keras.Sequential([keras.layers.Input(shape=(784,)), keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    flat = {
        "x": digits.x.reshape(230, 784),
        "validation_data": (digits.x_val.reshape(103, 784), digits.y_val),
    }
    fit(model, digits, [mnist_tb.SamplePredictionLogger(tmp_path / "flat", image_shape=(28, 28))], **flat)
    text = mnist_tb.SamplePredictionLogger(tmp_path / "text")
    drawn = mnist_tb.SamplePredictionLogger(tmp_path / "drawn", draw=lambda x: x.reshape(28, 28))
    fit(model, digits, [text, drawn], **flat)
    flat, text, drawn = (
        read_run(tmp_path / name).pictures("predictions/samples")[0] for name in ("flat", "text", "drawn")
    )
    assert flat.std() > 20
    assert drawn.shape == flat.shape
    assert text.std() > 5


def test_uint8_pictures_stay_as_they_are(digits, tmp_path, make_model):
    model, logger = make_model(), Shown(tmp_path)
    x_val = (digits.x_val * 255).astype("uint8")
    fit(model, digits, [logger], validation_data=(x_val, digits.y_val))
    samples = logger.drawn[1, "predictions/samples"]
    np.testing.assert_array_equal(samples.inputs, x_val[:25])


def test_loggers_of_two_outputs_look_at_their_own(digits, tmp_path, keras):
    inputs = keras.layers.Input(shape=(28, 28))
    flat = keras.layers.Flatten()(inputs)
    outputs = [keras.layers.Dense(10, activation="softmax", name="digit")(flat)]
    outputs.append(keras.layers.Dense(1, activation="sigmoid", name="odd")(flat))
    model = keras.Model(inputs, outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "binary_crossentropy"])
    loggers = [
        *mnist_tb.classification_loggers(tmp_path / "digit", output="digit"),
        *mnist_tb.classification_loggers(tmp_path / "odd", output="odd", class_names=["even", "odd"]),
    ]
    odd = [y[:, None] % 2 for y in (digits.y, digits.y_val)]
    history = fit(model, digits, loggers, y=[digits.y, odd[0]], validation_data=(digits.x_val, [digits.y_val, odd[1]]))
    predicted = predictions(model, digits.x_val)
    counts = [mnist_tb.read_confusion_matrices(tmp_path / name).counts[-1] for name in ("digit", "odd")]
    np.testing.assert_array_equal(counts[0], matrix_of(digits.y_val, predicted[0].argmax(axis=1)))
    np.testing.assert_array_equal(counts[1], matrix_of(odd[1], predicted[1] > 0.5, 2))
    assert {"val_digit_balanced_accuracy", "val_odd_macro_f1"} <= set(history.history)


def test_keras_own_tensorboard_callback_works_beside_ours(make_model, digits, tmp_path, keras, read_run):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Keras' own TensorBoard callback needs TensorFlow")
    board = keras.callbacks.TensorBoard(str(tmp_path))
    fit(make_model(), digits, [board, *mnist_tb.classification_loggers(tmp_path)])
    assert read_run(tmp_path).steps("balanced_accuracy") == [0, 1]
    assert list((tmp_path / "validation").glob("*tfevents*"))
