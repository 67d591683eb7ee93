"""`EpochLogger`: what all loggers have in common, from their options to the end of a `fit`."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import numpy as np

from mnist_tb.backend.flavours import keras_of
from mnist_tb.callbacks.about import about
from mnist_tb.callbacks.event_log import EventLog
from mnist_tb.callbacks.keras_callback import AnyKerasCallback
from mnist_tb.events.writer import EventWriter
from mnist_tb.observer import inspection
from mnist_tb.observer.observation import Observation
from mnist_tb.observer.observer import Observer, Request
from mnist_tb.observer.session import REMEDIES, FitSession, join
from mnist_tb.observer.state import compiled_state
from mnist_tb.observer.validation_data import check_validation_data

_logger = logging.getLogger("mnist_tb")


class LoggerOptions(TypedDict, total=False):
    """The options that every logger takes; `EpochLogger` says what they mean."""

    class_names: Sequence[str] | None
    num_classes: int | None
    output: str | None
    from_logits: bool | None
    validation_data: Any
    batch_size: int | None
    freq: int
    train: bool


class EpochLogger(AnyKerasCallback):
    """A callback for Keras 2 and 3 alike that logs what the validation of an epoch showed.

    Loggers in the same `fit` share the observer and the event file.

    Args:
        log_dir: TensorBoard's folder of this run; events go to `<log_dir>/mnist_tb/validation`.
        class_names: a name for each class, in the order of the labels; by default "0", "1", ….
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

    Raises:
        ValueError: an argument that can't be right. What does not fit the model is raised when training begins,
            what is wrong with the data after the first validation.
    """

    tag = ""  # what the logger's tags begin with
    describes = ""  # a line on what it logs
    num_samples = 0  # how many samples it shows
    num_tracked = 0  # of how many of the first samples it tracks the predictions
    examples_per_cell = 0  # how many samples of each cell it keeps
    has_train = True  # whether it has something to say about training counts

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        *,
        class_names: Sequence[str] | None = None,
        num_classes: int | None = None,
        output: str | None = None,
        from_logits: bool | None = None,
        validation_data: Any = None,
        batch_size: int | None = None,
        freq: int = 1,
        train: bool = False,
    ) -> None:
        super().__init__()
        check_log_dir(log_dir)
        self.freq = check_whole("freq", freq, "a whole number of epochs", 1)
        if num_classes is not None:
            num_classes = check_whole("num_classes", num_classes, "a whole number", 2)
        if batch_size is not None:
            batch_size = check_whole("batch_size", batch_size, "a whole number", 1)
        check_validation_data(validation_data)
        self.log_dir = log_dir
        self.class_names = _checked_names(class_names, num_classes)
        self.num_classes = len(self.class_names) if self.class_names else num_classes
        self.output = output
        self.from_logits = from_logits
        self.validation_data = validation_data
        self.batch_size = batch_size
        self.train = train
        self._session: FitSession | None = None
        self._observer: Observer | None = None
        self._event_log: EventLog | None = None
        self._writers: dict[str, EventWriter] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> EpochLogger:
        """A copy, as KerasTuner makes for each trial; data are shared, as they are large or can't be copied."""
        twin = copy.copy(self)
        for name, value in vars(twin).items():
            shared = name in ("validation_data", "samples")
            setattr(twin, name, value if shared else copy.deepcopy(value, memo))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along: nothing of a `fit`, which may have ended by an exception."""
        return {**super().__getstate__(), "_session": None, "_observer": None, "_event_log": None, "_writers": {}}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Check the model, open the event files and begin to observe."""
        if self._session is not None:  # of a fit that ended by an exception; what waits there is written now
            self._session.end()
        session = join(self._model, self.params)
        try:
            self._check_model()
            self._observer = session.observer(self._request())
            session.reads_training |= self.train
            self._event_log = log = session.shared(EventLog)
            splits = ["validation", "train"] if self.train and self.has_train else ["validation"]
            if session.writes:
                self._writers = {split: log.writer(self.log_dir, split, self.tag, self.describes) for split in splits}
            self._begin()
        except Exception:
            session.end()
            raise
        self._session = session

    def _request(self) -> Request:
        return Request(
            self.output,
            self.from_logits,
            self.num_classes,
            self.num_samples,
            self.num_tracked,
            self.examples_per_cell,
            self.validation_data,
            self.batch_size,
        )

    def _check_model(self) -> None:
        model, output = self._model, self.output
        inspection.check_output(model, output)
        inspection.check_classifier(model, output)
        num_classes = inspection.num_classes_of(inspection.output_shape(model, output))
        if num_classes is not None:
            self._check_num_classes(num_classes)
        metric = compiled_state(model)
        if metric is not None:
            metric.check_keras(keras_of(model))
        elif self.train:
            raise ValueError(
                "train=True needs the counts of the training data, which only a metric of the model sees: "
                "compile it with metrics=[mnist_tb.ConfusionMatrix(num_classes=…)]"
            )
        if self._needs_validation() and inspection.fit_validates(model) is False:
            raise ValueError(f"{type(self).__name__} has nothing to observe, as fit validates nothing: {REMEDIES}")

    def _needs_validation(self) -> bool:
        return self.validation_data is None and not self.train

    def _check_num_classes(self, num_classes: int) -> None:
        if self.num_classes is not None and self.num_classes != num_classes:
            what = f"{self.num_classes} class_names" if self.class_names else f"num_classes={self.num_classes}"
            raise ValueError(f"{what} came for a model with {num_classes} classes: give as many as its output has")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Forget the epoch before."""
        if self._session is not None:
            self._session.forget_epoch()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log what was seen in this epoch, if it is one to log."""
        session, observer = self._session, self._observer
        if session is None or observer is None or epoch % self.freq:
            return
        session.epoch_ended(logs)
        seen = {"validation": session.observation(observer)}
        if self.train and self.has_train:
            seen["train"] = session.training_observation()
        if session.writes:
            for split, observation in seen.items():
                if observation is not None:
                    self._check_num_classes(len(observation.counts))
                    self._submit(self._log_split, epoch, split, observation)
        self._log_extras(epoch)

    def _submit(self, job: Callable[..., Any], *args: Any) -> None:
        """Have `job(*args)` done on the thread in the background; an error of an earlier job ends the session."""
        if self._session is None or self._event_log is None:
            return
        try:
            self._event_log.submit(job, *args)
        except BaseException:
            self._session.end()
            raise

    def _log_split(self, epoch: int, split: str, observation: Observation) -> None:
        """Log one observation; called on the thread in the background."""
        names, events, log = self._names(len(observation.counts)), self._writers[split], self._event_log
        if log is not None and log.is_first(events):
            events.begin(epoch)
            events.write(epoch, [about(self._model, observation, names, log.descriptions[events])])
        self._log(epoch, observation, names, events)

    def _names(self, num_classes: int) -> tuple[str, ...]:
        self._check_num_classes(num_classes)
        return self.class_names or tuple(str(index) for index in range(num_classes))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the files and leave the model as it was."""
        session, log = self._session, self._event_log
        if session is None or log is None:
            return
        if not session.validated and self._needs_validation():
            _logger.warning("%s logged nothing, as fit never validated: %s", type(self).__name__, REMEDIES)
        try:
            log.flush()
        except BaseException:
            session.end()
            raise
        session.leave()
        self._session, self._observer, self._event_log, self._writers = None, None, None, {}

    def _begin(self) -> None:
        """Prepare for a `fit`; for the loggers to extend."""

    def _log(self, epoch: int, observation: Observation, names: tuple[str, ...], events: EventWriter) -> None:
        """Log what was seen in an epoch; called on the thread in the background."""
        raise NotImplementedError

    def _log_extras(self, epoch: int) -> None:
        """Log what does not come from the validation; for the loggers to extend. Called in every process."""


def check_log_dir(log_dir: Any) -> None:
    """Refuse what is no path of a folder.

    Raises:
        ValueError: says what came.
    """
    if not isinstance(log_dir, (str, os.PathLike)) or not os.fspath(log_dir):
        raise ValueError(f"log_dir must be the path of a folder, such as 'logs/run1', and is {log_dir!r}")


def check_whole(name: str, value: Any, what: str, least: int, most: int | None = None) -> int:
    """An argument as Python's int, if it is a whole number in a range, be it NumPy's.

    Raises:
        ValueError: names it.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        reach = f"from {least} on" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {what} {reach}, and is {value!r}")
    return int(value)


def _checked_names(class_names: Sequence[str] | None, num_classes: int | None) -> tuple[str, ...] | None:
    if class_names is None:
        return None
    if isinstance(class_names, str):
        raise ValueError(f"class_names must be a list of names, and is the one text {class_names!r}")
    names = tuple(str(name) for name in class_names)
    if len(names) < 2:
        raise ValueError(f"class_names must name at least 2 classes, and names {len(names)}")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"class_names must differ from each other, and {', '.join(repeated)} came more than once")
    if num_classes is not None and num_classes != len(names):
        raise ValueError(f"num_classes={num_classes} came with {len(names)} class_names: give as many, or leave it out")
    return names
