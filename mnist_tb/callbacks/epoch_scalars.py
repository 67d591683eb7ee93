"""`EpochScalarsLogger`: the scalars of Keras' own TensorBoard callback, and hyperparameters, without TensorFlow."""

import os
import reprlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend.distribution import is_chief
from mnist_tb.backend.flavours import fit_variables, keras_of, to_numpy
from mnist_tb.callbacks.base import AnyKerasCallback
from mnist_tb.callbacks.event_log import EventLog
from mnist_tb.events import summaries
from mnist_tb.events.writer import check_log_dir

HParam = bool | int | float | str


class EpochScalarsLogger(AnyKerasCallback):
    """Logs what Keras' own TensorBoard callback logs as scalars, where that one can't run: on JAX or torch alone.

    Runs, tags and steps are those of `keras.callbacks.TensorBoard(log_dir)`, so that the curves of all backends lie
    over each other: `epoch_<name>` for each value in the logs of an epoch, in `<log_dir>/train` and (without `val_`)
    `<log_dir>/validation`; `epoch_learning_rate` in `train` (Keras 2 tells that of a schedule only);
    `evaluation_<name>_vs_iterations` in `validation`. A NaN is logged as it is; what is no number is left out.

    Args:
        log_dir: TensorBoard's folder of this run.
        hparams: the run's hyperparameters, by name, for the HParams tab; Python's or NumPy's scalars. TensorBoard
            shows them beside the run's metrics if `--logdir` is a folder above `log_dir`, and those it finds first
            if several runs share a `log_dir`.

    Raises:
        ValueError: an argument that can't be right; when training begins: another callback of the same `fit` writes
            the same, or the folder can't be written to.

    Example:
        >>> import mnist_tb
        >>> logger = mnist_tb.EpochScalarsLogger("logs/run1", hparams={"units": 128, "optimizer": "adam"})
    """

    def __init__(
        self, log_dir: str | os.PathLike[str] = "logs", *, hparams: Mapping[str, HParam] | None = None
    ) -> None:
        super().__init__()
        self.log_dir = check_log_dir(log_dir)
        self.hparams = _checked_hparams(hparams)

    def _forget_fit(self) -> None:
        super()._forget_fit()
        self._log: Any = None  # an `EventLog` while a fit is under way

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the files and note the hyperparameters."""
        self._check_free()
        self._close()  # what a fit that died left open
        self._params_of_fit = self.params
        self._check_alone()
        self._log = EventLog()
        self._write("train", 0, [])  # a folder that can't be written to is found before an epoch has passed
        if self.hparams:
            self._write(".", 0, [summaries.hparams(self.hparams)])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the epoch's values and the learning rate."""
        if not logs or self._log is None:
            return
        with self._caught("scalars", epoch):
            model = self._synced_model()
            train = {name: value for name, value in logs.items() if not name.startswith("val_")}
            train |= _learning_rates(keras_of(model), getattr(model, "optimizer", None))
            validation = {name[len("val_") :]: value for name, value in logs.items() if name.startswith("val_")}
            for run, values in {"train": train, "validation": validation}.items():
                with self._caught(f"scalars of {run}", epoch):
                    self._write_scalars(run, epoch, {f"epoch_{name}": value for name, value in values.items()})

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Log what `evaluate` found, in a `fit` or by itself."""
        alone = self._log is None
        self._log = self._log or EventLog()
        with self._caught("scalars of evaluate", None):
            model = self._synced_model()
            iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
            if iterations is not None:
                values = {f"evaluation_{name}_vs_iterations": value for name, value in (logs or {}).items()}
                self._write_scalars("validation", int(to_numpy(keras_of(model), iterations)), values)
        if alone:
            self._close()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Note that the run ended well, and close the files."""
        if self.hparams and self._log is not None:
            with self._caught("the end of the run", None):
                self._write(".", 0, [summaries.hparams_end()])
        self._close()

    def _write_scalars(self, run: str, step: int, values: Mapping[str, Any]) -> None:
        """Write the numbers among `values`, by tag."""
        numbers = {tag: _number(value) for tag, value in values.items()}
        scalars = [summaries.scalar(tag, number) for tag, number in numbers.items() if number is not None]
        if scalars:
            self._write(run, step, scalars)

    def _write(self, run: str, step: int, values: list[Any]) -> None:
        if is_chief(keras_of(self._model), self._model):
            self._log.writer(Path(self.log_dir) / run).write(step, values)

    def _caught(self, what: str, epoch: int | None) -> Any:
        return self._log.caught(what, epoch, self.log_dir)

    def _close(self) -> None:
        if self._log is not None:
            self._log.close()
        self._forget_fit()

    def _synced_model(self) -> Any:
        """The model as it is now: JAX trains copies of its variables, which Keras' own callbacks know to fetch."""
        callback = keras_of(self._model).callbacks.Callback()
        callback.set_model(self._model)
        return callback.model

    def _check_alone(self) -> None:
        theirs = keras_of(self._model).callbacks.TensorBoard
        callbacks = fit_variables(self._model).get("callbacks")
        for other in getattr(callbacks, "callbacks", []):
            rival = other is not self and isinstance(other, (theirs, EpochScalarsLogger))
            if rival and os.path.realpath(other.log_dir) == os.path.realpath(self.log_dir):
                remedy = (
                    "leave one of them out"
                    if isinstance(other, EpochScalarsLogger)
                    else "leave out keras.callbacks.TensorBoard, or EpochScalarsLogger if graphs or profiles are needed"
                )
                raise ValueError(
                    f"{type(other).__name__} and EpochScalarsLogger would write the same scalars into "
                    f"log_dir={str(self.log_dir)!r}: {remedy}"
                )


def _learning_rates(keras: ModuleType, optimizer: Any) -> dict[str, Any]:
    """What the Keras at work tells of the learning rate, by name: Keras 2 only that of a schedule."""
    if not hasattr(keras, "ops"):
        for name in ("_learning_rate", "lr"):  # "lr" for its legacy optimizers
            rate: Any = getattr(optimizer, name, None)
            # By name, as the class is not at the same place in all of them.
            if any(cls.__name__ == "LearningRateSchedule" for cls in type(rate).__mro__):
                return {"learning_rate": to_numpy(keras, rate(optimizer.iterations))}
        return {}
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of a LossScaleOptimizer
    if hasattr(optimizer, "optimizers"):
        return {f"learning_rate_{part.name}": to_numpy(keras, part.learning_rate) for part in optimizer.optimizers}
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return {"learning_rate": to_numpy(keras, optimizer.learning_rate)}
    return {}


def _number(value: Any) -> float | None:
    """A number, array or tensor without axes as a float; None for anything else."""
    try:
        return None if isinstance(value, (str, bytes)) or np.ndim(value) else float(value)
    except (TypeError, ValueError):
        return None


def _checked_hparams(hparams: Mapping[str, Any] | None) -> dict[str, HParam]:
    """A copy with Python's own scalars, {} for None; ValueError for no dict, or what the HParams tab can't show."""
    if not isinstance(hparams, (Mapping, type(None))):
        raise ValueError(f"hparams must be a dict such as {{'units': 128}}, and is {reprlib.repr(hparams)}")
    largest = sys.float_info.max  # numbers are stored as floats, and one that is not finite breaks the whole tab
    checked: dict[str, HParam] = {}
    for name, value in (hparams or {}).items():
        plain = value.item() if isinstance(value, np.generic) else value
        number = isinstance(plain, (int, float)) and -largest <= plain <= largest
        if not isinstance(name, str) or not (number or isinstance(plain, str)):
            raise ValueError(
                f"hparams must hold a bool, int, finite float or str for each name, and {name!r} came with "
                f"{reprlib.repr(value)} ({type(value).__name__}): leave it out, or give a number or a text that "
                "stands for it"
            )
        checked[name] = plain
    return checked
