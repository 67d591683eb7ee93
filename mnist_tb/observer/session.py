"""One `fit` under observation: where the observers see its batches, and what its callbacks share.

While `fit` runs, the model has an `evaluate` of ours, and while that validates, a `compute_metrics` that passes on each
batch, and a test function traced with it; the train step meets none of them. Where an exception ends `fit` elsewhere,
Keras tells nobody: the `evaluate` stays until the next `fit`, and does nothing.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mnist_tb.backend.distribution import check_replicas, is_chief, is_replicated
from mnist_tb.backend.flavours import backend_of, fit_is_running, keras_of
from mnist_tb.curves import confidence_scalars
from mnist_tb.observer.data import batches_of, flatten, map_arrays
from mnist_tb.observer.observation import Observation
from mnist_tb.observer.observer import Observer, TrainingCounts
from mnist_tb.report import class_report


class FitSession:
    """Stands in for `model.evaluate` while `fit` runs; got by `join`. At its end it closes `log`, an `EventLog`."""

    def __init__(self, model: Any, params: Any, log: Any) -> None:
        self.model = model
        self.params = params
        self.log = log
        self.keras = keras_of(model)
        self.writes = is_chief(self.keras, model)
        self.epoch: int | None = None  # None before the first
        self.validated = False
        self._observers: list[Observer] = []
        self._observing_now: Sequence[Observer] = ()
        self._training: TrainingCounts | None = None
        self._step_shows = False  # whether the model's test_step calls compute_metrics
        self._functions: dict[str, Any] = {"test_function": None, "predict_function": None}
        self._evaluate = model.evaluate
        self._compute_metrics = model.compute_metrics
        self._test_step = model.test_step
        self._ended = False
        self._attribute = _replaced(vars(model), "evaluate", self)
        self._attribute.__enter__()

    def observer(self, logger: Any, data: Any) -> Observer:
        """The observer for a logger of a fit that validates with `data`, shared by all of the same output and data."""
        observer = next((observer for observer in self._observers if observer.serves(logger)), None)
        if observer is None:
            observer = Observer(self.model, logger, self.log.say)
            self._observers.append(observer)
        observer.join(logger, data)
        return observer

    def training_counts(self) -> TrainingCounts:
        """The counts of the training data, of a model that was compiled with a `ConfusionMatrix`."""
        self._training = self._training or TrainingCounts(self.model)
        return self._training

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate as the model does; if it is `fit` that calls, observe and add to its logs."""
        if not kwargs.get("_use_cached_eval_dataset"):  # somebody's own evaluate, as in another callback
            # Not in a loop of one's own, where one process alone may call it, and reading waits for all.
            if self._training is not None and self.params is not None:
                self._training.attempt(self._training.keep)
            return self._evaluate(*args, **kwargs)
        if getattr(kwargs.get("callbacks"), "params", self.params) is not self.params:  # another fit validates
            if not fit_is_running(self.params):  # as ours ended by an exception
                self.end()
            return self._evaluate(*args, **kwargs)
        try:
            return self._validate(*args, **kwargs)
        except BaseException:  # ends this fit too
            self.end()
            raise

    def _validate(self, *args: Any, **kwargs: Any) -> Any:
        self.validated = True
        if self._training is not None:
            self._training.attempt(self._training.keep)
        ready = [observer for observer in self._observers if observer.attempt(observer.reset, kwargs.get("x"))]
        start = time.perf_counter()
        with self._observing(ready):
            logs = self._evaluate(*args, **kwargs)
        seconds = time.perf_counter() - start
        for observer in reversed(ready):  # the first one's metrics stay in the logs
            observer.attempt(self._take, observer, logs, kwargs, seconds)
        if any(observer.error for observer in ready):
            self._functions["test_function"] = None  # the next validation traces its step anew
        return logs

    @contextmanager
    def _observing(self, observers: Sequence[Observer]) -> Iterator[None]:
        model = self.model
        if observers != self._observing_now:
            self._functions["test_function"] = None  # others are traced into it
        self._observing_now = observers
        states = [observer.state for observer in observers]
        on_jax = backend_of(self.keras) == "jax"
        if on_jax:  # it carries only the state of the model's own metrics through a step
            model._metrics.extend(states)
        try:
            with (
                _replaced(vars(model), "compute_metrics", self._pass_on),
                _replaced(vars(model), "test_step", self._step),
                self._own("test_function"),
            ):
                yield
        finally:
            if on_jax:
                model._metrics[:] = [metric for metric in model._metrics if metric not in states]

    @contextmanager
    def _own(self, name: str) -> Iterator[None]:
        """Let Keras use a compiled function of our own under `name`; it makes one where it finds None."""
        theirs = getattr(self.model, name)
        setattr(self.model, name, self._functions[name])
        try:
            yield
            self._functions[name] = getattr(self.model, name)
        finally:
            setattr(self.model, name, theirs)

    def predict(self, x: Any) -> Any:
        """Predictions of one batch, without a trace on the model."""
        with self._own("predict_function"):
            y_pred = self.model.predict_on_batch(x)
        if not is_replicated(self.model):
            return y_pred
        rows = len(flatten(x)[0])  # Keras 3 has each replica predict all of them, one after the other
        return map_arrays(lambda predicted: predicted[:rows], y_pred)

    def _step(self, *args: Any, **kwargs: Any) -> Any:
        """The model's `test_step`, as a function of this session: JAX reuses the trace of one it has met before."""
        return self._test_step(*args, **kwargs)

    def _pass_on(self, *args: Any, **kwargs: Any) -> Any:
        """The model's `compute_metrics`, for as long as it validates."""
        self._step_shows = True
        for observer in self._observing_now:
            observer.attempt(observer.update, *args, **kwargs)
        return self._compute_metrics(*args, **kwargs)

    def _take(self, observer: Observer, logs: dict[str, Any], given: dict[str, Any], seconds: float) -> None:
        """Keep what an observer saw of a validation that took so many `seconds`."""
        observation = observer.read()
        if observation is None and observer.validation_data is not None:
            self._pass_over(observer, logs)
            return
        if observation is None and not self._step_shows:
            observation = self._second_pass(observer, given, seconds)
        self._keep(observer, observation, logs)

    def _pass_over(self, observer: Observer, logs: dict[str, Any], prefix: str = "") -> None:
        """Observe the data that the loggers were given."""
        batches = batches_of(observer.validation_data, observer.batch_size)
        self._keep(observer, observer.pass_over(batches, self.predict), logs, prefix)

    def _second_pass(self, observer: Observer, given: dict[str, Any], seconds: float) -> Observation | None:
        """Predict the data of `fit` once more, where the model's own steps show nothing; say once what that costs."""
        step = f"the test_step of {type(self.model).__name__} shows its predictions to nobody"
        remedy = "let it call self.compute_metrics(x, y, y_pred, sample_weight)"
        x, y = given.get("x"), given.get("y")
        if hasattr(x, "__next__"):
            raise ValueError(f"{step}, and a generator can't be read again: {remedy}, or give validation_data=(x, y)")
        data = x if y is None else (x, y, given.get("sample_weight"))
        start = time.perf_counter()
        batches = batches_of(data, given.get("batch_size"), given.get("steps"))
        observation = observer.pass_over(batches, self.predict)
        self.log.say(
            f"{step}, so that each validation ({seconds:.1f} s) is followed by a second pass over its data "
            f"({time.perf_counter() - start:.1f} s): {remedy} to spare that"
        )
        return observation

    def _keep(
        self, observer: Observer, observation: Observation | None, logs: dict[str, Any], prefix: str = ""
    ) -> None:
        """Keep an observation for the loggers, and add its metrics to the logs."""
        if observation is None:
            raise ValueError(
                "the validation data gave no sample that could be counted: they are empty, a generator that was read "
                "to its end, or masked or ignored throughout; give arrays, a tf.data.Dataset or a PyDataset"
            )
        observer.observation = observation
        report = class_report(observation.counts)
        name = f"{prefix}{observer.output}_" if observer.output else prefix
        logs[f"{name}balanced_accuracy"] = report.balanced_accuracy
        logs[f"{name}macro_f1"] = report.macro_f1
        if observation.confidences is not None:
            logs.update({name + tag: value for tag, value in confidence_scalars(observation.confidences).items()})

    def begin_epoch(self, epoch: int) -> None:
        """Forget what was seen before."""
        self.epoch = epoch
        for source in filter(None, (*self._observers, self._training)):
            source.forget()

    def end_epoch(self, epoch: int, logs: dict[str, Any] | None) -> None:
        """Where `fit` has not validated in this epoch, pass over the data that the loggers were given."""
        if epoch != self.epoch:  # a loop of your own may not say when one begins
            self.begin_epoch(epoch)
        for observer in reversed(self._observers):
            is_new = observer.observation is None and observer.error is None
            if is_new and observer.validation_data is not None:
                observer.attempt(self._pass_over, observer, {} if logs is None else logs, "val_")

    def end(self) -> None:
        """Leave the model as it was, and close what the callbacks share. Further calls do nothing."""
        try:
            if not self._ended:
                self._ended = True
                self.log.close()
        finally:
            if vars(self.model).get("evaluate") is self:  # else the session of an inner fit that died has to end first
                self._attribute.__exit__(None, None, None)


def join(model: Any, params: Any, make_log: Callable[[], Any]) -> FitSession:
    """The session of the `fit` that `params` belongs to: all callbacks of a fit have the same dict, of a loop None."""
    check_replicas(keras_of(model), model)
    session = vars(model).get("evaluate")
    while isinstance(session, FitSession):
        if session.params is params and session.epoch is None and not session._ended:
            return session
        if fit_is_running(session.params):  # we are in a callback of it
            break
        session.end()  # it ended by an exception
        session = vars(model).get("evaluate")
    return FitSession(model, params, make_log())


@contextmanager
def _replaced(attributes: dict[str, Any], name: str, value: Any) -> Iterator[None]:
    """Put an attribute on an instance, past what Keras tracks, and later take it off again."""
    before = {name: attributes[name]} if name in attributes else {}
    attributes[name] = value
    try:
        yield
    finally:
        attributes.pop(name, None)
        attributes.update(before)
