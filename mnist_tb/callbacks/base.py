"""What every Keras asks of a callback, and `EpochLogger`: what all loggers have in common. Imports Keras."""

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from mnist_tb.backend.flavours import default_keras, fit_is_running, fit_variables, keras_of
from mnist_tb.callbacks.event_log import EventLog, about
from mnist_tb.events.writer import EventWriter, check_log_dir
from mnist_tb.observer import inspection
from mnist_tb.observer.counting import NOTHING
from mnist_tb.observer.data import check_validation_data
from mnist_tb.observer.observation import Observation
from mnist_tb.observer.predictions import num_classes_of
from mnist_tb.observer.session import FitSession, join
from mnist_tb.observer.state import compiled_state
from mnist_tb.options import check_whole, checked_names

OnError = Literal["warn", "raise"]
_REMEDIES = (
    "give fit validation_data or validation_split, or give the callbacks validation_data=(x, y) "
    "(arrays, a tf.data.Dataset or a PyDataset)"
)


class AnyKerasCallback(default_keras().callbacks.Callback):  # type: ignore[misc]
    """A callback of Keras 2, tf_keras and Keras 3 alike, with what only some of them have; the hooks do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.params: Any = None
        self._model: Any = None
        self._forget_fit()

    def _forget_fit(self) -> None:
        """Keep nothing of a `fit`; for the callbacks to extend."""
        self._params_of_fit: Any = None  # while one is under way

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along: no model, nor anything of a `fit` that an exception may have ended."""
        twin = object.__new__(type(self))
        twin.__dict__.update(vars(self), _model=None)
        twin._forget_fit()
        return twin.__dict__

    def _check_free(self) -> None:
        """Refuse, with a ValueError, a second `fit` while the first goes on."""
        if fit_is_running(self._params_of_fit):
            raise ValueError(
                f"this {type(self).__name__} logs another fit that is still running: give each fit its own loggers"
            )

    def set_model(self, model: Any) -> None:
        """Keras' way to say which model trains, which may come within torch's `DistributedDataParallel`."""
        self._model = model.module if type(model).__name__ == "DistributedDataParallel" else model

    def _implements_train_batch_hooks(self) -> bool:  # asked by Keras 2 alone, as are the next two
        return False

    _implements_test_batch_hooks = _implements_predict_batch_hooks = _implements_train_batch_hooks


class LoggerOptions(TypedDict, total=False):
    """The options that every logger takes; `EpochLogger` says what they mean."""

    class_names: Sequence[str] | Mapping[int, str] | None
    num_classes: int | None
    output: str | None
    from_logits: bool | None
    validation_data: Any
    batch_size: int | None
    freq: int
    train: bool
    on_error: OnError
    sync: bool


class EpochLogger(AnyKerasCallback):
    """A callback for Keras 2 and 3 alike that logs what the validation of an epoch showed.

    Loggers in the same `fit` share the observer and the event file.

    Args:
        log_dir: TensorBoard's folder of this run; events go to `<log_dir>/mnist_tb/validation`. `~` is expanded.
        class_names: a name for each class, in the order of the labels, or a dict {label: name}; by default "0", "1", ….
        num_classes: needed only where neither `class_names` nor the model tell.
        output: name of the output to observe, for a model with several.
        from_logits: whether the predictions are logits; by default found from the model's loss and last layer.
        validation_data: what to predict after an epoch in which `fit` itself validates nothing: (x, y) or
            (x, y, sample_weight) arrays, a `tf.data.Dataset`, a `PyDataset` or `Sequence`, a `DataLoader`. Loggers
            that are given different data predict their own, and the metrics of the first are in the logs of `fit`.
        batch_size: for arrays in `validation_data`; 32 by default.
        freq: log every `freq` epochs.
        train: log the counts of the training data too, to `<log_dir>/mnist_tb/train`. They come from the metric
            `mnist_tb.ConfusionMatrix`, with which the model must be compiled then.
        on_error: what happens when something can't be logged after training began: "warn" says so once for each
            reason, tries again at each epoch and names the missing epochs at the end; "raise" ends the training.
        sync: have the system write each epoch's counts through to the disk (`fsync`), so that they survive a power
            cut too.

    Raises:
        ValueError: an argument that can't be right. What does not fit the model or, as far as it can be seen, its
            validation data is raised when training begins.
    """

    tag = ""  # what the logger's tags begin with
    describes = ""  # a line on what it logs
    num_samples = 0  # how many samples it shows
    num_tracked = 0  # of how many of the first samples it tracks the predictions
    examples_per_cell = 0  # how many samples of each cell it keeps
    confidences = NOTHING  # what it wants to be counted of how sure the answers are
    has_train = True  # whether it has something to say about training counts

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        *,
        class_names: Sequence[str] | Mapping[int, str] | None = None,
        num_classes: int | None = None,
        output: str | None = None,
        from_logits: bool | None = None,
        validation_data: Any = None,
        batch_size: int | None = None,
        freq: int = 1,
        train: bool = False,
        on_error: OnError = "warn",
        sync: bool = False,
    ) -> None:
        super().__init__()
        self.log_dir = check_log_dir(log_dir)
        self.freq = check_whole("freq", freq, 1, of=" of epochs")
        num_classes = None if num_classes is None else check_whole("num_classes", num_classes, 2)
        self.batch_size = None if batch_size is None else check_whole("batch_size", batch_size, 1)
        check_validation_data(validation_data)
        self.class_names = checked_names(class_names, num_classes)
        self.num_classes = len(self.class_names) if self.class_names else num_classes
        self.output = output
        self.from_logits = from_logits
        self.validation_data = validation_data
        self.train = train
        if on_error not in ("warn", "raise"):
            raise ValueError(f"on_error must be 'warn' or 'raise', and is {on_error!r}")
        self.on_error = on_error
        self.sync = sync

    def _forget_fit(self) -> None:
        super()._forget_fit()
        self._session: Any = None  # the `FitSession` that is under way
        self._sources: dict[str, Any] = {}  # an `EpochSource` by split, what shows its counts
        self._writers: dict[str, EventWriter] = {}  # by split; {} in a process that does not write

    def __deepcopy__(self, memo: dict[int, Any]) -> "EpochLogger":
        """A copy, as KerasTuner makes for each trial; data are shared, as they are large or can't be copied."""
        twin, shared = copy.copy(self), ("validation_data", "samples")
        for name in vars(twin).keys() - shared:
            setattr(twin, name, copy.deepcopy(getattr(twin, name), memo))
        return twin

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Check the model, open the event files and begin to observe."""
        self._check_free()
        if self._session is not None:
            self._session.end()  # of a fit that ended by an exception; what waits there is written now
        self._forget_fit()
        self._params_of_fit = self.params
        session = join(self._model, self.params, EventLog)
        try:
            self._sources["validation"] = session.observer(self, self._check_model())
            if self.train and self.has_train:
                self._sources["train"] = session.training_counts()
            if session.writes:
                claim = session.log.claim
                self._writers = {s: claim(self.log_dir, s, self.tag, self.describes) for s in self._sources}
        except Exception:
            session.end()
            raise
        self._session = session

    def _check_model(self) -> Any:
        """Refuse a model that can't be observed; gives what it is validated with, where that can be seen."""
        model, output = self._model, self.output
        inspection.check_output(model, output)
        inspection.check_classifier(model, output)
        num_classes = num_classes_of(inspection.output_shape(model, output))
        if num_classes is not None:
            self._names(num_classes)
        metric = compiled_state(model)
        if metric is not None:
            metric.check_keras(keras_of(model))
        elif self.train:
            raise ValueError(
                "train=True needs the counts of the training data, which only a metric of the model sees: "
                "compile it with metrics=[mnist_tb.ConfusionMatrix(num_classes=…)]"
            )
        fit = fit_variables(model)
        given = fit.get("validation_data")
        if fit and given is None and not fit.get("validation_split") and self._needs_validation():
            raise ValueError(f"{type(self).__name__} has nothing to observe, as fit validates nothing: {_REMEDIES}")
        return self.validation_data if given is None else given

    def _names(self, num_classes: int) -> tuple[str, ...]:
        """The names of the classes of a model; ValueError if the options say that it has another number of them."""
        if self.num_classes not in (None, num_classes):
            what = f"{self.num_classes} class_names" if self.class_names else f"num_classes={self.num_classes}"
            raise ValueError(f"{what} came for a model with {num_classes} classes: give as many as its output has")
        return self.class_names or tuple(map(str, range(num_classes)))

    def _needs_validation(self) -> bool:
        """Whether there is nothing to log unless `fit` validates."""
        return self.validation_data is None and not self.train

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Forget the epoch before."""
        if self._session is not None:
            self._session.begin_epoch(epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log what was seen in this epoch, if it is one to log."""
        session = self._session
        if session is None or epoch % self.freq:
            return
        session.end_epoch(epoch, logs)
        for split, source in self._sources.items():
            with self._caught(self.tag if split == "validation" else f"{self.tag} of the training data", epoch):
                observation = source.result()
                if observation is not None and self._writers:
                    self._log_split(epoch, observation, self._writers[split])
        with self._caught(self.tag, epoch):
            self._log_extras(epoch)
        self._raise_errors(session)

    def _log_split(self, epoch: int, observation: Observation, events: EventWriter) -> None:
        """Write what must not be lost, and have the rest drawn and written on the thread in the background."""
        names, model, log = self._names(len(observation.counts)), self._model, self._session.log
        if observation.nonfinite:
            total = observation.nonfinite + int(observation.counts.sum())
            log.say(
                f"epoch {epoch}: {observation.nonfinite} of {total} predictions are NaN or infinite, and not counted"
            )
        lines = log.begin(events, epoch)
        with self._caught(self.tag, epoch):
            self._log_now(epoch, observation, names, events)
        if lines:
            self._submit("about", epoch, lambda: events.write(epoch, [about(model, observation, names, lines)]))
        self._submit(self.tag, epoch, self._log, epoch, observation, names, events)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the files and leave the model as it was."""
        session = self._session
        if session is None:
            return
        if session.epoch is not None and not session.validated and self._needs_validation():
            session.log.say(f"nothing was logged, as fit never validated: {_REMEDIES}")
        session.end()
        self._forget_fit()
        self._raise_errors(session)

    def _raise_errors(self, session: FitSession) -> None:
        """End the training where a logger is to, and leave the model as it was: Keras calls no further hook then."""
        if session.log.error is not None:
            session.end()
            raise session.log.error

    def _caught(self, what: str, epoch: int) -> Any:
        """What to do a part of the logging of an epoch in, so that it can fail by itself."""
        return self._session.log.caught(what, epoch, self.log_dir, self.on_error == "raise")

    def _submit(self, what: str, epoch: int, job: Callable[..., Any], *args: Any) -> None:
        """Have a part of the logging of an epoch done in the background."""

        def guarded() -> None:
            with self._caught(what, epoch):
                job(*args)

        self._session.log.submit(epoch, guarded)

    def _log_now(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        """Write what must survive whatever ends the process after this epoch; for the loggers to extend."""

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        """Log what was seen in an epoch; called on the thread in the background."""
        raise NotImplementedError

    def _log_extras(self, epoch: int) -> None:
        """Log what does not come from the validation; for the loggers to extend. Called in every process."""
