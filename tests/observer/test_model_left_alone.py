"""The model is what it would be without us: its steps, its files, its attributes, also after an exception."""

import hashlib

import numpy as np
import pytest

import mnist_tb


def train(model, digits, *callbacks, **options):
    arguments = {"validation_data": digits.validation, "epochs": 2, "verbose": 0, "shuffle": False, **options}
    return model.fit(digits.x, digits.y, callbacks=list(callbacks), **arguments)


def traced(function, seen):
    """What TensorFlow traced of a function of Keras, or of the functions that it wraps."""
    if id(function) in seen or not callable(function):
        return []
    seen.add(id(function))
    found = function._list_all_concrete_functions() if hasattr(function, "_list_all_concrete_functions") else []
    inner = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    for wrapped in [*inner, getattr(function, "python_function", None)]:
        found = [*found, *traced(wrapped, seen)]
    return found


def test_the_traced_train_step_has_not_one_operation_more(make_model, digits, tmp_path, keras):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow's graphs can be listed")

    def operations(callbacks):
        keras.backend.clear_session()
        model = make_model()
        train(model, digits, *callbacks)
        graphs = [concrete.graph.as_graph_def() for concrete in traced(model.train_function, set())]
        counts = [len(graph.node) + sum(len(f.node_def) for f in graph.library.function) for graph in graphs]
        assert counts, "no traced train step found"
        return counts

    assert operations([]) == operations(mnist_tb.classification_loggers(tmp_path))


def test_weights_and_logs_are_those_of_a_bare_fit(make_model, digits, tmp_path, keras):
    def run(callbacks):
        keras.utils.set_random_seed(1)
        model = make_model()
        history = train(model, digits, *callbacks)
        return model.get_weights(), history.history

    weights, history = run([])
    ours, our_history = run(mnist_tb.classification_loggers(tmp_path))
    for one, other in zip(weights, ours, strict=True):
        np.testing.assert_array_equal(one, other)
    assert {name: our_history[name] for name in history} == history


def test_checkpoints_are_of_the_same_size_and_content(make_model, digits, tmp_path, keras):
    names = ["model.keras", "model.h5", "weights.weights.h5"]
    if keras.__version__.startswith("3.0."):
        names.remove("model.h5")  # it writes whole models as .keras alone

    def checkpoints(folder, callbacks):
        keras.backend.clear_session()  # so that layers get the same names
        keras.utils.set_random_seed(1)
        folder.mkdir()
        paths = {name: folder / name for name in names}
        savers = [
            keras.callbacks.ModelCheckpoint(str(path), save_weights_only="weights" in name, save_freq=3)
            for name, path in paths.items()
        ]
        train(make_model(), digits, *callbacks, *savers)
        return paths

    bare = checkpoints(tmp_path / "bare", [])
    ours = checkpoints(tmp_path / "ours", mnist_tb.classification_loggers(tmp_path / "logs"))
    assert {name: path.stat().st_size for name, path in ours.items()} == {
        name: path.stat().st_size for name, path in bare.items()
    }
    if "model.h5" in names:
        contents = [hashlib.sha256(paths["model.h5"].read_bytes()).digest() for paths in (ours, bare)]
        assert contents[0] == contents[1]


def attributes(model):
    functions = {name: getattr(model, name) for name in ("test_function", "predict_function")}
    return {
        **functions,
        "own": sorted(set(vars(model)) - {"_jax_state"}),
        "metrics": [metric.name for metric in model.metrics],
    }


def test_a_fitted_model_has_nothing_of_ours(make_model, digits, tmp_path):
    bare, ours = make_model(), make_model()
    train(bare, digits)
    before = attributes(ours)
    train(ours, digits, *mnist_tb.classification_loggers(tmp_path, samples=(digits.x_val, digits.y_val)))
    after = attributes(ours)
    assert after["own"] == attributes(bare)["own"]
    assert after["metrics"] == attributes(bare)["metrics"]
    assert after["predict_function"] is before["predict_function"]
    assert type(ours).evaluate is type(bare).evaluate
    assert ours.evaluate.__func__ is bare.evaluate.__func__


def test_evaluate_and_predict_afterwards_are_those_of_a_bare_model(make_model, digits, tmp_path):
    model = make_model()
    train(model, digits, *mnist_tb.classification_loggers(tmp_path))
    results = model.evaluate(*digits.validation, verbose=0, return_dict=True)
    assert sorted(results) == ["accuracy", "loss"]


def test_a_second_fit_logs_again(make_model, digits, tmp_path):
    model, loggers = make_model(), mnist_tb.classification_loggers(tmp_path)
    train(model, digits, *loggers)
    train(model, digits, *loggers, epochs=4, initial_epoch=2)
    np.testing.assert_array_equal(mnist_tb.read_confusion_matrices(tmp_path).steps, [0, 1, 2, 3])


def test_a_second_fit_without_loggers_logs_nothing(make_model, digits, tmp_path):
    model = make_model()
    train(model, digits, *mnist_tb.classification_loggers(tmp_path))
    history = train(model, digits)
    assert "val_balanced_accuracy" not in history.history
    assert len(mnist_tb.read_confusion_matrices(tmp_path).steps) == 2


class StopsAt:
    """A callback that raises in a chosen hook; made a Keras callback below."""

    def __init__(self, hook):
        super().__init__()
        setattr(self, hook, self.fail)

    def fail(self, *args, **kwargs):
        raise RuntimeError("stopped on purpose")


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_test_batch_begin", "on_test_batch_end", "on_epoch_end"])
def test_after_an_exception_in_fit_everything_works_as_before(hook, make_model, digits, tmp_path, keras):
    stops = type("Stops", (StopsAt, keras.callbacks.Callback), {})(hook)
    model = make_model()
    with pytest.raises(RuntimeError, match="on purpose"):
        train(model, digits, *mnist_tb.classification_loggers(tmp_path / "first"), stops)
    assert not {"compute_metrics", "test_step"} & set(vars(model))
    assert ("evaluate" in vars(model)) == ("test" not in hook)  # else it goes with the next fit
    assert sorted(model.evaluate(*digits.validation, verbose=0, return_dict=True)) == ["accuracy", "loss"]
    history = train(model, digits)
    assert "val_balanced_accuracy" not in history.history
    assert "evaluate" not in vars(model)
    train(model, digits, *mnist_tb.classification_loggers(tmp_path / "first"))
    assert len(mnist_tb.read_confusion_matrices(tmp_path / "first").steps) == 2


def test_events_of_a_fit_that_failed_can_be_read(make_model, digits, tmp_path, keras):
    class Stops(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise RuntimeError("stopped on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        train(make_model(), digits, *mnist_tb.classification_loggers(tmp_path), Stops(), epochs=3)
    np.testing.assert_array_equal(mnist_tb.read_confusion_matrices(tmp_path).steps, [0, 1])


def test_loggers_can_be_copied_and_pickled_before_training(make_model, digits, tmp_path):
    import copy
    import pickle

    loggers = mnist_tb.classification_loggers(tmp_path)
    train(make_model(), digits, *pickle.loads(pickle.dumps(copy.deepcopy(loggers))))  # noqa: S301 (our own)
    assert len(mnist_tb.read_confusion_matrices(tmp_path).steps) == 2


def test_data_given_to_loggers_are_shared_by_their_copies(digits, keras):
    import copy

    class Uncopied:
        def __iter__(self):
            return iter([digits.validation])

        def __deepcopy__(self, memo):
            raise TypeError("as a tf.data.Dataset does")

    data = Uncopied()
    samples = (digits.x_val, digits.y_val)
    loggers = mnist_tb.classification_loggers(validation_data=data, samples=samples, class_names=["a", "b"])
    for logger, twin in zip(loggers, copy.deepcopy(loggers), strict=True):
        assert twin is not logger
        assert twin.validation_data is data
        assert vars(twin).keys() == vars(logger).keys()
        assert twin.class_names == logger.class_names


def test_loggers_look_on_from_within_another_callback(make_model, digits, tmp_path, keras):
    class Bundle(keras.callbacks.Callback):
        """Passes on what it is told."""

        def __init__(self, members):
            super().__init__()
            self.members = members

        def set_params(self, params):
            for member in self.members:
                member.set_params(params)

        def set_model(self, model):
            for member in self.members:
                member.set_model(model)

    for hook in ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end"):

        def passed_on(self, *args, hook=hook, **kwargs):
            for member in self.members:
                getattr(member, hook)(*args, **kwargs)

        setattr(Bundle, hook, passed_on)

    train(make_model(), digits, Bundle(mnist_tb.classification_loggers(tmp_path)))
    assert mnist_tb.read_confusion_matrices(tmp_path).counts.sum(axis=(1, 2)).tolist() == [103, 103]


def test_they_are_callbacks_of_the_default_keras(keras):
    loggers = mnist_tb.classification_loggers()
    assert all(isinstance(logger, keras.callbacks.Callback) for logger in loggers)


def test_an_attribute_somebody_else_put_on_the_model_stays(make_model, digits, tmp_path):
    model = make_model()
    functions = {"evaluate": model.evaluate, "compute_metrics": model.compute_metrics}
    vars(model).update(functions)
    train(model, digits, *mnist_tb.classification_loggers(tmp_path))
    assert all(vars(model)[name] is function for name, function in functions.items())
    assert mnist_tb.read_confusion_matrices(tmp_path).counts[-1].sum() == 103
