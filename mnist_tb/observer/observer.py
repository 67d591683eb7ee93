"""The observer: sees each batch that Keras validates with, and gives what it saw as NumPy arrays afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.backend.distribution import in_every_replica, in_several_processes, is_replicated, reader, scope_of
from mnist_tb.backend.flavours import backend_of, is_compiled, keras_of, mask_of, ops_of, to_numpy
from mnist_tb.backend.jax_sums import total
from mnist_tb.observer import inspection
from mnist_tb.observer.epoch_source import EpochSource
from mnist_tb.observer.example_plan import plan_examples
from mnist_tb.observer.labels import bad_labels_message
from mnist_tb.observer.observation import Array, Observation, Samples, sum_of_replicas
from mnist_tb.observer.observer_state import COUNTERS, observer_state_class
from mnist_tb.observer.predictions import (
    BAD_LABEL,
    SKIPPED,
    decode_predictions,
    has_several_positions,
    known_sizes,
    num_outputs,
)
from mnist_tb.observer.sample_buffer import read_buffer
from mnist_tb.observer.validation_data import Batch, InputSpec, input_specs, same_data, text_bytes, texts_of

_AMOUNTS = ("num_samples", "num_tracked", "examples_per_cell")


class Observer(EpochSource):
    """Observes the validation of one model, for all loggers of the same output that are given no different data.

    Its state is a metric that lives beside the model; `update` is called with what the model's own `compute_metrics` is
    given. Nothing here touches the model. `say` is called with what the user should know, and says it once.
    """

    def __init__(self, model: Any, logger: Any, say: Callable[[str], None]) -> None:
        super().__init__()
        self.model = model
        self.keras = keras_of(model)
        self.output: str | None = logger.output
        self.from_logits: bool | None = logger.from_logits
        self.num_classes: int | None = None  # where the model does not tell
        self.validation_data: Any = None  # for a pass of our own where `fit` validates nothing
        self.batch_size: int | None = None  # of that pass
        self._amounts = dict.fromkeys(_AMOUNTS, 0)
        self.join(logger)
        self._say = say
        self.state: Any = None
        self._read: Callable[[], list[Array]] = list
        self._names: list[str] = []
        self._structure: Any = None
        self._specs: list[InputSpec] | None = None
        self._keeps_samples = False
        self._several_positions = False  # whether outputs have further axes
        self._replicas_agree = False  # whether every replica has seen all batches, instead of a part of each

    def serves(self, logger: Any) -> bool:
        """Whether a logger is about the same output, and not about different data for a pass of its own."""
        same_output = (self.output, self.from_logits) == (logger.output, logger.from_logits)
        data = (self.validation_data, logger.validation_data)
        return same_output and (any(part is None for part in data) or same_data(*data))

    def join(self, logger: Any) -> None:
        """Observe what one more logger wants, too; until the first validation."""
        self._amounts = {name: max(amount, getattr(logger, name)) for name, amount in self._amounts.items()}
        self.num_classes = self.num_classes or logger.num_classes
        if self.validation_data is None:
            self.validation_data, self.batch_size = logger.validation_data, logger.batch_size

    def reset(self, x: Any) -> None:
        """Make the state for a model that is about to validate `x`, or forget what it holds."""
        self.forget()
        self._replicas_agree = False
        if self.state is None:
            self._structure, self._specs = input_specs(x, self.model)
            self._names = inspection.output_names(self.model)
            with scope_of(self.model):
                self.state = self._make_state()
            self._read = reader(self.keras, self.model, self.state.all_variables)
        self.state.scatter.compiled = is_compiled(self.model)  # a pass of our own has changed it
        self.state.reset_state()

    def _make_state(self) -> Any:
        model, specs, amounts = self.model, self._specs or [], self._amounts
        shape = inspection.output_shape(model, self.output, self._structure, self._specs)
        num_classes = inspection.num_classes_of(shape) or self.num_classes
        if num_classes is None:
            raise ValueError(
                f"{type(model).__name__} does not tell how many classes it has: "
                "say it with num_classes=… or class_names=…"
            )
        if shape is not None and has_several_positions(shape):  # no samples are kept of them
            amounts = dict.fromkeys(_AMOUNTS, 0)
        # Batches are not observed several at a time where their size tells processes apart.
        collects = backend_of(self.keras) == "torch" and not (is_compiled(model) or in_several_processes())
        plan = plan_examples(num_classes, amounts["examples_per_cell"], specs)
        if message := plan.describe(amounts["examples_per_cell"]):
            self._say(message)
        return observer_state_class(self.keras)(
            num_classes,
            num_samples=amounts["num_samples"] if self._specs is not None else 0,
            num_tracked=amounts["num_tracked"],
            plan=plan,
            specs=specs,
            collects=collects,
            ignore_class=inspection.ignored_class(model, self.output),
            **self._forms(),
        )

    def _forms(self) -> dict[str, bool]:
        """The forms of labels and predictions, which their shapes do not tell."""
        from_logits = self.from_logits
        if from_logits is None:
            from_logits = inspection.predicts_logits(self.model, self.output)
        return {"from_logits": from_logits, "sparse": "sparse" in inspection.loss_name(self.model, self.output)}

    def _select(self, structure: Any) -> Any:
        return inspection.select_output(structure, self._names, self.output)

    def update(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, **_: Any) -> None:
        """Observe one batch; called while Keras traces or runs its test step."""
        y, y_pred, sample_weight = self._select(y), self._select(y_pred), self._select(sample_weight)
        inputs = self._matching_inputs(x)
        self._several_positions = has_several_positions(y_pred.shape)
        self._keeps_samples = inputs is not None and not self._several_positions
        self.state.update(inputs, y, y_pred, sample_weight, mask_of(self.keras, y_pred))

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

    def pass_over(self, batches: Iterable[Batch], predict: Callable[[Any], Any]) -> None:
        """Observe batches in a pass of our own, for where Keras shows none."""
        ops = ops_of(self.keras)
        for number, (x, y, sample_weight) in enumerate(batches):
            if number == 0:
                self.reset(x)
                self.state.scatter.compiled = False  # this pass is not, whatever the model's own steps are
                self._replicas_agree = is_replicated(self.model)
            inputs = nested.map_arrays(ops.convert_to_tensor, x)
            in_every_replica(self.model, partial(self.attempt, self.update, inputs, y, predict(x), sample_weight))

    def _pack_inputs(self, arrays: list[Array]) -> Any:
        """Kept inputs in the nesting of those that the model takes, texts as such."""
        specs = self._specs or []
        parts = [texts_of(a) if spec.dtype == "string" else a for a, spec in zip(arrays, specs, strict=True)]
        return nested.pack_as(self._structure, parts)

    def predict_samples(self, x: Any, y: Any, predict: Callable[[Any], Any]) -> tuple[Samples, int] | None:
        """What the model predicts for samples that the user chose, inputs and labels of one batch; and its classes.

        None where its output has several positions per sample.
        """
        ops = ops_of(self.keras)
        x = nested.map_arrays(nested.as_array, x)
        self._names = inspection.output_names(self.model)
        y, y_pred = (ops.convert_to_tensor(self._select(part)) for part in (y, predict(x)))
        if has_several_positions(y_pred.shape):
            return None
        num_classes = max(2, num_outputs(y_pred.shape))
        batch = decode_predictions(ops, y, y_pred, num_classes=num_classes, **self._forms())
        batch = type(batch)(*(to_numpy(self.keras, part) for part in batch))
        samples = Samples(
            x,
            np.where(batch.bad_label, -1, batch.true).astype(np.int64),
            batch.predicted.astype(np.int64),
            np.where(batch.nonfinite, np.nan, batch.confidence),
            np.arange(len(batch.true)),
        )
        return samples, num_classes

    def read(self) -> Observation | None:
        """What all replicas and processes saw since `reset`, or None if that was nothing.

        ValueError for labels or shapes that can't be counted.
        """
        self.state.flush()
        values = self._read()  # also after an error: the other processes wait for this one
        if self.error is not None:
            raise self.error
        if self._replicas_agree:
            values = [replicas[:1] for replicas in values]
        counted = dict(zip(COUNTERS, values, strict=False))
        counts = total(counted["counts"])
        bad = counts[:, BAD_LABEL]
        if bad.any():
            one = counted["bad_label"][bad > 0][0, 0]
            raise ValueError(bad_labels_message(self.state.num_classes, int(bad.sum()), one))
        if not counts[:, :SKIPPED].any():
            return None
        weighted = counted["weighted_counts"] if counted["weighted_batches"].any() else None
        observation = sum_of_replicas(self.state.num_classes, counts, weighted)
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


def _may_match(array: Any, spec: InputSpec) -> bool:
    """Whether a batch can hold samples of this shape, as far as its shape is known."""
    sizes = known_sizes(array.shape)
    if sizes is None:
        return True
    pairs = zip(sizes[1:], spec.shape, strict=False)
    return len(sizes) == len(spec.shape) + 1 and all(size in (None, wanted) for size, wanted in pairs)
