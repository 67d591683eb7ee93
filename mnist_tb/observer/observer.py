"""The observer: sees each batch that Keras validates with, and gives what it saw as NumPy arrays afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.backend.distribution import in_every_replica, in_several_processes, is_replicated, reader, scope_of
from mnist_tb.backend.flavours import backend_of, is_compiled, mask_of, ops_of, to_numpy
from mnist_tb.backend.jax_sums import total
from mnist_tb.observer import inspection
from mnist_tb.observer.example_plan import plan_examples
from mnist_tb.observer.labels import bad_labels_message
from mnist_tb.observer.observation import Array, Observation, Samples, sum_of_replicas
from mnist_tb.observer.observer_state import COUNTERS, observer_state_class
from mnist_tb.observer.predictions import (
    BAD_LABEL,
    NONFINITE,
    SKIPPED,
    decode_predictions,
    has_several_positions,
    known_sizes,
)
from mnist_tb.observer.sample_buffer import read_buffer
from mnist_tb.observer.validation_data import Batch, InputSpec, input_specs, same_data, text_bytes, texts_of

_logger = logging.getLogger("mnist_tb")


@dataclass(frozen=True)
class Request:
    """What one callback wants to be observed.

    Attributes:
        output: name of the output, for a model with several.
        from_logits: whether the predictions are logits; None to find out.
        num_classes: where the model does not tell.
        num_samples: how many of the first samples, and of the mistakes, with their inputs.
        num_tracked: of how many of the first samples labels and predictions.
        examples_per_cell: how many samples of each cell.
        validation_data: for a pass of our own where `fit` validates nothing.
        batch_size: of that pass.
    """

    output: str | None = None
    from_logits: bool | None = None
    num_classes: int | None = None
    num_samples: int = 0
    num_tracked: int = 0
    examples_per_cell: int = 0
    validation_data: Any = None
    batch_size: int | None = None

    def fits(self, other: Request) -> bool:
        """Whether one observer can serve both: the same output, and no different data for a pass of its own."""
        same_output = (self.output, self.from_logits) == (other.output, other.from_logits)
        data = (self.validation_data, other.validation_data)
        return same_output and (any(part is None for part in data) or same_data(*data))

    def joined(self, other: Request) -> Request:
        """A request for all that both want."""
        most: dict[str, Any] = {name: max(getattr(self, name), getattr(other, name)) for name in _AMOUNTS}
        data = self if self.validation_data is not None else other
        num_classes = self.num_classes or other.num_classes
        return replace(
            self, num_classes=num_classes, validation_data=data.validation_data, batch_size=data.batch_size, **most
        )


_AMOUNTS = ("num_samples", "num_tracked", "examples_per_cell")


class Observer:
    """Observes the validation of one model.

    Its state is a metric that lives beside the model; `update` is called with what the model's own
    `compute_metrics` is given. Nothing here touches the model.

    Args:
        keras: the Keras of the model.
        request: what to observe; may be extended until the first validation.
    """

    def __init__(self, keras: ModuleType, request: Request) -> None:
        self.keras = keras
        self.request = request
        self.state: Any = None
        self.saw_batches = False
        self._read: Callable[[], list[Array]] = list
        self._names: list[str] = []
        self._structure: Any = None
        self._specs: list[InputSpec] | None = None
        self.step_error: Exception | None = None  # what went wrong while a step was traced or run
        self._keeps_samples = False
        self._several_positions = False  # whether outputs have further axes
        self._replicas_agree = False  # whether every replica has seen all batches, instead of a part of each

    def reset(self, model: Any, x: Any) -> None:
        """Make the state for a model that is about to validate `x`, or forget what it holds."""
        self._replicas_agree = False
        if self.state is None:
            self._structure, self._specs = input_specs(x, model)
            self._names = inspection.output_names(model)
            with scope_of(model):
                self.state = self._make_state(model)
            self._read = reader(self.keras, model, self.state.all_variables)
        self.state.scatter.compiled = is_compiled(model)  # a pass of our own has changed it
        self.state.reset_state()
        self.step_error = None

    def _make_state(self, model: Any) -> Any:
        asked, specs = self.request, self._specs or []
        from_logits = asked.from_logits
        if from_logits is None:
            from_logits = inspection.predicts_logits(model, asked.output)
        shape = inspection.output_shape(model, asked.output, self._structure, self._specs)
        num_classes = self._find_num_classes(model, shape)
        if shape is not None and has_several_positions(shape):  # no samples are kept of them
            nothing: dict[str, Any] = dict.fromkeys(_AMOUNTS, 0)
            asked = replace(asked, **nothing)
        plan = plan_examples(num_classes, asked.examples_per_cell, specs)
        if message := plan.describe(asked.examples_per_cell):
            _logger.warning("mnist_tb: %s", message)
        return observer_state_class(self.keras)(
            num_classes,
            num_samples=asked.num_samples if self._specs is not None else 0,
            num_tracked=asked.num_tracked,
            plan=plan,
            specs=specs,
            collects=self._may_collect(model),
            from_logits=from_logits,
            ignore_class=inspection.ignored_class(model, asked.output),
            sparse="sparse" in inspection.loss_name(model, asked.output),
        )

    def _may_collect(self, model: Any) -> bool:
        """Whether batches may be observed several at a time: not where their size tells processes apart."""
        return backend_of(self.keras) == "torch" and not (is_compiled(model) or in_several_processes())

    def _find_num_classes(self, model: Any, shape: Any) -> int:
        found = inspection.num_classes_of(shape) or self.request.num_classes
        if found is None:
            raise ValueError(
                f"{type(model).__name__} does not tell how many classes it has: "
                "say it with num_classes=… or class_names=…"
            )
        return found

    def _select(self, structure: Any) -> Any:
        return inspection.select_output(structure, self._names, self.request.output)

    def update(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Observe one batch; called while Keras traces or runs its test step.

        What is wrong with the batch is remembered and raised by `read`, outside of the step.
        """
        try:
            y, y_pred, sample_weight = self._select(y), self._select(y_pred), self._select(sample_weight)
            inputs = self._matching_inputs(x)
            self.saw_batches = True
            self._several_positions = has_several_positions(y_pred.shape)
            self._keeps_samples = inputs is not None and not self._several_positions
            self.state.update(inputs, y, y_pred, sample_weight, mask_of(self.keras, y_pred))
        except Exception as error:
            self.step_error = error

    def _matching_inputs(self, x: Any) -> list[Any] | None:
        """The arrays of a batch of inputs, if they are as announced; none where nothing was."""
        if self._specs is None:
            return []
        arrays = nested.flatten(x)
        if len(arrays) != len(self._specs):
            return None
        arrays = [
            text_bytes(array) if spec.dtype == "string" else array
            for array, spec in zip(arrays, self._specs, strict=True)
        ]
        return arrays if all(_may_match(*pair) for pair in zip(arrays, self._specs, strict=True)) else None

    def pass_over(self, model: Any, batches: Iterable[Batch], predict: Callable[[Any], Any]) -> None:
        """Observe batches in a pass of our own, for where Keras shows none."""
        ops = ops_of(self.keras)
        for number, (x, y, sample_weight) in enumerate(batches):
            if number == 0:
                self.reset(model, x)
                self.state.scatter.compiled = False  # this pass is not, whatever the model's own steps are
                self._replicas_agree = is_replicated(model)
            inputs = nested.map_arrays(ops.convert_to_tensor, x)
            in_every_replica(model, partial(self.update, inputs, y, predict(x), sample_weight))

    def _pack_inputs(self, arrays: list[Array]) -> Any:
        """Kept inputs in the nesting of those that the model takes, texts as such."""
        specs = self._specs or []
        parts = [texts_of(a) if spec.dtype == "string" else a for a, spec in zip(arrays, specs, strict=True)]
        return nested.pack_as(self._structure, parts)

    def predict_samples(self, model: Any, x: Any, y: Any, predict: Callable[[Any], Any]) -> Samples | None:
        """What the model predicts for samples that the user chose: inputs and labels of one batch.

        None where its output has several positions per sample.
        """
        x = nested.map_arrays(nested.as_array, x)
        if self.state is None:
            self.reset(model, x)
        ops, state = ops_of(self.keras), self.state
        y_pred = ops.convert_to_tensor(self._select(predict(x)))
        if has_several_positions(y_pred.shape):
            return None
        batch = decode_predictions(
            ops,
            ops.convert_to_tensor(self._select(y)),
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
        """What all replicas and processes saw since `reset`, or None if that was nothing.

        Raises:
            ValueError: labels or shapes that can't be counted.
        """
        if self.step_error is not None:
            raise self.step_error
        self.state.flush()
        values = self._read()
        if self._replicas_agree:
            values = [replicas[:1] for replicas in values]
        counted = dict(zip(COUNTERS, values, strict=False))
        counts = total(counted["counts"])
        self._refuse_bad_labels(counts[:, BAD_LABEL], counted["bad_label"])
        if not self.saw_batches or not counts[:, :SKIPPED].any():
            return None
        weighted = counted["weighted_counts"] if counted["weighted_batches"].any() else None
        nonfinite = int(counts[:, NONFINITE].sum())
        observation = sum_of_replicas(self.state.num_classes, counts, weighted, nonfinite)
        if not self._keeps_samples:
            return replace(observation, several_positions=self._several_positions)
        return self._with_samples(observation, values[len(COUNTERS) :], counted["passed"], counted["batch_size"])

    def _with_samples(self, observation: Observation, values: list[Array], *replicas: Array) -> Observation:
        """The observation, with the samples in the buffers."""
        state, specs, plan = self.state, self._specs or [], self.state.plan
        parts = []
        for buffer in state.buffers:
            parts.append(values[: len(buffer.variables)])
            values = values[len(buffer.variables) :]

        def samples(arrays: list[Array]) -> Samples:
            return read_buffer(arrays, specs, self._pack_inputs, *replicas)

        tracked, mistakes, examples = parts
        count = state.num_samples
        wrong = samples(mistakes)
        if plan.groups == 1:
            kept = wrong.most_confident(plan.per_group)
        else:
            kept = samples(examples)
            kept = kept.most_confident(plan.per_group, plan.group_of(kept.true, kept.predicted))
        return replace(
            observation,
            first_samples=samples([part[:, :count] for part in tracked]).first(count) if count else None,
            mistakes=wrong.most_confident(count) if count else None,
            tracked=samples(tracked[:2]).first(state.tracked.size),
            examples=kept,
            plan=plan,
        )

    def _refuse_bad_labels(self, bad_labels: Array, bad_label: Array) -> None:
        if bad_labels.any():
            first = bad_label[bad_labels > 0][0, 0]
            raise ValueError(bad_labels_message(self.state.num_classes, int(bad_labels.sum()), first))


def _may_match(array: Any, spec: InputSpec) -> bool:
    """Whether a batch can hold samples of this shape, as far as its shape is known."""
    sizes = known_sizes(array.shape)
    if sizes is None:
        return True
    pairs = zip(sizes[1:], spec.shape, strict=False)
    return len(sizes) == len(spec.shape) + 1 and all(size in (None, wanted) for size, wanted in pairs)
