"""Runs example scripts and README snippets in this process: to import TensorFlow anew takes seconds each time."""

import io
import os
import runpy
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

from mnist_tb.backend.flavours import default_keras

EXAMPLES = Path(__file__).parents[1] / "examples"
sys.path.append(str(EXAMPLES))  # where Python looks first when it runs a script of them


@contextmanager
def working_in(folder):
    """Make `folder` the current one, and `import keras` that Keras which is at work, be it tf_keras."""
    before, keras = Path.cwd(), default_keras()
    theirs = sys.modules.get("keras", keras)
    os.chdir(folder)
    sys.modules["keras"] = keras
    try:
        yield
    finally:
        os.chdir(before)
        sys.modules["keras"] = theirs


def run_example(script, *arguments, folder):
    """Run a script of the examples with a command line; gives its exit code and what it printed."""
    said, complaints, code, before = io.StringIO(), io.StringIO(), 0, sys.argv
    sys.argv = [script, *map(str, arguments)]
    try:
        with working_in(folder), redirect_stdout(said), redirect_stderr(complaints):
            runpy.run_path(str(EXAMPLES / script), run_name="__main__")
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = before
    return CompletedProcess(arguments, code, said.getvalue(), complaints.getvalue())
