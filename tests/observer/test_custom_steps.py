"""Models with a train_step and test_step of their own, as Keras' guides on customising `fit` teach them."""

import helpers
import numpy as np
import pytest
from helpers import matrix_of, predictions

import mnist_tb


class PlainTestStep:
    """The test step of TensorFlow and torch; a class below says what `measure` does."""

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        return self.measure(x, y, y_pred, self.compute_loss(x=x, y=y, y_pred=y_pred))


class TensorFlowSteps(PlainTestStep):
    """Steps on TensorFlow, in Keras 2 and 3."""

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return self.measure(x, y, y_pred, loss)


class TorchSteps(PlainTestStep):
    """Steps on torch."""

    def train_step(self, data):
        import torch

        x, y = data
        self.zero_grad()
        y_pred = self(x, training=True)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        loss.backward()
        variables = list(self.trainable_weights)
        with torch.no_grad():
            self.optimizer.apply([variable.value.grad for variable in variables], variables)
        return self.measure(x, y, y_pred, loss)


class JaxSteps:
    """Steps on JAX: functions of the model's state."""

    def forward(self, trainable, others, x, y, training=False):
        y_pred, others = self.stateless_call(trainable, others, x, training=training)
        return self.compute_loss(x=x, y=y, y_pred=y_pred), (y_pred, others)

    def train_step(self, state, data):
        import jax

        trainable, others, optimizer, metrics = state
        x, y = data
        gradient = jax.value_and_grad(self.forward, has_aux=True)
        (loss, (y_pred, others)), gradients = gradient(trainable, others, x, y, training=True)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        logs, metrics = self.measure_with(metrics, x, y, y_pred, loss)
        return logs, (trainable, others, optimizer, metrics)

    def test_step(self, state, data):
        trainable, others, metrics = state
        x, y = data
        loss, (y_pred, others) = self.forward(trainable, others, x, y)
        logs, metrics = self.measure_with(metrics, x, y, y_pred, loss)
        return logs, (trainable, others, metrics)


class Loops:
    """Each metric is updated by hand, and `compute_metrics` never called."""

    def measure(self, x, y, y_pred, loss):
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {"own_loss": loss} | {metric.name: metric.result() for metric in self.metrics}

    def measure_with(self, variables, x, y, y_pred, loss):
        left, logs, updated = list(variables), {"own_loss": loss}, []
        for metric in self.metrics:
            own, left = left[: len(metric.variables)], left[len(metric.variables) :]
            seen = (loss,) if metric.name == "loss" else (y, y_pred)
            own = metric.stateless_update_state(own, *seen)
            logs[metric.name] = metric.stateless_result(own)
            updated += own
        return logs, updated


class Shows:
    """`compute_metrics` is called, as Keras' own steps do."""

    extra = (None,)

    def measure(self, x, y, y_pred, loss):
        return {"own_loss": loss} | self.compute_metrics(x, y, y_pred, *self.extra)

    def measure_with(self, variables, x, y, y_pred, loss):
        import keras

        state = list(zip(self.metrics_variables, variables, strict=True))
        with keras.StatelessScope(state_mapping=state) as scope:
            logs = self.compute_metrics(x, y, y_pred, *self.extra)
        return {"own_loss": loss} | logs, [scope.get_current_value(variable) for variable in self.metrics_variables]


class OwnMetrics:
    """Keras' steps, with a `compute_metrics` that adds something."""

    def compute_metrics(self, x, y, y_pred, sample_weight=None, **options):
        return super().compute_metrics(x, y, y_pred, sample_weight, **options) | {"own_figure": y_pred[0, 0]}


class WithoutWeights(Shows):
    """A `compute_metrics` that takes no sample weights, and steps that give none."""

    extra = ()

    def compute_metrics(self, x, y, y_pred):
        return super().compute_metrics(x, y, y_pred, None)


@pytest.fixture
def make(keras):
    """A function that makes a model with steps for the backend at work and one of the classes above."""

    def make(*styles, **options):
        backend = keras.backend.backend()
        steps = {"tensorflow": TensorFlowSteps, "torch": TorchSteps, "jax": JaxSteps}[backend]
        parts = [steps if style == "steps" else style for style in styles]
        cls = type("Customised", (*parts, keras.Model), {})
        inputs = keras.layers.Input(shape=(28, 28))
        flat = keras.layers.Flatten()(inputs)
        model = cls(inputs, keras.layers.Dense(10, activation="softmax", name="probabilities")(flat))
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
        return model

    return make


def fit(model, digits, callbacks, **options):
    return helpers.fit(model, digits, callbacks, **({"x": digits.x[:64], "y": digits.y[:64]} | options))


def assert_counted(model, digits, log_dir, read_run):
    read = mnist_tb.read_confusion_matrices(log_dir)
    predicted = predictions(model, digits.x_val).argmax(axis=1)
    assert read.steps.tolist() == [0, 1]
    np.testing.assert_array_equal(read.counts[1], matrix_of(digits.y_val, predicted))
    assert read_run(log_dir).steps("predictions/mistakes") == [0, 1]


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
@pytest.mark.parametrize(
    "styles",
    [(Shows, "steps"), (OwnMetrics,), (WithoutWeights, "steps")],
    ids=["own steps", "own compute_metrics", "without weights"],
)
def test_steps_that_call_compute_metrics_are_looked_at(styles, eager, make, digits, tmp_path, keras, read_run):
    if WithoutWeights in styles and keras.backend.backend() != "tensorflow":
        pytest.skip("Keras itself calls compute_metrics with weights there, to build the model")
    model = make(*styles, run_eagerly=eager)
    history = fit(model, digits, mnist_tb.classification_loggers(tmp_path))
    assert_counted(model, digits, tmp_path, read_run)
    assert len(history.history["val_balanced_accuracy"]) == 2


def test_an_error_of_one_process_keeps_no_other_waiting(make, digits, tmp_path, monkeypatch):
    from mnist_tb.observer import observer

    gathered, reader = [], observer.reader

    def noted(*args):
        read = reader(*args)
        return lambda: gathered.append(1) or read()

    monkeypatch.setattr(observer, "reader", noted)
    monkeypatch.setattr(observer, "mask_of", lambda *args: 1 / 0)
    fit(make(OwnMetrics), digits, mnist_tb.classification_loggers(tmp_path))
    assert len(gathered) == 2


def test_steps_that_loop_over_the_metrics_cost_a_second_pass(make, digits, tmp_path, read_run, caplog):
    model = make(Loops, "steps")
    history = fit(model, digits, mnist_tb.classification_loggers(tmp_path))
    assert_counted(model, digits, tmp_path, read_run)
    assert len(history.history["val_balanced_accuracy"]) == 2
    (record,) = caplog.records
    assert "test_step of Customised shows its predictions to nobody, so that each validation" in record.getMessage()
    assert "let it call self.compute_metrics(x, y, y_pred, sample_weight)" in record.getMessage()
    assert not {"evaluate", "compute_metrics", "test_step"} & set(vars(model))


def test_steps_that_loop_over_the_metrics_are_passed_by_with_data(make, digits, tmp_path, read_run):
    model = make(Loops, "steps")
    loggers = mnist_tb.classification_loggers(tmp_path, validation_data=digits.validation)
    history = fit(model, digits, loggers)
    assert_counted(model, digits, tmp_path, read_run)
    assert len(history.history["val_balanced_accuracy"]) == 2


def test_steps_that_loop_over_the_metrics_give_the_logs_of_a_bare_fit(make, digits, tmp_path, keras):
    def logs_with(callbacks):
        keras.utils.set_random_seed(1)
        return fit(make(Loops, "steps"), digits, callbacks, shuffle=False).history

    bare = logs_with([])
    ours = logs_with(mnist_tb.classification_loggers(tmp_path, validation_data=digits.validation))
    counted = ("balanced_accuracy", "macro_f1", "expected_calibration_error", "macro_average_precision", "macro_auc")
    assert set(ours) == {*bare, *(f"val_{name}" for name in counted)}
    assert {name: ours[name] for name in bare} == bare
