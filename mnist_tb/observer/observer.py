"""The observer: sees each batch that Keras validates with, and gives what it saw as NumPy arrays afterwards."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np

from mnist_tb.backend.distribution import in_every_replica, is_replicated, reader, scope_of, torch_group, traced
from mnist_tb.backend.flavours import backend_of, is_compiled, keras_of, mask_of, ops_of, to_numpy
from mnist_tb.backend.scatter import LIMB, total
from mnist_tb.confidence import Confidences
from mnist_tb.observer import inspection, predictions
from mnist_tb.observer.counting import layout_for
from mnist_tb.observer.data import as_array, flatten, input_specs, map_arrays, matching_inputs, pack_as, same_data
from mnist_tb.observer.observation import Array, Observation, Samples, observation_of, plan_samples
from mnist_tb.observer.observer_state import observer_state_class
from mnist_tb.observer.sample_buffer import read_buffer
from mnist_tb.observer.state import ConfusionMatrixState, compiled_state

_AMOUNTS = ("num_samples", "num_tracked", "examples_per_cell", "confidences")


class EpochSource:
    """Where the observation of an epoch comes from, or the error that there was instead."""

    def __init__(self) -> None:
        self.observation: Observation | None = None
        self.error: Exception | None = None

    def forget(self) -> None:
        """Begin anew."""
        self.observation = self.error = None

    def attempt(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Call a function; what it raises must not end `fit`, and is kept for those who ask for the result."""
        try:
            function(*args, **kwargs)
        except Exception as error:
            self.error = error
        return self.error is None

    def result(self) -> Observation | None:
        """What this epoch showed, or None where it showed nothing; raises what kept it from being seen."""
        if self.error is not None:
            raise self.error
        return self.observation


class TrainingCounts(EpochSource):
    """The counts of an epoch's training data, from the `ConfusionMatrix` that the model was compiled with."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._metric = metric = cast(ConfusionMatrixState, compiled_state(model))
        self._read = reader(keras_of(model), model, [getattr(metric, name) for name in metric.counted])

    def keep(self) -> None:
        """Read the counts before an `evaluate` resets the metric, unless that was done, or an epoch only begins."""
        if self.observation is None:
            seen = self._observe()
            self.observation = seen if seen.counts.any() or seen.nonfinite else None

    def result(self) -> Observation | None:
        """The counts; read now where no `evaluate` made that necessary before."""
        if self.observation is None and self.error is None:
            self.observation = self._observe()
        return super().result()

    def _observe(self) -> Observation:
        values = dict(zip(self._metric.counted, self._read(), strict=True))
        return observation_of(self._metric.layout, values)


class Observer(EpochSource):
    """Observes the validation of one model, for all loggers of the same output that are given no different data."""

    def __init__(self, model: Any, logger: Any, say: Callable[[str], None]) -> None:
        super().__init__()
        self.model = model
        self.keras = keras_of(model)
        self.output: str | None = logger.output
        self.from_logits: bool | None = logger.from_logits
        self.num_classes: int | None = None  # where the model does not tell
        self.validation_data: Any = None  # for a pass of our own where `fit` validates nothing
        self.batch_size: int | None = None  # of that pass
        self._checked: Any = None  # data whose labels were looked at
        self._amounts = dict.fromkeys(_AMOUNTS, 0)
        self._say = say
        self.state: Any = None  # a metric that lives beside the model
        self._read: Callable[[], list[Array]] = list
        self._clear: Callable[[], Any] = list
        self._structure: Any = None
        self._specs: Any = None  # of the inputs, where they are known
        self._keeps_samples = False
        self._several_positions = False  # whether outputs have further axes
        self._replicas_agree = False  # whether every replica has seen all batches, instead of a part of each

    def serves(self, logger: Any) -> bool:
        """Whether a logger is about the same output, and not about different data for a pass of its own."""
        same_output = (self.output, self.from_logits) == (logger.output, logger.from_logits)
        data = (self.validation_data, logger.validation_data)
        return same_output and (any(part is None for part in data) or same_data(*data))

    def join(self, logger: Any, data: Any) -> None:
        """Observe what one more logger of a fit that validates with `data` wants, too; until the first validation."""
        if not same_data(data, self._checked):
            inspection.check_labels(self.model, self.output, data)
            self._checked = data
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
            with scope_of(self.model):
                self.state = self._make_state()
            self._read = reader(self.keras, self.model, flatten(self.state.by_name))
            self._clear = traced(self.keras, self.model, self.state.reset_state)
        self.state.scatter.compiled = is_compiled(self.model)  # a pass of our own has changed it
        self._clear()

    def _make_state(self) -> Any:
        model, specs, amounts = self.model, self._specs or [], dict(self._amounts)
        shape = inspection.output_shape(model, self.output, self._structure, self._specs)
        num_classes = predictions.num_classes_of(shape) or self.num_classes
        if num_classes is None:
            raise ValueError(
                f"{type(model).__name__} does not tell how many classes it has: "
                "say it with num_classes=… or class_names=…"
            )
        if shape is not None and predictions.has_several_positions(shape):  # no samples are kept of them
            amounts = {**dict.fromkeys(_AMOUNTS, 0), "confidences": amounts["confidences"]}
        if self._specs is None:
            amounts["num_samples"] = 0
        # Batches are not observed several at a time where their size tells processes apart.
        collects = backend_of(self.keras) == "torch" and not (is_compiled(model) or torch_group())
        layout = layout_for(num_classes, amounts.pop("confidences"))
        plan = plan_samples(num_classes, specs, **amounts)
        if message := plan.describe(amounts["examples_per_cell"]):
            self._say(message)
        ignored = inspection.ignored_class(model, self.output)
        options = {"layout": layout, "ignore_class": ignored, **self._forms()}
        return observer_state_class(self.keras)(plan, specs, collects, **options)

    def _forms(self) -> dict[str, bool]:
        """The forms of labels and predictions, which their shapes do not tell."""
        from_logits = self.from_logits
        if from_logits is None:
            from_logits = inspection.predicts_logits(self.model, self.output)
        return {"from_logits": from_logits, "sparse": "sparse" in inspection.loss_name(self.model, self.output)}

    def _select(self, *structures: Any) -> list[Any]:
        names = inspection.output_names(self.model)
        return [inspection.select_output(structure, names, self.output) for structure in structures]

    def update(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None, **_: Any) -> None:
        """Observe one batch, given as to `compute_metrics`; called while Keras traces or runs its test step."""
        y, y_pred, sample_weight = self._select(y, y_pred, sample_weight)
        inputs = matching_inputs(x, self._specs)
        self._several_positions = predictions.has_several_positions(y_pred.shape)
        self._keeps_samples = inputs is not None and not self._several_positions
        self.state.update(inputs, y, y_pred, sample_weight, mask_of(self.keras, y_pred))

    def pass_over(self, batches: Iterable[Any], predict: Callable[[Any], Any]) -> Observation | None:
        """What is seen of batches in a pass of our own, for where Keras shows none."""
        ops = ops_of(self.keras)
        for number, (x, y, sample_weight) in enumerate(batches):
            if number == 0:
                self.reset(x)
                self.state.scatter.compiled = False  # this pass is not, whatever the model's own steps are
                self._replicas_agree = is_replicated(self.model)
            inputs = map_arrays(ops.convert_to_tensor, x)
            in_every_replica(self.model, partial(self.attempt, self.update, inputs, y, predict(x), sample_weight))
        return self.read()

    def predict_samples(self, x: Any, y: Any, predict: Callable[[Any], Any]) -> tuple[Samples, int] | None:
        """What the model predicts for one batch, and its classes; None for several positions per sample."""
        ops = ops_of(self.keras)
        x = map_arrays(as_array, x)
        y, y_pred = map(ops.convert_to_tensor, self._select(y, predict(x)))
        if predictions.has_several_positions(y_pred.shape):
            return None
        num_classes = predictions.num_classes_of(y_pred.shape)
        batch = predictions.decode(ops, y, y_pred, num_classes, **self._forms())
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
        """What all replicas and processes saw since `reset`, None if nothing; ValueError for what can't be counted."""
        if self.state.collected:
            self.state.collected.flush()
        values = self._read()  # also after an error: the other processes wait for this one
        if self.error is not None:
            raise self.error
        if self._replicas_agree:
            values = [replicas[:1] for replicas in values]
        by_name = pack_as(self.state.by_name, values)
        counts = total(by_name["counts"])
        bad = counts[:, predictions.BAD_LABEL]
        if bad.any():
            one = by_name["bad_label"][bad > 0][0, 0]
            raise ValueError(inspection.bad_labels_message(self.state.num_classes, int(bad.sum()), one))
        if not counts[:, : predictions.SKIPPED].any():
            return None
        observation = observation_of(self.state.layout, by_name)
        observation = replace(observation, confidences=self._confidences(counts.sum(axis=0), by_name))
        if not self._keeps_samples:
            return replace(observation, several_positions=self._several_positions)
        return self._with_samples(observation, by_name)

    def _confidences(self, counts: Array, by_name: Any) -> Confidences | None:
        """How sure the answers were, None where that was not counted, or where no probabilities came."""
        layout, codes = self.state.layout, by_name["codes"]
        if not layout.confidences:
            return None
        message = inspection.not_probabilities_message(by_name["distance"].max(), self.state.from_logits)
        if message:
            self._say(message)
            return None
        passed = by_name["passed"].astype(np.int64) @ [LIMB, 1]
        is_whole = 0 < passed.sum() <= layout.num_codes
        if not (layout.by_cell or is_whole):
            self._say(
                f"{passed.sum():,} answers for {layout.num_classes:,} classes are too many for how sure they were to "
                "be kept by cell: it is kept by true and by predicted class instead"
            )
        every = np.concatenate([row[:n] for row, n in zip(codes, passed, strict=True)]) if is_whole else None
        found: Confidences = layout.read(counts, every)
        return found

    def _with_samples(self, observation: Observation, by_name: Any) -> Observation:
        """The observation, with the samples in the buffers."""
        plan, (tracked, mistakes, examples) = self.state.plan, by_name["buffers"]

        def samples(arrays: Sequence[Array]) -> Samples:
            passed, batch_size = by_name["passed"], by_name["batch_size"]
            return read_buffer(arrays, self._specs or [], self._structure, passed, batch_size)

        count, wrong = plan.num_samples, samples(mistakes)
        kept = wrong if plan.groups == 1 else samples(examples)
        return replace(
            observation,
            first_samples=samples([part[:, :count] for part in tracked]).first(count) if count else None,
            mistakes=wrong.most_confident(count) if count else None,
            tracked=samples(tracked[:2]).first(self.state.tracked.size),
            examples=kept.most_confident(plan.per_group, plan.group_of(kept.true, kept.predicted)),
            plan=plan,
        )
