"""Run the notebook top to bottom in a temporary folder, and check what it shows: python tests/run_notebook.py

Two epochs on the digits that `load_mnist` finds by itself. `--full DATA` trains as long as a reader would, on the
digits of the file or folder DATA, and writes the notebook back with its outputs.
"""

import argparse
import base64
import io
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image
from tensorboard import manager
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOK = EXAMPLES / "mnist_digit_classification.ipynb"
TENSORBOARD = ["--logdir", "logs"]  # what the notebook says after %tensorboard
LOGGED = {
    "confusion_matrix",
    "class_accuracy/0",
    "predictions/confusion_matrix",
    "predictions/samples",
    "predictions/mistakes",
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", metavar="DATA", type=Path, help="train in full on DATA and renew the outputs")
    data = parser.parse_args().full
    set_environment(data)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory(prefix="mnist_tb_notebook_") as name:
        folder = Path(name).resolve()
        shutil.copy(EXAMPLES / "digit.png", folder)
        try:
            NotebookClient(notebook, timeout=600, record_timing=False, resources={"metadata": {"path": name}}).execute()
            problems = [*outputs_missing(notebook), *logs_missing(folder / "logs" / "notebook")]
        except CellExecutionError as error:
            sys.exit(str(error))
        finally:
            stop_tensorboard(folder)
    if data:
        normalize(notebook)
        problems += unfit_to_publish(nbformat.writes(notebook), notebook)
    if problems:
        sys.exit("\n".join(problems))
    if data:
        nbformat.write(notebook, NOTEBOOK)
    print(text_of(cell_of(notebook, "evaluate")).strip())


def set_environment(data):
    """What the kernel inherits."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # has `tensorboard`
    os.environ.pop("MNIST_TB_DATA", None)
    if data:
        os.environ["MNIST_TB_DATA"] = str(data.resolve())
    os.environ["MNIST_TB_EPOCHS"] = "10" if data else "2"


def stop_tensorboard(folder):
    """Stop the server that the notebook started in `folder`, and no other, if it outlives the kernel."""
    key = manager.cache_key(str(folder), TENSORBOARD, {})
    for info in manager.get_all():
        if info.cache_key == key:
            os.kill(info.pid, signal.SIGTERM)


def outputs_missing(notebook):
    """What the cells should show and don't."""
    evaluated = text_of(cell_of(notebook, "evaluate"))
    accuracy = re.search(r"test accuracy (\d+\.\d+)%", evaluated)
    if not accuracy or float(accuracy[1]) <= 70:
        yield f"the accuracy must be above 70 %, and the cell says: {evaluated}"
    if "equal: True" not in text_of(cell_of(notebook, "check")):
        yield "the logged confusion matrix is not that of model.predict"
    if "text/html" not in mime_types(cell_of(notebook, "tensorboard")):
        yield "%tensorboard shows no page"
    for cell in notebook.cells:
        draws = cell.cell_type == "code" and re.search(r"plt\.show\(\)|Image\.fromarray", cell.source)
        if draws and "image/png" not in mime_types(cell):
            yield f"cell {cell.id} shows no picture"


def logs_missing(log_dir):
    """What the loggers should have logged and did not."""
    events = EventAccumulator(str(log_dir / "mnist_tb" / "validation"))
    events.Reload()
    return [f"{tag} is not in the logs" for tag in sorted(LOGGED - set(events.Tags()["tensors"]))]


def normalize(notebook):
    """Leave nothing in it that differs from run to run or from machine to machine without need."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.clear()
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop("image/jpeg", None)  # Pillow offers both
            if "image/png" in data:
                data["image/png"] = repacked(data["image/png"])
            if "text/html" in data:
                data["text/html"] = re.sub("tensorboard-frame-[0-9a-f]+", "tensorboard-frame", data["text/html"])


def repacked(picture):
    """A PNG in base64 as one of 256 colours, which is a third of the size."""
    packed = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def unfit_to_publish(text, notebook):
    """What must not be in the notebook that others see."""
    machine = {tempfile.gettempdir(), str(Path.home()), sys.prefix, str(EXAMPLES.parent)}
    yield from (f"{path} is in the outputs" for path in sorted(machine) if path in text)
    if len(text) > 700_000:
        yield f"the notebook has grown to {len(text):,} characters"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr" or "\r" in output.get("text", "") or "\b" in output.get("text", ""):
                yield f"cell {cell.id} prints what a reader has no use for: {output.text}"


def cell_of(notebook, cell_id):
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def mime_types(cell):
    return {mime for output in cell.outputs for mime in output.get("data", {})}


if __name__ == "__main__":
    main()
