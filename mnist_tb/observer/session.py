"""One `fit` under observation: where the observers see its batches, and what its callbacks share.

While `fit` runs, the model has one attribute of ours: an `evaluate` that calls the model's own. Where `fit` calls
it to validate, and for as long as that lasts, `compute_metrics` passes each batch to the observers and a test
function of our own is in use, traced with them in place. The train step never meets any of it. Where an exception
ends `fit` outside of its validation, Keras tells nobody: the `evaluate` stays until the next `fit`, and does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from mnist_tb.backend import nested
from mnist_tb.backend.distribution import check_replicas, is_chief, is_replicated, reader
from mnist_tb.backend.flavours import backend_of, keras_of
from mnist_tb.observer.observation import Array, Observation, sum_of_replicas
from mnist_tb.observer.observer import Observer, Request
from mnist_tb.observer.running_fit import is_running
from mnist_tb.observer.state import compiled_state
from mnist_tb.observer.validation_data import batches_of
from mnist_tb.report import class_report

REMEDIES = (
    "give fit validation_data or validation_split, or give the callbacks validation_data=(x, y) "
    "(arrays, a tf.data.Dataset or a PyDataset)"
)
Shared = TypeVar("Shared")


class _Given:
    """What `fit` handed to `evaluate`, and how long that took."""

    def __init__(self, kwargs: dict[str, Any], seconds: float) -> None:
        x, y = kwargs.get("x"), kwargs.get("y")
        self.data = x if y is None else (x, y, kwargs.get("sample_weight"))
        self.batch_size: int | None = kwargs.get("batch_size")
        self.steps: int | None = kwargs.get("steps")
        self.seconds = seconds


class FitSession:
    """Stands in for `model.evaluate` while `fit` runs; get it with `join`, leave it with `leave`."""

    def __init__(self, model: Any, params: Any) -> None:
        self.model = model
        self.params = params
        self.keras = keras_of(model)
        self.validated = False
        self.reads_training = False  # whether a callback wants the counts of the training data
        self.writes = is_chief(self.keras, model)
        self.begun = False  # whether an epoch was
        self._members = 0
        self._observers: list[Observer] = []
        self._observing_now: Sequence[Observer] = ()
        self._step_shows = False  # whether the model's test_step calls compute_metrics
        self._observations: dict[Observer, Observation] = {}
        self._errors: dict[Any, Exception] = {}  # by observer, or this session for the training data
        self.say: Callable[[str], None] = lambda message: None  # says something once, where the loggers do
        self._training: Observation | None = None
        self._training_reader: Callable[[], list[Array]] | None = None
        self._functions: dict[str, Any] = {"test_function": None, "predict_function": None}
        self._evaluate = model.evaluate
        self._compute_metrics = model.compute_metrics
        self._test_step = model.test_step
        self._shared: dict[Callable[[], Any], Any] = {}
        self._cleanup = ExitStack()
        self._attribute = _replaced(vars(model), "evaluate", self)
        self._attribute.__enter__()
        self._cleanup.callback(self._detach)

    def observer(self, request: Request) -> Observer:
        """The observer for a callback, shared by all that observe the same output and give the same data."""
        for observer in self._observers:
            if observer.request.fits(request):
                observer.request = observer.request.joined(request)
                return observer
        self._observers.append(Observer(self.keras, request))
        return self._observers[-1]

    def shared(self, make: Callable[[], Shared]) -> Shared:
        """What the callbacks of this `fit` share: made for the first that asks, closed when the session ends."""
        if make not in self._shared:
            self._shared[make] = made = make()
            self._cleanup.callback(made.close)  # type: ignore[attr-defined]
        return self._shared[make]  # type: ignore[no-any-return]

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
        if self.reads_training:  # validation is about to reset the metrics
            self._attempt(self, self._read_training)
        ready = [o for o in self._observers if self._attempt(o, o.reset, self.model, kwargs.get("x"))]
        start = time.perf_counter()
        with self._observing(ready):
            logs = self._evaluate(*args, **kwargs)
        given = _Given(kwargs, time.perf_counter() - start)
        for observer in reversed(ready):  # the first one's metrics stay in the logs
            self._attempt(observer, self._take, observer, logs, given)
        if any(observer.step_error for observer in ready):
            self._functions["test_function"] = None  # the next validation traces its step anew
        return logs

    def _attempt(self, who: Any, function: Callable[..., Any], *args: Any) -> bool:
        """Call a function; what it raises must not end `fit`, and is kept for those who ask for its result."""
        try:
            function(*args)
        except Exception as error:
            self._errors[who] = error
            return False
        return True

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

    def _pass_on(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """The model's `compute_metrics`, for as long as it validates."""
        self._step_shows = True
        for observer in self._observing_now:
            observer.update(x, y, y_pred, sample_weight)
        return self._compute_metrics(x, y, y_pred, sample_weight, **kwargs)

    def _take(self, observer: Observer, logs: dict[str, Any], given: _Given | None = None, prefix: str = "") -> None:
        """Keep what an observer saw, and add its metrics to the logs of the validation."""
        asked, observation = observer.request, observer.read() if given else None
        if observation is None and asked.validation_data is not None:
            observer.pass_over(self.model, batches_of(asked.validation_data, asked.batch_size), self.predict)
            observation = observer.read()
        elif observation is None and given and not self._step_shows:
            observation = self._second_pass(observer, given)
        if observation is None:
            raise ValueError(
                "the validation data gave no sample that could be counted: they are empty, a generator that was read "
                "to its end, or masked or ignored throughout; give arrays, a tf.data.Dataset or a PyDataset"
            )
        self.validated = True
        self._observations[observer] = observation
        report = class_report(observation.counts)
        name = f"{observer.request.output}_" if observer.request.output else ""
        logs[f"{prefix}{name}balanced_accuracy"] = report.balanced_accuracy
        logs[f"{prefix}{name}macro_f1"] = report.macro_f1

    def _second_pass(self, observer: Observer, given: _Given) -> Observation | None:
        """Predict the data of `fit` once more, where the model's own steps show nothing; say once what that costs."""
        step = f"the test_step of {type(self.model).__name__} shows its predictions to nobody"
        remedy = "let it call self.compute_metrics(x, y, y_pred, sample_weight)"
        if hasattr(given.data, "__next__"):
            raise ValueError(f"{step}, and a generator can't be read again: {remedy}, or give validation_data=(x, y)")
        start = time.perf_counter()
        observer.pass_over(self.model, batches_of(given.data, given.batch_size, given.steps), self.predict)
        observation = observer.read()
        self.say(
            f"{step}, so that each validation ({given.seconds:.1f} s) is followed by a second pass over its data "
            f"({time.perf_counter() - start:.1f} s): {remedy} to spare that"
        )
        return observation

    def epoch_ended(self, logs: dict[str, Any] | None) -> None:
        """Where `fit` has not validated in this epoch, pass over the data that the callbacks were given."""
        for observer in reversed(self._observers):
            tried = observer in self._observations or observer in self._errors
            if not tried and observer.request.validation_data is not None:
                self._attempt(observer, self._take, observer, {} if logs is None else logs, None, "val_")

    def observation(self, observer: Observer) -> Observation | None:
        """What the observer saw in this epoch, or None without validation.

        Raises:
            Exception: what kept it from seeing anything.
        """
        if observer in self._errors:
            raise self._errors[observer]
        return self._observations.get(observer)

    def training_observation(self) -> Observation | None:
        """The counts of this epoch's training data, from the `ConfusionMatrix` the model was compiled with.

        Raises:
            Exception: what kept them from being read.
        """
        if self in self._errors:
            raise self._errors[self]
        if self._training is None:
            self._read_training()
        return self._training

    def _read_training(self) -> None:
        metric = compiled_state(self.model)
        if metric is None:
            return
        if self._training_reader is None:
            variables = [metric.counts, metric.weighted_counts, metric.weighted_batches]
            self._training_reader = reader(self.keras, self.model, variables)
        counts, weighted, weighted_batches = self._training_reader()
        self._training = sum_of_replicas(metric.num_classes, counts, weighted if weighted_batches.any() else None, 0)

    def forget_epoch(self) -> None:
        """Begin an epoch: what was seen before is not of it."""
        self.begun = True
        self._observations.clear()
        self._errors.clear()
        self._training = None

    def leave(self) -> None:
        """Take one callback out; with the last one the session ends."""
        self._members -= 1
        if not self._members:
            self.end()

    def end(self) -> None:
        """Leave the model as it was, and close what the callbacks share. Further calls do nothing."""
        self._cleanup.close()

    def _detach(self) -> None:
        if vars(self.model).get("evaluate") is self:
            self._attribute.__exit__(None, None, None)


def join(model: Any, params: Any) -> FitSession:
    """The session of the `fit` that `params` belongs to (Keras hands all callbacks of a fit the same dict).

    In your own training loop `params` is None; there, all callbacks join before the first epoch.
    """
    check_replicas(keras_of(model), model)
    session = vars(model).get("evaluate")
    if not isinstance(session, FitSession):
        session = FitSession(model, params)
    elif session.begun or session.params is not params:
        if not is_running(session.params):
            session.end()  # of a fit that ended by an exception; a running one, in a callback of which we are, goes on
        session = FitSession(model, params)
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
