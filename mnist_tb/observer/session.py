"""One `fit` under observation: where the observers see its batches, and what its callbacks share.

While `fit` runs, the model has one attribute of ours: an `evaluate` that calls the model's own. Where `fit` calls
it to validate, and for as long as that lasts, `compute_metrics` passes each batch to the observers and a test
function of our own is in use, traced with them in place. The train step never meets any of it. Where an exception
ends `fit` outside of its validation, Keras tells nobody: the `evaluate` stays until the next `fit`, and does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mnist_tb.backend import nested
from mnist_tb.backend.distribution import check_replicas, is_chief, is_replicated
from mnist_tb.backend.flavours import backend_of, keras_of
from mnist_tb.observer.epoch_source import TrainingCounts
from mnist_tb.observer.observation import Observation
from mnist_tb.observer.observer import Observer
from mnist_tb.observer.running_fit import is_running
from mnist_tb.observer.validation_data import batches_of
from mnist_tb.report import class_report

REMEDIES = (
    "give fit validation_data or validation_split, or give the callbacks validation_data=(x, y) "
    "(arrays, a tf.data.Dataset or a PyDataset)"
)


class FitSession:
    """Stands in for `model.evaluate` while `fit` runs; get it with `join`, leave it with `leave`.

    `params` are what Keras tells the callbacks of this `fit`, and `log` what they write with; it is closed when the
    session ends, and its `failures` say what the user should know.
    """

    def __init__(self, model: Any, params: Any, log: Any) -> None:
        self.model = model
        self.params = params
        self.log = log
        self.keras = keras_of(model)
        self.writes = is_chief(self.keras, model)
        self.epoch: int | None = None  # None before the first
        self.validated = False
        self._members = 0
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

    def observer(self, logger: Any) -> Observer:
        """The observer for a logger, shared by all that observe the same output and give the same data."""
        for observer in self._observers:
            if observer.serves(logger):
                observer.join(logger)
                return observer
        self._observers.append(Observer(self.model, logger, self.log.failures.say))
        return self._observers[-1]

    def training_counts(self) -> TrainingCounts:
        """The counts of the training data, of a model that was compiled with a `ConfusionMatrix`."""
        self._training = self._training or TrainingCounts(self.model)
        return self._training

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate as the model does; if it is `fit` that calls, observe and add to its logs."""
        if not kwargs.get("_use_cached_eval_dataset"):  # somebody's own evaluate, as in another callback
            return self._evaluate(*args, **kwargs)
        if getattr(kwargs.get("callbacks"), "params", self.params) is not self.params:  # another fit validates
            if not is_running(self.params):  # as ours ended by an exception
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
            self._training.attempt(self._training.read)  # validation is about to reset the metrics
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
        rows = len(nested.flatten(x)[0])  # Keras 3 has each replica predict all of them, one after the other
        return nested.map_arrays(lambda predicted: predicted[:rows], y_pred)

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
        observer.pass_over(batches_of(observer.validation_data, observer.batch_size), self.predict)
        self._keep(observer, observer.read(), logs, prefix)

    def _second_pass(self, observer: Observer, given: dict[str, Any], seconds: float) -> Observation | None:
        """Predict the data of `fit` once more, where the model's own steps show nothing; say once what that costs."""
        step = f"the test_step of {type(self.model).__name__} shows its predictions to nobody"
        remedy = "let it call self.compute_metrics(x, y, y_pred, sample_weight)"
        x, y = given.get("x"), given.get("y")
        if hasattr(x, "__next__"):
            raise ValueError(f"{step}, and a generator can't be read again: {remedy}, or give validation_data=(x, y)")
        data = x if y is None else (x, y, given.get("sample_weight"))
        start = time.perf_counter()
        observer.pass_over(batches_of(data, given.get("batch_size"), given.get("steps")), self.predict)
        observation = observer.read()
        self.log.failures.say(
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

    def begin_epoch(self, epoch: int) -> None:
        """Forget what was seen before."""
        self.epoch = epoch
        for source in (*self._observers, self._training):
            if source is not None:
                source.forget()

    def end_epoch(self, epoch: int, logs: dict[str, Any] | None) -> None:
        """Where `fit` has not validated in this epoch, pass over the data that the loggers were given."""
        if epoch != self.epoch:  # a loop of your own may not say when one begins
            self.begin_epoch(epoch)
        for observer in reversed(self._observers):
            is_new = observer.observation is None and observer.error is None
            if is_new and observer.validation_data is not None:
                observer.attempt(self._pass_over, observer, {} if logs is None else logs, "val_")

    def is_open_to(self, params: Any) -> bool:
        """Whether a callback of the `fit` with these `params` belongs here."""
        return self.params is params and self.epoch is None and not self._ended

    def leave(self) -> None:
        """Take one callback out; with the last one the session ends."""
        self._members -= 1
        if not self._members:
            self.end()

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
    """The session of the `fit` that `params` belongs to (Keras hands all callbacks of a fit the same dict).

    `make_log` makes the log of a new one. In your own training loop `params` is None; there, all callbacks join before
    the first epoch.
    """
    check_replicas(keras_of(model), model)
    session = vars(model).get("evaluate")
    while isinstance(session, FitSession) and not session.is_open_to(params):
        if is_running(session.params):  # we are in a callback of it
            session = None
        else:  # it ended by an exception
            session.end()
            session = vars(model).get("evaluate")
    if not isinstance(session, FitSession):
        session = FitSession(model, params, make_log())
    session._members += 1
    return session


@contextmanager
def _replaced(attributes: dict[str, Any], name: str, value: Any) -> Iterator[None]:
    """Put an attribute on an instance, past what Keras tracks, and later take it off again."""
    had, before = name in attributes, attributes.get(name)
    attributes[name] = value
    try:
        yield
    finally:
        if had:
            attributes[name] = before
        else:
            attributes.pop(name, None)
