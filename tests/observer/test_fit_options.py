"""Ways to compile and train: what is counted while `fit` validates is what the model predicts after each epoch."""

import helpers
import numpy as np
import pytest
from helpers import matrix_of, predictions
from recording import Shown

import mnist_tb

HALF = dict.fromkeys(range(10), 0.5)  # as class_weight


@pytest.fixture
def kept(keras):
    """A callback that keeps the weights that the model has after each epoch, in `weights`, by epoch."""
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: callback.weights.update({epoch: callback.model.get_weights()})
    )
    callback.weights = {}
    return callback


def fit(model, digits, callbacks, **options):
    """Train two epochs of four batches."""
    return helpers.fit(model, digits, callbacks, **({"x": digits.x[:128], "y": digits.y[:128]} | options))


def assert_counted(model, kept, digits, log_dir, steps=(0, 1), predict=predictions):
    """The counts of each of the steps are those of the model with the weights of that epoch."""
    read = mnist_tb.read_confusion_matrices(log_dir)
    assert read.steps.tolist() == list(steps)
    for step, counts in zip(read.steps, read.counts, strict=True):
        model.set_weights(kept.weights[step])
        predicted = predict(model, digits.x_val).argmax(axis=1)
        np.testing.assert_array_equal(counts, matrix_of(digits.y_val, predicted))
    return read


def test_numbers_may_be_those_of_numpy(make_model, digits, tmp_path, kept):
    numbers = {"num_classes": digits.y.max() + 1, "freq": np.int32(1), "batch_size": np.int64(50)}
    loggers = mnist_tb.classification_loggers(
        tmp_path, num_samples=np.uint8(9), examples_per_cell=np.int64(2), image_shape=np.array([28, 28]), **numbers
    )
    assert all(type(getattr(logger, name)) is int for logger in loggers for name in numbers)
    model = make_model()
    fit(model, digits, [*loggers, kept])
    assert_counted(model, kept, digits, tmp_path)


def own_loss(keras):
    def own(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    return own


def list_of_one_loss(keras):
    return [keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)]


@pytest.mark.parametrize(("loss", "listed"), [(own_loss, False), (list_of_one_loss, True)])
def test_an_odd_loss_is_no_obstacle(loss, listed, make_model, digits, tmp_path, keras, kept):
    model = make_model(loss=loss(keras), metrics=None)
    y, y_val = ([labels] if listed else labels for labels in (digits.y[:128], digits.y_val))
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path)]
    fit(model, digits, [*loggers, kept], y=y, validation_data=(digits.x_val, y_val))
    assert_counted(model, kept, digits, tmp_path)


def test_the_only_loss_in_a_list_says_what_it_ignores(make_model, digits, tmp_path, keras):
    model = make_model(loss=[keras.losses.SparseCategoricalCrossentropy(ignore_class=9)], metrics=None)
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)])
    counts = mnist_tb.read_confusion_matrices(tmp_path).counts
    assert counts.sum(axis=(1, 2)).tolist() == [(digits.y_val != 9).sum()] * 2


def test_a_model_may_have_nothing_but_losses_of_its_layers(digits, tmp_path, keras, kept):
    class Adds(keras.layers.Layer):
        def call(self, x):
            self.add_loss(1e-3 * (x**2)[0, 0])
            return x

    layers = [keras.layers.Input(shape=(28, 28)), keras.layers.Flatten(), keras.layers.Dense(10), Adds()]
    model = keras.Sequential([*layers, keras.layers.Softmax()])
    model.compile("adam")
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path), kept])
    assert_counted(model, kept, digits, tmp_path)


@pytest.fixture
def set_policy(keras):
    """A function that sets the policy of new layers, until the test is over."""
    yield keras.mixed_precision.set_global_policy
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("dtype", [None, "float32"], ids=["short outputs", "float32 outputs"])
def test_mixed_precision_is_counted_exactly(dtype, policy, set_policy, digits, tmp_path, keras, kept):
    def predict(model, x):  # rounds as the validation does, which an eager call does not
        return model.predict(x, verbose=0)

    set_policy(policy)
    layers = [keras.layers.Input(shape=(28, 28)), keras.layers.Flatten(), keras.layers.Dense(16, activation="relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax", dtype=dtype)])
    model.compile("adam", "sparse_categorical_crossentropy")
    shown = Shown(tmp_path)
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path), shown, kept])
    assert_counted(model, kept, digits, tmp_path, predict=predict)
    mistakes = shown.drawn[1, "predictions/mistakes"]
    probabilities = predict(model, digits.x_val).astype("float32").max(axis=1)
    assert mistakes.confidence.dtype == np.float32
    np.testing.assert_allclose(mistakes.confidence, probabilities[mistakes.position], rtol=1e-2)


def test_weights_of_the_training_do_not_turn_up_in_the_validation(make_model, digits, tmp_path, kept):
    model = make_model(metrics=["accuracy", mnist_tb.ConfusionMatrix(num_classes=10)], weighted_metrics=["accuracy"])
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path, train=True)]
    fit(model, digits, [*loggers, kept], class_weight=HALF)
    fit(model, digits, [*loggers, kept], epochs=4, initial_epoch=2, sample_weight=np.full(128, 0.5, "float32"))
    assert assert_counted(model, kept, digits, tmp_path, [0, 1, 2, 3]).weighted_counts is None
    train = mnist_tb.read_confusion_matrices(tmp_path, "train")
    assert train.counts.sum(axis=(1, 2)).tolist() == [128] * 4
    assert train.weighted_counts is None


def test_the_metric_counts_with_weights_among_the_weighted_metrics(make_model, digits, tmp_path):
    model = make_model(weighted_metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path, train=True)]
    fit(model, digits, loggers, class_weight=HALF)
    train = mnist_tb.read_confusion_matrices(tmp_path, "train")
    np.testing.assert_allclose(train.weighted_counts, train.counts / 2)


def test_an_evaluate_of_another_callback_is_not_taken_for_the_training(make_model, digits, tmp_path, keras):
    def evaluate(epoch, logs):
        before.model.evaluate(*digits.validation, verbose=0)

    model = make_model(metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path, train=True)]
    before = keras.callbacks.LambdaCallback(on_epoch_end=evaluate)
    fit(model, digits, [before, *loggers], epochs=3, validation_freq=2)
    rows = mnist_tb.read_confusion_matrices(tmp_path, "train").counts.sum(axis=2)
    np.testing.assert_array_equal(rows, [np.bincount(digits.y[:128], minlength=10)] * 3)


def test_weights_of_an_earlier_fit_are_not_logged_for_a_later_one(make_model, digits, tmp_path):
    model = make_model(weighted_metrics=[mnist_tb.ConfusionMatrix(num_classes=10)])
    for name, options in {"weighted": {"class_weight": HALF}, "plain": {}}.items():
        fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path / name, train=True)], **options)
    read = {name: mnist_tb.read_confusion_matrices(tmp_path / name, "train") for name in ("weighted", "plain")}
    assert read["weighted"].weighted_counts is not None
    assert read["plain"].weighted_counts is None
    assert read["plain"].counts.sum(axis=(1, 2)).tolist() == [128, 128]


def test_a_split_takes_its_sample_weights_along(make_model, digits, tmp_path):
    model, weights = make_model(), np.linspace(0, 2, 230, dtype="float32")
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path)]
    options = {"sample_weight": weights, "validation_split": 0.2, "validation_data": None}
    fit(model, digits, loggers, x=digits.x, y=digits.y, **options)
    read = mnist_tb.read_confusion_matrices(tmp_path)
    predicted = predictions(model, digits.x[-46:]).argmax(axis=1)
    np.testing.assert_array_equal(read.counts[1], matrix_of(digits.y[-46:], predicted))
    wanted = np.zeros((10, 10))
    np.add.at(wanted, (digits.y[-46:], predicted), weights[-46:])
    np.testing.assert_allclose(read.weighted_counts[1], wanted, rtol=1e-5)


def test_the_epochs_to_validate_can_be_listed(make_model, digits, tmp_path):
    fit(make_model(), digits, [mnist_tb.ConfusionMatrixLogger(tmp_path)], epochs=3, validation_freq=[1, 3])
    assert mnist_tb.read_confusion_matrices(tmp_path).steps.tolist() == [0, 2]


@pytest.mark.parametrize("anew", [False, True], ids=["same loggers", "new loggers"])
def test_between_two_fits_dtype_and_compile_may_change(anew, make_model, digits, tmp_path, keras, kept):
    model, loggers = make_model(), [mnist_tb.ConfusionMatrixLogger(tmp_path)]
    coarse = (digits.x_val * 255).astype("uint8")
    fit(model, digits, [*loggers, kept], epochs=1, validation_data=(coarse, digits.y_val))
    predicted = predictions(model, coarse).argmax(axis=1)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path / "second")] if anew else loggers
    fit(model, digits, [*loggers, kept], initial_epoch=1)
    first = mnist_tb.read_confusion_matrices(tmp_path).counts[0]
    np.testing.assert_array_equal(first, matrix_of(digits.y_val, predicted))
    read = mnist_tb.read_confusion_matrices(tmp_path / "second" if anew else tmp_path)
    assert read.steps.tolist() == ([1] if anew else [0, 1])
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    np.testing.assert_array_equal(read.counts[-1], matrix_of(digits.y_val, predicted))


def test_between_two_fits_the_shape_of_the_inputs_may_change(digits, tmp_path, keras, kept):
    layers = [keras.layers.Input(shape=(None, None, 1)), keras.layers.Conv2D(10, 3)]
    model = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D(), keras.layers.Softmax()])
    model.compile("adam", "sparse_categorical_crossentropy")
    loggers = [mnist_tb.ConfusionMatrixLogger(tmp_path)]
    for epoch, size in enumerate([28, 14]):
        x, x_val = (array[:, :size, :size, None] for array in (digits.x, digits.x_val))
        options = {"initial_epoch": epoch, "epochs": epoch + 1, "validation_data": (x_val, digits.y_val)}
        fit(model, digits, [*loggers, kept], x=x, y=digits.y, **options)
        predicted = predictions(model, x_val).argmax(axis=1)
        read = mnist_tb.read_confusion_matrices(tmp_path)
        np.testing.assert_array_equal(read.counts[epoch], matrix_of(digits.y_val, predicted))


def test_frozen_layers_and_weights_of_another_model_are_counted(make_model, digits, tmp_path, keras, kept):
    source = make_model()
    fit(source, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path / "source")])
    layers = [keras.layers.Input(shape=(28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, name="frozen")]
    model = keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")])
    model.get_layer("frozen").set_weights(source.get_weights())
    model.get_layer("frozen").trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    fit(model, digits, [mnist_tb.ConfusionMatrixLogger(tmp_path / "target"), kept])
    assert_counted(model, kept, digits, tmp_path / "target")
    np.testing.assert_array_equal(model.get_layer("frozen").get_weights()[0], source.get_weights()[0])


def ordered(ours_first, loggers, *others):
    return [*loggers, *others] if ours_first else [*others, *loggers]


def sizes_of_files(folder):
    """Sizes by name; without TensorFlow's text `checkpoint`, which holds the time of day."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "checkpoint"]
    return {path.relative_to(folder): path.stat().st_size for path in files}


@pytest.mark.parametrize("ours_first", [True, False])
def test_an_interrupted_fit_goes_on_from_its_backup(ours_first, make_model, digits, tmp_path, keras, kept, read_run):
    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == 2:
                raise RuntimeError("stopped on purpose")

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    def interrupted(loggers, backup):
        saver = keras.callbacks.BackupAndRestore(str(backup))
        with pytest.raises(RuntimeError, match="on purpose"):
            fit(make_model(), digits, [*ordered(ours_first, loggers, saver), Stops()], epochs=4)
        return sizes_of_files(backup)

    bare = interrupted([], tmp_path / "bare")
    ours = interrupted([*mnist_tb.classification_loggers(tmp_path / "logs"), kept], tmp_path / "ours")
    assert ours == bare != {}
    model, saver = make_model(), keras.callbacks.BackupAndRestore(str(tmp_path / "ours"))
    loggers = mnist_tb.classification_loggers(tmp_path / "logs")
    fit(model, digits, [*ordered(ours_first, loggers, saver), kept], epochs=4)
    assert_counted(model, kept, digits, tmp_path / "logs", [0, 1, 2, 3])
    assert set(read_run(tmp_path / "logs").steps("predictions/mistakes")) == {0, 1, 2, 3}  # Keras 3.0 repeats epoch 1


@pytest.mark.parametrize("ours_first", [True, False])
def test_the_best_model_by_our_figure_is_the_one_saved(ours_first, make_model, digits, tmp_path, keras, kept):
    path, model = tmp_path / "best.weights.h5", make_model()
    best = {"monitor": "val_balanced_accuracy", "mode": "max", "save_best_only": True}
    saver = keras.callbacks.ModelCheckpoint(str(path), save_weights_only=True, **best)
    loggers = mnist_tb.classification_loggers(tmp_path)
    fit(model, digits, [*ordered(ours_first, loggers, saver), kept], epochs=5)
    read = assert_counted(model, kept, digits, tmp_path, range(5))
    figures = [mnist_tb.class_report(counts).balanced_accuracy for counts in read.counts]
    model.load_weights(path)
    for saved, wanted in zip(model.get_weights(), kept.weights[int(np.argmax(figures))], strict=True):
        np.testing.assert_array_equal(saved, wanted)


@pytest.mark.parametrize("ours_first", [True, False])
def test_the_learning_rate_can_follow_our_figure(ours_first, make_model, digits, tmp_path, keras, kept):
    slower = keras.callbacks.ReduceLROnPlateau("val_macro_f1", mode="max", min_delta=1.0, patience=1)
    loggers, model = [mnist_tb.ConfusionMatrixLogger(tmp_path)], make_model()
    history = fit(model, digits, [*ordered(ours_first, loggers, slower), kept], epochs=3).history
    rates = history["lr"] if "lr" in history else history["learning_rate"]
    np.testing.assert_allclose(np.divide(rates, rates[0]), [1, 1, 0.1], rtol=1e-5)
    assert_counted(model, kept, digits, tmp_path, range(3))


@pytest.mark.parametrize("ours_first", [True, False])
def test_a_fit_that_ends_in_nan_logs_that(ours_first, make_model, digits, tmp_path, keras):
    loggers, x = [mnist_tb.ConfusionMatrixLogger(tmp_path)], np.full_like(digits.x, np.nan)
    callbacks = ordered(ours_first, loggers, keras.callbacks.TerminateOnNaN())
    fit(make_model(), digits, callbacks, x=x, y=digits.y, epochs=3)
    read = mnist_tb.read_confusion_matrices(tmp_path)
    assert read.steps.tolist() == [0]
    assert (read.counts.sum(), read.nonfinite.tolist()) == (0, [103])


@pytest.mark.parametrize("ours_first", [True, False])
def test_early_stopping_takes_the_best_weights_back(ours_first, make_model, digits, tmp_path, keras, kept):
    best = {"monitor": "val_macro_f1", "mode": "max", "patience": 1, "restore_best_weights": True}
    stop, model = keras.callbacks.EarlyStopping(min_delta=1.0, **best), make_model()
    fit(model, digits, [kept, *ordered(ours_first, [mnist_tb.ConfusionMatrixLogger(tmp_path)], stop)], epochs=5)
    for weights, wanted in zip(model.get_weights(), kept.weights[0], strict=True):
        np.testing.assert_array_equal(weights, wanted)
    assert_counted(model, kept, digits, tmp_path, [0, 1])
