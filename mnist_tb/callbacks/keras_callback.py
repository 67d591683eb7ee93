"""`AnyKerasCallback`: what every Keras asks of a callback, in one class.

Importing this module imports Keras.
"""

from __future__ import annotations

from typing import Any

from mnist_tb.backend.distribution import unwrapped
from mnist_tb.backend.flavours import default_keras
from mnist_tb.observer import running_fit


def _ignore(self: Any, *args: Any, **kwargs: Any) -> None:
    """A hook that is not needed."""


_ignore._is_default = True  # type: ignore[attr-defined]  # so that Keras 3 does not call it for every batch


class AnyKerasCallback(default_keras().callbacks.Callback):  # type: ignore[misc]
    """A callback of Keras 2, tf_keras and Keras 3 alike, so that one class serves all of them in one process.

    It is a `Callback` of the default Keras only because some tools, such as scikeras, ask for one: nothing is
    taken from there.
    """

    async_safe = True  # no hook of a batch is used
    _supports_tf_logs = True

    on_train_begin = on_train_end = on_epoch_begin = on_epoch_end = _ignore
    on_batch_begin = on_batch_end = _ignore
    on_train_batch_begin = on_train_batch_end = _ignore
    on_test_batch_begin = on_test_batch_end = on_test_begin = on_test_end = _ignore
    on_predict_batch_begin = on_predict_batch_end = on_predict_begin = on_predict_end = _ignore

    def __init__(self) -> None:
        super().__init__()
        self.params: Any = None
        self._model: Any = None
        self._params_of_fit: Any = None  # while one is under way

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along: not the model that trained last."""
        return {**vars(self), "_model": None, "_params_of_fit": None}

    def _enter_fit(self) -> None:
        """Refuse, with a ValueError, a second `fit` while the first goes on."""
        if running_fit.is_running(self._params_of_fit):
            raise ValueError(
                f"this {type(self).__name__} logs another fit that is still running: give each fit its own loggers"
            )
        self._params_of_fit = self.params

    def set_model(self, model: Any) -> None:
        """Keras' way to say which model trains."""
        self._model = unwrapped(model)

    def set_params(self, params: dict[str, Any]) -> None:
        """Keras' way to say how it trains."""
        self.params = params

    def _implements_train_batch_hooks(self) -> bool:  # asked by Keras 2, as are the next two
        return False

    _implements_test_batch_hooks = _implements_predict_batch_hooks = _implements_train_batch_hooks
