"""The observer: sees what Keras sees while it validates, and holds it as NumPy arrays afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.backend.distribution import in_every_replica, in_several_processes, is_replicated, reader, scope_of
from mnist_tb.backend.flavours import backend_of, is_compiled, mask_of, ops_of, to_numpy
from mnist_tb.observer import inspection
from mnist_tb.observer.example_plan import plan_examples
from mnist_tb.observer.kept_samples import KeptSamples, kept_samples
from mnist_tb.observer.observation import Array, Observation, Samples
from mnist_tb.observer.predictions import decode_predictions, has_several_positions, known_sizes
from mnist_tb.observer.sample_buffer import InputSpec
from mnist_tb.observer.state import COUNTERS, observer_state_class
from mnist_tb.observer.validation_data import batches_of, same_data

_logger = logging.getLogger("mnist_tb")


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
        self.num_tracked = 0
        self.examples_per_cell = 0
        self.validation_data: Any = None
        self.batch_size: int | None = None
        self.state: Any = None
        self._read: Callable[[], list[Array]] = list
        self._names: list[str] = []
        self._structure: Any = None
        self._specs: list[InputSpec] | None = None
        self._problem: ValueError | None = None
        self.looked = False
        self._samples_kept = False
        self._several_positions = False  # whether outputs have further axes
        self._alike = False  # whether every replica has seen all, instead of a part

    def suits(self, logger: Any) -> bool:
        """Whether a logger wants the same output looked at, and has no other data for a pass of its own."""
        asks = (logger.output, logger.from_logits) == (self.output, self.from_logits)
        data = (self.validation_data, logger.validation_data)
        return asks and (any(part is None for part in data) or same_data(*data))

    def serve(self, logger: Any) -> None:
        """Take up what a logger needs beyond what others asked for."""
        for wish in ("num_samples", "num_tracked", "examples_per_cell"):
            setattr(self, wish, max(getattr(self, wish), getattr(logger, wish)))
        self.num_classes = self.num_classes or logger.num_classes
        if self.validation_data is None:
            self.validation_data, self.batch_size = logger.validation_data, logger.batch_size

    def prepare(self, model: Any, x: Any) -> None:
        """Make the state for a model that is about to validate `x`, or reset it."""
        self._alike = False
        if self.state is None:
            self._structure, self._specs = inspection.input_specs(x, model)
            self._names = inspection.output_names(model)
            with scope_of(model):
                self.state = self._make_state(model)
            self._read = reader(self.keras, model, self.state.all_variables)
        self.state.scatter.compiled = is_compiled(model)  # a pass over `validation_data` has changed it
        self.state.reset_state()
        self._problem = None

    def _make_state(self, model: Any) -> Any:
        from_logits = self.from_logits
        if from_logits is None:
            from_logits = inspection.predicts_logits(model, self.output)
        shape = inspection.output_shape(model, self.output, self._structure, self._specs)
        num_classes = self._find_num_classes(model, shape)
        num_samples, num_tracked, per_cell = self.num_samples, self.num_tracked, self.examples_per_cell
        if shape is not None and has_several_positions(shape):  # nothing is kept of them
            num_samples = num_tracked = per_cell = 0
        plan = plan_examples(num_classes, per_cell, self._specs or [])
        if line := plan.describe(per_cell):
            _logger.warning("mnist_tb: %s", line)
        return observer_state_class(self.keras)(
            num_classes,
            num_samples=num_samples if self._specs is not None else 0,
            num_tracked=num_tracked,
            plan=plan,
            specs=self._specs or [],
            compiled=is_compiled(model),
            may_wait=self._may_wait(model),
            from_logits=from_logits,
            ignore_class=inspection.ignored_class(model, self.output),
            sparse="sparse" in inspection.loss_name(model, self.output),
        )

    def _may_wait(self, model: Any) -> bool:
        """Whether several batches may be looked at as one: what is remembered of their size tells processes apart."""
        return backend_of(self.keras) == "torch" and not (is_compiled(model) or in_several_processes())

    def _find_num_classes(self, model: Any, shape: Any) -> int:
        found = inspection.num_classes_of(shape) or self.num_classes
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
            self._several_positions = has_several_positions(y_pred.shape)
            self._samples_kept = inputs is not None and not self._several_positions
            mask = mask_of(self.keras, y_pred)
            self.state.look(inputs, y, y_pred, sample_weight, mask)
        except ValueError as error:
            self._problem = error

    def _fitting(self, x: Any) -> list[Any] | None:
        """The arrays of a batch of inputs, if they are what was announced; none where nothing could be."""
        if self._specs is None:
            return []
        arrays = nested.flatten(x)
        if len(arrays) != len(self._specs):
            return None
        return arrays if all(_may_be(*pair) for pair in zip(arrays, self._specs, strict=True)) else None

    def look_through(self, model: Any, predict: Callable[[Any], Any]) -> None:
        """See `validation_data` in a pass of its own, for where Keras shows nothing."""
        ops = ops_of(self.keras)
        for number, (x, y, sample_weight) in enumerate(batches_of(self.validation_data, self.batch_size)):
            if number == 0:
                self.prepare(model, x)
                self.state.scatter.compiled = False  # this pass is not, whatever the model's own steps are
                self._alike = is_replicated(model)
            inputs = nested.pack_as(x, iter([ops.convert_to_tensor(leaf) for leaf in nested.flatten(x)]))
            in_every_replica(model, partial(self.look, inputs, y, predict(x), sample_weight))

    def predict_samples(self, model: Any, x: Any, y: Any, predict: Callable[[Any], Any]) -> Samples | None:
        """What the model makes of samples of the user's choice: inputs and labels of one batch.

        None where its output has several positions per sample.
        """
        x = nested.pack_as(x, iter([nested.as_array(leaf) for leaf in nested.flatten(x)]))
        if self.state is None:
            self.prepare(model, x)
        ops, state = ops_of(self.keras), self.state
        y_pred = ops.convert_to_tensor(inspection.pick(predict(x), self._names, self.output))
        if has_several_positions(y_pred.shape):
            return None
        batch = decode_predictions(
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
        """What was seen since `prepare`, by all replicas and processes, or None for nothing at all.

        Raises:
            ValueError: labels or shapes that can't be counted.
        """
        if self._problem is not None:
            raise self._problem
        state = self.state
        state.finish()
        values = self._read()
        if self._alike:
            values = [replicas[:1] for replicas in values]
        seen = dict(zip(COUNTERS, values, strict=False))
        self._refuse_bad_labels(seen["bad_labels"], seen["bad_label"])
        counts, weighted, nonfinite = seen["counts"], seen["weighted_counts"], int(seen["nonfinite"].sum())
        if not self.looked or (not counts.any() and not nonfinite):
            return None
        is_weighted = seen["weighted_batches"].any()
        observation = Observation.of_replicas(state.num_classes, counts, weighted if is_weighted else None, nonfinite)
        if self._samples_kept:
            return self._with_samples(observation, values)
        return replace(observation, several_positions=self._several_positions)

    def _with_samples(self, observation: Observation, values: list[Array]) -> Observation:
        """The observation, with the samples of the lists."""
        state, specs = self.state, self._specs or []
        passed, batch_size = (values[COUNTERS.index(name)] for name in ("passed", "batch_size"))
        (first, *shown), mistakes, examples = self._lists(values[len(COUNTERS) :])

        def samples(facts: Array, inputs: list[Array]) -> KeptSamples:
            return kept_samples(facts, inputs, specs, passed, batch_size)

        def structure(inputs: list[Array]) -> Any:
            return nested.pack_as(self._structure, iter(inputs))

        num_samples, plan = state.num_samples, state.plan
        watched, wrong = samples(first[:, :num_samples], shown), samples(mistakes[0], mistakes[1:])
        tracked = samples(first, [])
        if plan.kept == "overall":
            kept = wrong.take(wrong.best(plan.overall), structure)
        else:
            every = samples(examples[0], examples[1:])
            kept = every.take(every.best_of_groups(plan), structure)
        return replace(
            observation,
            watched=watched.take(watched.first(num_samples), structure) if num_samples else None,
            mistakes=wrong.take(wrong.best(num_samples), structure) if num_samples else None,
            tracked=tracked.take(tracked.first(state.watched.size)),
            examples=kept,
            plan=plan,
        )

    def _lists(self, values: list[Array]) -> Iterator[list[Array]]:
        """The values of each of the lists: facts, then inputs."""
        for slots in self.state.lists:
            count = len(slots.variables)
            yield values[:count]
            values = values[count:]

    def _refuse_bad_labels(self, bad_labels: Array, bad_label: Array) -> None:
        if bad_labels.any():
            first = bad_label[bad_labels > 0][0]
            raise ValueError(
                f"labels must be whole numbers from 0 to {self.state.num_classes - 1}, or one-hot rows that sum to 1, "
                f"and {bad_labels.sum()} of the validation labels are not (one of them: {first:g}): "
                "correct the labels or give the model's last layer more units"
            )


def _may_be(array: Any, spec: InputSpec) -> bool:
    """Whether a batch can hold samples of this shape, as far as its shape is known."""
    sizes = known_sizes(array.shape)
    if sizes is None:
        return True
    pairs = zip(sizes[1:], spec.shape, strict=False)
    return len(sizes) == len(spec.shape) + 1 and all(size in (None, wanted) for size, wanted in pairs)
