"""The `fit` under way, as its frames on the stack show it.

Keras tells callbacks little of it, and what can't work should be said before it begins. Where nothing can be seen, as
in a training loop of your own, nothing is assumed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any


def _fits(model: Any = None) -> Iterator[dict[str, Any]]:
    """The variables of each `fit` under way: of a model in this thread, innermost first, or of the whole process."""
    own = sys._getframe(1)
    for top in [own] if model is not None else list(sys._current_frames().values()):
        frame: Any = top
        while frame is not None:
            if frame.f_code.co_name == "fit":
                scope = frame.f_locals
                if "validation_data" in scope and (model is None or scope.get("self") is model):
                    yield scope
            frame = frame.f_back


def is_running(params: Any) -> bool:
    """Whether the `fit` that these `params` belong to is under way, in any thread; Keras gives each its own dict."""
    if params is None:
        return False
    return any(getattr(scope.get("callbacks"), "params", None) is params for scope in _fits())


def variables(model: Any) -> dict[str, Any]:
    """The variables of the `fit` of this model that is under way in this thread; {} where they can't be seen."""
    return next(_fits(model), {})
