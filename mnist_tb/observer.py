"""The observer: sees what Keras sees while it validates, and holds it as NumPy arrays afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb import inspection
from mnist_tb._keras import is_replicated, mask_of, ops_of, scope_of, to_numpy
from mnist_tb.batches import batches_of
from mnist_tb.counting import judge, known_sizes
from mnist_tb.state import InputSpec, Slots, sample_state_class

_logger = logging.getLogger("mnist_tb")
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Samples:
    """N samples that were shown to the model, and what it made of them.

    Attributes:
        inputs: as the model takes them: an (N, ...) array, or a dict or tuple of such; None where they could
            not be kept.
        true: (N,) int64 classes, -1 where unknown.
        predicted: (N,) int64 classes.
        confidence: (N,) float32 probability of the predicted class, NaN where the prediction was NaN or inf.
        position: (N,) int64, 0-based place in the order in which the validation data passed.
    """

    inputs: Any
    true: Array
    predicted: Array
    confidence: Array
    position: Array


@dataclass(frozen=True)
class Observation:
    """What one validation showed.

    Attributes:
        counts: (C, C) int64, true classes on the rows.
        weighted_counts: (C, C) float64, the sums of the sample weights, or None without any.
        nonfinite: predictions with a NaN or inf; they are not in the counts.
        watched: the first samples to pass, or None where outputs have further axes.
        mistakes: those made with most confidence, most first; None likewise.
    """

    counts: Array
    weighted_counts: Array | None
    nonfinite: int
    watched: Samples | None = None
    mistakes: Samples | None = None


class Observer:
    """Looks on while one model validates.

    Its state is a metric that lives beside the model; `look` is called with what the model's own
    `compute_metrics` is given. Nothing here touches the model.

    Args:
        keras: the Keras of the model.
        output: name of the output to look at, for a model with several.
        from_logits: None to find out.
    """

    def __init__(self, keras: ModuleType, output: str | None, from_logits: bool | None) -> None:
        self.keras = keras
        self.output = output
        self.from_logits = from_logits
        self.num_classes: int | None = None  # where the model does not tell
        self.num_samples = 0
        self.validation_data: Any = None
        self.batch_size: int | None = None
        self.state: Any = None
        self._names: list[str] = []
        self._structure: Any = None
        self._specs: list[InputSpec] | None = None
        self._problem: ValueError | None = None
        self.looked = False
        self._samples_kept = False

    def serve(self, logger: Any) -> None:
        """Take up what a logger needs beyond what others asked for."""
        self.num_samples = max(self.num_samples, logger.num_samples)
        self.num_classes = self.num_classes or logger.num_classes
        if self.validation_data is None:
            self.validation_data, self.batch_size = logger.validation_data, logger.batch_size

    def prepare(self, model: Any, x: Any) -> None:
        """Make the state for a model that is about to validate `x`, or reset it."""
        if self.state is None:
            self._structure, self._specs = inspection.input_specs(x, model)
            self._names = inspection.output_names(model)
            if self._specs is None and self.num_samples:
                _logger.warning(
                    "mnist_tb can't show samples of these validation data, as their shape or type is not fixed: "
                    "pass samples=(x, y) for some to follow"
                )
            with scope_of(model):
                self.state = self._make_state(model)
        self.state.reset_state()
        self._problem = None

    def _make_state(self, model: Any) -> Any:
        from_logits = self.from_logits
        if from_logits is None:
            from_logits = inspection.predicts_logits(model, self.output)
        return sample_state_class(self.keras)(
            self._find_num_classes(model),
            num_samples=self.num_samples if self._specs is not None else 0,
            specs=self._specs or [],
            replicated=is_replicated(model),
            from_logits=from_logits,
            ignore_class=inspection.ignored_class(model, self.output),
            sparse="sparse" in inspection.loss_name(model, self.output),
        )

    def _find_num_classes(self, model: Any) -> int:
        told = inspection.num_classes_of(inspection.output_shape(model, self.output, self._specs))
        found = told or self.num_classes
        if found is None:
            raise ValueError(
                f"{type(model).__name__} does not tell how many classes it has: "
                "say it with num_classes=… or class_names=…"
            )
        return found

    def look(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """See one batch; called while Keras traces or runs its test step.

        What is wrong with the batch is remembered and raised by `read`, outside of the step.
        """
        try:
            y = inspection.pick(y, self._names, self.output)
            y_pred = inspection.pick(y_pred, self._names, self.output)
            sample_weight = inspection.pick(sample_weight, self._names, self.output)
            inputs = self._fitting(x)
            self.looked = True
            self._samples_kept = inputs is not None and len(y_pred.shape) <= 2
            mask = mask_of(self.keras, y_pred)
            self.state.look(inputs, y, y_pred, sample_weight, mask)
        except ValueError as error:
            self._problem = error

    def _fitting(self, x: Any) -> list[Any] | None:
        """The arrays of a batch of inputs, if they are what was announced."""
        if self._specs is None:
            return None
        arrays = inspection.leaves(x)
        if len(arrays) != len(self._specs):
            return None
        return arrays if all(_may_be(*pair) for pair in zip(arrays, self._specs, strict=True)) else None

    def look_through(self, model: Any, predict: Callable[[Any], Any]) -> None:
        """See `validation_data` in a pass of its own, for where Keras shows nothing."""
        ops = ops_of(self.keras)
        for number, (x, y, sample_weight) in enumerate(batches_of(self.validation_data, self.batch_size)):
            if number == 0:
                self.prepare(model, x)
            inputs = inspection.like(x, iter([ops.convert_to_tensor(leaf) for leaf in inspection.leaves(x)]))
            self.look(inputs, y, predict(x), sample_weight)

    def judge_samples(self, model: Any, x: Any, y: Any, predict: Callable[[Any], Any]) -> Samples:
        """What the model makes of samples of the user's choice: inputs and labels of one batch."""
        if self.state is None:
            self.prepare(model, x)
        ops, state = ops_of(self.keras), self.state
        y_pred = ops.convert_to_tensor(inspection.pick(predict(x), self._names, self.output))
        batch = judge(
            ops,
            ops.convert_to_tensor(inspection.pick(y, self._names, self.output)),
            y_pred,
            num_classes=state.num_classes,
            from_logits=state.from_logits,
            sparse=state.sparse,
        )
        true, predicted, confidence, bad, nonfinite = (
            to_numpy(self.keras, part)
            for part in (batch.true, batch.predicted, batch.confidence, batch.bad_label, batch.nonfinite)
        )
        return Samples(
            x,
            np.where(bad, -1, true).astype(np.int64),
            predicted.astype(np.int64),
            np.where(nonfinite, np.nan, confidence),
            np.arange(len(true)),
        )

    def read(self) -> Observation | None:
        """What was seen since `prepare`, or None for nothing at all.

        Raises:
            ValueError: labels or shapes that can't be counted.
        """
        state, classes = self.state, self.state.num_classes
        if self._problem is not None:
            raise self._problem
        bad = int(to_numpy(self.keras, state.bad_labels))
        if bad:
            example = float(to_numpy(self.keras, state.bad_label))
            raise ValueError(
                f"labels must be whole numbers from 0 to {classes - 1}, or one-hot rows that sum to 1, and "
                f"{bad} of the validation labels are not (the first: {example:g}): correct the labels or give the "
                "model's last layer more units"
            )
        counts = state.confusion_matrix()
        nonfinite = int(to_numpy(self.keras, state.nonfinite))
        if not self.looked or (not counts.any() and not nonfinite):
            return None
        weighted = state.confusion_matrix(weighted=True) if state.weighted else None
        if not self._samples_kept or not state.num_samples:
            return Observation(counts, weighted, nonfinite)
        return Observation(counts, weighted, nonfinite, self._samples(state.watched), self._samples(state.mistakes))

    def _samples(self, slots: Slots) -> Samples:
        true, predicted, confidence, number, *inputs = (to_numpy(self.keras, v) for v in slots.variables)
        filled = number > 0
        specs = self._specs or []
        rows = [array[filled].astype(_numpy_dtype(spec)) for array, spec in zip(inputs, specs, strict=True)]
        return Samples(
            inspection.like(self._structure, iter(rows)),
            true[filled].astype(np.int64),
            predicted[filled].astype(np.int64),
            confidence[filled],
            number[filled].astype(np.int64) - 1,
        )


def _may_be(array: Any, spec: InputSpec) -> bool:
    """Whether a batch can hold samples of this shape, as far as its shape is known."""
    sizes = known_sizes(array.shape)
    if sizes is None:
        return True
    pairs = zip(sizes[1:], spec.shape, strict=False)
    return len(sizes) == len(spec.shape) + 1 and all(size in (None, wanted) for size, wanted in pairs)


def _numpy_dtype(spec: InputSpec) -> str:
    """The dtype of the inputs where NumPy has it: uint8 pictures come back as uint8."""
    return spec.dtype if spec.dtype in np.sctypeDict and not spec.dtype.startswith("float") else "float32"
