"""Whatever ends the process, every finished epoch is counted: a few cases of what `nox -s trust` tries often."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def test_counts_survive_signals_and_exits(keras):
    if not hasattr(os, "fork") or keras.__name__ != "keras" or keras.backend.backend() != "tensorflow":
        pytest.skip("the command forks a process that has imported keras on TensorFlow")
    command = [sys.executable, str(TESTS / "commands" / "trust.py"), "--only-ends", "--ends", *"11111"]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"\| (\d+) \| (\d+) \|\n", done.stdout) == [("1", "0")] * 5
