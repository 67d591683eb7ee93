"""The hyperparameters of runs, as TensorBoard's HParams format keeps them: in the metadata of a value."""

import math
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

_MOST = 20  # names; more columns than that are no table
_LONGEST = 200  # characters of a name or a text
_MOST_BYTES = 64 * 2**10  # of a session, which has at most some thousand hyperparameters then

HParam = bool | float | str


def that_differ(runs: Sequence[str], sessions: Mapping[str, bytes]) -> list[dict[str, HParam]]:
    """For each run the hyperparameters by which runs can be told apart; what is alike wherever it was logged is not.

    `sessions` holds, by run, what was logged. A run has what the nearest folder has that it lies in, or the run itself.
    """
    logged = {str(PurePath(run)): values for run, content in sessions.items() if (values := _values(content))}
    folders = [(PurePath(run), *PurePath(run).parents) for run in runs]
    found = [next((logged[str(one)] for one in above if str(one) in logged), {}) for above in folders]
    known = [values for values in found if values]
    every = sorted({name for values in known for name in values})
    names = [name for name in every if any(values.get(name) != known[0].get(name) for values in known)][:_MOST]
    return [{name: values[name] for name in names if name in values} for values in found]


def _values(content: bytes) -> dict[str, HParam]:
    """What a session says, {} if it can't be read; without values that are no text, finite number or bool."""
    if len(content) > _MOST_BYTES:
        return {}
    try:
        logged: Any = HParamsPluginData.FromString(content).session_start_info.hparams
        values = {name: getattr(value, value.WhichOneof("kind") or "", None) for name, value in logged.items()}
    except Exception:  # a file may hold anything, and each protobuf has errors of its own for that
        return {}
    return {
        name[:_LONGEST]: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in values.items()
        if isinstance(value, str) or (isinstance(value, (bool, float)) and math.isfinite(value))
    }
