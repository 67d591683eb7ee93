"""The text that says, once a run, what was logged and with what."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from mnist_tb.backend.flavours import backend_of, keras_of
from mnist_tb.events import summaries
from mnist_tb.observer.observation import Observation

_SHOWN_CLASSES = 100
_PACKAGES = ("mnist_tb", "tensorflow", "jax", "torch", "tensorboard", "numpy")


def about(model: Any, observation: Observation, class_names: Sequence[str], loggers: Sequence[str]) -> Any:
    """The text of a run as a value to write: what is logged, classes with their support, versions."""
    support = observation.counts.sum(axis=1)
    rows = [f"| {_cell(name)} | {n:,} |" for name, n in zip(class_names, support, strict=True)]
    if len(rows) > _SHOWN_CLASSES:
        rows = [*rows[:_SHOWN_CLASSES], f"| and {len(rows) - _SHOWN_CLASSES} more | |"]
    lines = [
        f"### {_cell(model.name)}: {support.sum():,} samples in {len(class_names)} classes",
        "",
        *[f"- {line}" for line in loggers],
        "",
        "| class | samples |",
        "|---|---:|",
        *rows,
        "",
        ", ".join(_versions(keras_of(model))),
    ]
    return summaries.text("about", "\n".join(lines))


def _cell(text: str) -> str:
    """A text that Markdown shows as it is."""
    plain = " ".join(str(text).split())
    return "".join(f"\\{char}" if char in r"\`*_{}[]<>()#+-.!|~" else char for char in plain)


def _versions(keras: Any) -> list[str]:
    found = [
        f"Python {platform.python_version()}",
        f"{keras.__name__} {keras.__version__} on {backend_of(keras)}",
    ]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return found
