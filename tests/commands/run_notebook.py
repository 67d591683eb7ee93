"""Run the notebook top to bottom in a temporary folder, and check what it shows: python tests/run_notebook.py

Two epochs on the digits that `load_mnist` finds by itself. `--full DATA` trains as long as a reader would, on the
digits of the file or folder DATA, writes the notebook back with its outputs, and saves the README's pictures of it.
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

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOTEBOOK = EXAMPLES / "mnist_digit_classification.ipynb"
IMAGES = EXAMPLES.parent / ".github" / "images"
FOR_README = {"calibration": "recalibrated", "reject": "reject-curve"}  # pictures by the cells that show them
LOGGED = {f"predictions/{picture}" for picture in ("confusion_matrix", "samples", "mistakes")}
LOGGED |= {"confusion_matrix", "class_accuracy/0", "confidences"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", metavar="DATA", type=Path, help="train in full on DATA and renew the outputs")
    data = parser.parse_args().full
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    machine = [tempfile.gettempdir(), str(Path.home()), sys.prefix, str(EXAMPLES.parent)]
    try:
        problems = run(notebook, data)
    except CellExecutionError as error:
        sys.exit(str(error))
    if data:
        normalize(notebook)
        problems += unfit_to_publish(notebook, machine)
    if problems:
        sys.exit("\n".join(problems))
    if data:
        nbformat.write(notebook, NOTEBOOK)
        for name, cell_id in FOR_README.items():
            (IMAGES / f"{name}.png").write_bytes(picture(notebook, cell_id))
    print(printed(notebook, "evaluate"))


def run(notebook, data):
    """Execute the notebook in a folder of its own, and return what is wrong with the result."""
    with tempfile.TemporaryDirectory(prefix="mnist_tb_notebook_") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder  # so that manager.get_all() finds no other server
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # tensorboard
        os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}  # else TensorFlow tells of it
        os.environ["MNIST_TB_EPOCHS"] = "10" if data else "2"
        os.environ.pop("MNIST_TB_DATA", None)
        if data:
            os.environ["MNIST_TB_DATA"] = str(data.resolve())
        shutil.copy(EXAMPLES / "digit.png", folder)
        options = {"resources": {"metadata": {"path": folder}}, "record_timing": False, "coalesce_streams": True}
        try:
            NotebookClient(notebook, timeout=600, **options).execute()
            return [*outputs_missing(notebook), *logs_missing(Path(folder, "logs", "notebook"))]
        finally:
            for server in manager.get_all():  # where it outlives the kernel
                os.kill(server.pid, signal.SIGTERM)


def outputs_missing(notebook):
    """What the cells should show and don't."""
    evaluated = printed(notebook, "evaluate")
    accuracy = re.search(r"test accuracy (\d+\.\d+)%", evaluated)
    if not accuracy or float(accuracy[1]) <= 70:
        yield f"the accuracy must be above 70 %, and the cell says: {evaluated}"
    if "equal: True" not in printed(notebook, "check"):
        yield "the logged confusion matrix is not that of model.predict"
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        shown = {mime for output in cell.outputs for mime in output.get("data", {})}
        if re.search(r"plt\.show\(\)|Image\.fromarray", cell.source) and "image/png" not in shown:
            yield f"the cell {cell.id} shows no picture"
        if "%tensorboard" in cell.source and "text/html" not in shown:
            yield "%tensorboard shows no page"


def outputs(notebook, cell_id):
    return next(cell for cell in notebook.cells if cell.id == cell_id).outputs


def printed(notebook, cell_id):
    return "".join(output.get("text", "") for output in outputs(notebook, cell_id)).strip()


def picture(notebook, cell_id):
    (output,) = outputs(notebook, cell_id)
    return base64.b64decode(output.data["image/png"])


def logs_missing(log_dir):
    """What the loggers should have logged and did not."""
    events = EventAccumulator(str(log_dir / "mnist_tb" / "validation")).Reload()
    return [f"{tag} is not in the logs" for tag in sorted(LOGGED - set(events.Tags()["tensors"]))]


def normalize(notebook):
    """Take out what differs from run to run or from machine to machine, and what only takes room."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in notebook.cells:
        cell.metadata.clear()
        for data in (output.data for output in cell.get("outputs", []) if "data" in output):
            data.pop("image/jpeg", None)  # Pillow offers both
            if "image/png" in data:
                data["image/png"] = repacked(data["image/png"])
            if "text/html" in data:
                data["text/html"] = re.sub("tensorboard-frame-[0-9a-f]+", "tensorboard-frame", data["text/html"])


def repacked(picture):
    """A PNG in base64 as one of 256 colours, a third of the size."""
    packed = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def unfit_to_publish(notebook, machine):
    """What must not be in a notebook that others see, such as the paths in `machine`."""
    text = nbformat.writes(notebook)
    if len(text) > 700_000:
        yield f"the notebook has grown to {len(text):,} characters"
    words = re.sub(r'"image/png": "[^"]+"', "", text)
    yield from (f"{path} is in the notebook" for path in machine if path in words)
    yield from (f"the notebook shows {mess}" for mess in ('"stderr"', r"\r", r"\b") if mess in words)


if __name__ == "__main__":
    main()
