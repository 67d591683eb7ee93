"""The README tells the truth: its snippets run, its files exist, and its commands are those that are tested."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"```bash\n(.*?)\n```", README, re.DOTALL)

SMALL_DIGITS = """
import numpy, mnist_tb
rng = numpy.random.default_rng(0)
def load_mnist():
    make = lambda n: (rng.integers(0, 256, (n, 28, 28), "uint8"), rng.integers(0, 10, n).astype("uint8"))
    return make(200), make(100)
mnist_tb.load_mnist = load_mnist
"""


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: re.findall(r"logs/(\w+)", snippet)[0])
def test_every_snippet_runs(snippet, tmp_path, keras):
    """In a program of its own; only the loading of 70,000 digits is made small."""
    if "import keras" in snippet and keras.__name__ != "keras":
        snippet = snippet.replace("import keras", f"import {keras.__name__} as keras")
    program = SMALL_DIGITS + snippet + "\nprint('ran to its end')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert done.stdout.endswith("ran to its end\n"), done.stderr
    assert list(tmp_path.rglob("*tfevents*"))


def test_the_first_snippet_reads_back_what_was_trained(tmp_path):
    program = SMALL_DIGITS + SNIPPETS[0] + "\nprint(steps.tolist(), counts.shape, counts.sum())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("[0, 1, 2, 3, 4] (5, 10, 10) 500\n"), done.stderr


def test_files_and_pictures_exist():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    missing = [link for link in links if not link.startswith("http") and not (ROOT / link).exists()]
    assert links
    assert not missing


def test_commands_name_scripts_sessions_and_options_that_exist():
    assert COMMANDS == [
        'pip install ".[examples]" && python examples/train_mnist.py',
        "tensorboard --logdir logs --samples_per_plugin images=1000",
        "pip install nox && nox -s tests",
    ]
    sessions = re.findall(r"@nox.session\ndef (\w+)", (ROOT / "noxfile.py").read_text())
    named = re.findall(r"nox -s (\w+)", README)
    assert set(named) <= set(sessions)


def test_tags_in_the_table_are_those_that_are_written(tmp_path):
    program = SMALL_DIGITS + SNIPPETS[0]
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True)
    written = Run(tmp_path / "logs" / "run1" / "mnist_tb" / "validation").tags()
    table = README.partition("| what you see |")[2].partition("\n\n")[0]
    tags = re.findall(r"`([^`]+)`", table)
    assert len(tags) == 10
    assert all(any(tag.startswith(named.removesuffix("…")) for tag in written) for named in tags)
