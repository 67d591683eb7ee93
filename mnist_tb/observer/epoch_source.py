"""Where the observation of an epoch comes from: the observer of the validation, or a metric that sees the training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from mnist_tb.backend.distribution import reader
from mnist_tb.backend.flavours import keras_of
from mnist_tb.observer.observation import Observation, sum_of_replicas
from mnist_tb.observer.state import ConfusionMatrixState, compiled_state


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
        variables = [metric.counts, metric.weighted_counts, metric.weighted_batches]
        self._read = reader(keras_of(model), model, variables)

    def read(self) -> None:
        """Keep the counts, before validation resets the metric."""
        counts, weighted, weighted_batches = self._read()
        seen = weighted if weighted_batches.any() else None
        self.observation = sum_of_replicas(self._metric.num_classes, counts, seen)

    def result(self) -> Observation | None:
        """The counts; read now where no validation made that necessary before."""
        if self.observation is None and self.error is None:
            self.read()
        return super().result()
