"""Run the notebooks top to bottom, and check what they show: python tests/commands/run_notebook.py [NAME ...]

A few epochs on the digits that `load_mnist` finds by itself, in a temporary folder. `--full DATA` trains as long as a
reader would, on the digits of the file or folder DATA, writes the notebooks back with their outputs, and saves the
README's pictures of them; with `--folder FOLDER` what the second one trained stays there, and is not trained again.
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
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image
from tensorboard import manager
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
IMAGES = EXAMPLES.parent / ".github" / "images"
FOR_README = {"calibration": "recalibrated", "reject": "reject-curve"}  # pictures by the cells that show them
LOGGED = {f"predictions/{picture}" for picture in ("confusion_matrix", "samples", "mistakes")}
LOGGED |= {"confusion_matrix", "class_accuracy/0", "confidences"}
SHOWS = r"^(plt\.show\(\)|show\(|draw_\w+\()|Image\.fromarray"  # lines that show something, and not only define it
TOLD_AT_START = r"^.*(absl::InitializeLog\(\) is called|oneDNN custom operations are on).*\n?"  # by TensorFlow
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
TAB = "mnist_tb&p.mnist_tb.run={}%2Fmnist_tb%2Fvalidation"
IN_THE_TAB = {  # pictures that the second notebook shows, taken with the machine's Chromium: what is seen, height
    "cell.png": (TAB.format("exercise") + "&p.mnist_tb.cell=4,9&p.mnist_tb.diagonal=0", 860),
    "compare.png": (
        TAB.format("deformed") + "&p.mnist_tb.vs=noisy%2Fmnist_tb%2Fvalidation&p.mnist_tb.mode=difference",
        860,
    ),
}


class Story(NamedTuple):
    """A notebook: the cell that says what came of it, the epochs of a full and of a quick run, its largest size."""

    told_by: str
    epochs: str | None
    few_epochs: str
    characters: int
    missing: Callable
    publish: Callable


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(STORIES)}; default: all")
    parser.add_argument("--full", metavar="DATA", type=Path, help="train in full on DATA and renew the outputs")
    parser.add_argument("--folder", type=Path, help="where to run it; default: a temporary one")
    args = parser.parse_args()
    if unknown := set(args.names) - set(STORIES):
        parser.error(f"there is no notebook {', '.join(unknown)}, only {', '.join(STORIES)}")
    for name in args.names or STORIES:
        with working_folder(args.folder) as folder:
            tell(name, folder, args.full)


@contextmanager
def working_folder(folder):
    """The folder, or a temporary one, which is also the kernel's for temporary files."""
    with tempfile.TemporaryDirectory(prefix="mnist_tb_notebook_") as temporary:
        os.environ["TMPDIR"] = tempfile.tempdir = temporary  # so that manager.get_all() finds no other server
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        yield Path(folder or temporary).resolve()
        tempfile.tempdir = None
        del os.environ["TMPDIR"]


def tell(name, folder, data):
    """Run a notebook, check it, write it back if it was run in full, and print what it came to."""
    story, path = STORIES[name], EXAMPLES / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    machine = [str(folder), tempfile.gettempdir(), str(Path.home()), sys.prefix, str(EXAMPLES.parent)]
    try:
        problems = run(notebook, story, folder, data)
    except CellExecutionError as error:
        sys.exit(str(error))
    if data:
        normalize(notebook)
        story.publish(notebook, folder)
        problems += unfit_to_publish(notebook, machine, story.characters)
    if problems:
        sys.exit("\n".join(problems))
    if data:
        nbformat.write(notebook, path)
    print(printed(notebook, story.told_by))


def run(notebook, story, folder, data):
    """Execute the notebook in a folder, and return what is wrong with the result."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # tensorboard
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    epochs = story.epochs if data else story.few_epochs
    for variable, value in {"MNIST_TB_EPOCHS": epochs, "MNIST_TB_DATA": data and str(data.resolve())}.items():
        os.environ.pop(variable, None)
        os.environ |= {variable: value} if value else {}
    for file in (*EXAMPLES.glob("*.py"), EXAMPLES / "digit.png"):
        shutil.copy(file, folder)
    options = {"resources": {"metadata": {"path": str(folder)}}, "record_timing": False, "coalesce_streams": True}
    try:
        NotebookClient(notebook, timeout=7200 if data else 600, **options).execute()
        return [*pictures_missing(notebook), *story.missing(notebook, folder)]
    finally:
        for server in manager.get_all():  # where it outlives the kernel
            os.kill(server.pid, signal.SIGTERM)


def pictures_missing(notebook):
    """The cells that should show something and don't."""
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        shown = {mime for output in cell.outputs for mime in output.get("data", {})}
        if re.search(SHOWS, cell.source, re.MULTILINE) and "image/png" not in shown:
            yield f"the cell {cell.id} shows no picture"
        if "%tensorboard" in cell.source and "text/html" not in shown:
            yield "%tensorboard shows no page"


def exercise_missing(notebook, folder):
    """What the exercise's notebook should have found and logged, and did not."""
    evaluated = printed(notebook, "evaluate")
    accuracy = re.search(r"test accuracy (\d+\.\d+)%", evaluated)
    if not accuracy or float(accuracy[1]) <= 70:
        yield f"the accuracy must be above 70 %, and the cell says: {evaluated}"
    if "equal: True" not in printed(notebook, "check"):
        yield "the logged confusion matrix is not that of model.predict"
    events = EventAccumulator(str(folder / "logs" / "notebook" / "mnist_tb" / "validation")).Reload()
    yield from (f"{tag} is not in the logs" for tag in sorted(LOGGED - set(events.Tags()["tensors"])))


def story_missing(notebook, folder):
    """What the second notebook's table should say, and does not."""
    rows = re.findall(r"^(\w+) +[\d,]+ +([\d.]+)% +[\d,]+ ", printed(notebook, "table"), re.M)
    if [name for name, _ in rows] != ["exercise", "wide", "noisy", "deformed", "test"]:
        yield f"the table has other rows: {printed(notebook, 'table')}"
    yield from (f"{name} must be above 20 %, and is {right} %" for name, right in rows if float(right) <= 20)


def save_for_readme(notebook, folder):
    """Save the README's pictures of the exercise's notebook."""
    for name, cell_id in FOR_README.items():
        (IMAGES / f"{name}.png").write_bytes(picture(notebook, cell_id))


def attach_pictures_of_the_tab(notebook, folder):
    """Put what the tab shows of the logs into the cells that speak of it."""
    from screenshots import take
    from servers import chromium_page, tensorboard

    with tensorboard(folder / "wrong" / "logs") as address, chromium_page() as page:
        for name, (view, height) in IN_THE_TAB.items():
            file = folder / name
            take(page, address, file, "light", view, height)
            png = repacked(base64.b64encode(file.read_bytes()))
            (cell,) = (cell for cell in notebook.cells if f"attachment:{name}" in cell.source)
            cell.setdefault("attachments", {})[name] = {"image/png": png}


def outputs(notebook, cell_id):
    return next(cell for cell in notebook.cells if cell.id == cell_id).outputs


def printed(notebook, cell_id):
    return "".join(output.get("text", "") for output in outputs(notebook, cell_id)).strip()


def picture(notebook, cell_id):
    (output,) = outputs(notebook, cell_id)
    return base64.b64decode(output.data["image/png"])


def normalize(notebook):
    """Take out what differs from run to run or from machine to machine, and what only takes room."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in notebook.cells:
        cell.metadata.clear()
        for output in (output for output in cell.get("outputs", []) if output.get("name") == "stderr"):
            output.text = re.sub(TOLD_AT_START, "", output.text, flags=re.MULTILINE)
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("text") != ""]
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


def unfit_to_publish(notebook, machine, characters):
    """What must not be in a notebook that others see, such as the paths in `machine`."""
    text = nbformat.writes(notebook)
    if len(text) > characters:
        yield f"the notebook has grown to {len(text):,} characters"
    words = re.sub(r'"image/png": "[^"]+"', "", text)
    yield from (f"{path} is in the notebook" for path in machine if path in words)
    yield from (f"the notebook shows {mess}" for mess in ('"stderr"', r"\r", r"\b") if mess in words)


STORIES = {
    "mnist_digit_classification": Story("evaluate", "10", "2", 700_000, exercise_missing, save_for_readme),
    "what_the_network_gets_wrong": Story("table", None, "8", 1_400_000, story_missing, attach_pictures_of_the_tab),
}

if __name__ == "__main__":
    main()
