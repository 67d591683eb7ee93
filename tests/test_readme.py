"""The README tells the truth: its snippets run, its files exist, and its commands are those that are tested."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from helpers import Run
from programs import working_in

import mnist_tb

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "examples/README.md", "tests/README.md", "mnist_tb/tensorboard_plugin/README.md"]
TEXTS = {page: (ROOT / page).read_text() for page in PAGES}
README = TEXTS["README.md"]
SNIPPETS = [snippet for text in TEXTS.values() for snippet in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]
COMMANDS = re.findall(r"```bash\n(.*?)\n```", README, re.DOTALL)

SMALL_DIGITS = """
import numpy, mnist_tb
rng = numpy.random.default_rng(0)
def load_mnist():
    make = lambda n: (rng.integers(0, 256, (n, 28, 28), "uint8"), rng.integers(0, 10, n).astype("uint8"))
    return make(200), make(100)
mnist_tb.load_mnist = load_mnist
"""


def run(snippet, folder):
    """What a snippet prints that runs in a folder; only the loading of 70,000 digits is made small."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, working_in(folder), redirect_stdout(said):
        patch.setattr(mnist_tb, "load_mnist", mnist_tb.load_mnist)  # to be put back
        exec(f"{SMALL_DIGITS}\n{snippet}", {"__name__": "snippet"})  # noqa: S102 (it is our own)
    return said.getvalue()


def test_the_first_snippet_reads_back_what_was_trained(tmp_path):
    said = run(f"{SNIPPETS[0]}\nprint(steps.tolist(), counts.shape, counts.sum())", tmp_path)
    assert said.endswith("[0, 1, 2, 3, 4] (5, 10, 10) 500\n")


def test_tags_in_the_table_are_those_that_the_second_snippet_writes(tmp_path):
    run(SNIPPETS[1], tmp_path)
    written = Run(tmp_path / "logs" / "mine" / "mnist_tb" / "validation").tags()
    table = README.partition("| what you see |")[2].partition("\n\n")[0]
    tags = re.findall(r"`([^`]+)`", table)
    assert len(tags) == 22
    assert all(any(tag.startswith(named.removesuffix("…")) for tag in written) for named in tags)


@pytest.mark.parametrize("snippet", SNIPPETS[2:], ids=lambda snippet: re.findall(r"logs/(\w+)", snippet)[0])
def test_every_other_snippet_runs(snippet, tmp_path):
    run(snippet, tmp_path)
    assert list(tmp_path.rglob("*tfevents*"))


@pytest.mark.parametrize("page", PAGES)
def test_files_and_pictures_exist(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)|src(?:set)?=\"([^\"]+)\"", TEXTS[page])
    links = [link or source for link, source in links]
    missing = [link for link in links if not link.startswith("http") and not ((ROOT / page).parent / link).exists()]
    assert links
    assert not missing


def test_the_readme_is_read_in_a_minute():
    assert len(README.splitlines()) <= 150


def test_commands_name_scripts_sessions_and_options_that_exist():
    assert COMMANDS == [
        'pip install ".[examples]" && python examples/train_mnist.py',
        "tensorboard --logdir logs --samples_per_plugin images=1000",
        "pip install nox && nox -s tests",
    ]
    noxfile = (ROOT / "noxfile.py").read_text()
    sessions = re.findall(r"@nox\.session.*\n(?:(?:@nox| |\)).*\n)*def (\w+)\(session", noxfile)
    measurements = noxfile.partition("MEASUREMENTS = {")[2].partition("\n}")[0]
    sessions += re.findall(r'^    "(\w+)": ', measurements, re.MULTILINE)
    named = re.findall(r"nox -s (\w+)", "".join(TEXTS.values()))
    assert len(named) > 5
    assert set(named) <= set(sessions)


def test_the_table_of_environments_is_of_the_matrix():
    matrix = (ROOT / "noxfile.py").read_text().partition("MATRIX = {")[2].partition("\n}")[0]
    environments = re.findall(r'^    "([^"]+)": ', matrix, re.MULTILINE)
    rows = re.findall(r"^\| (\S+) \|.* \| (\d+) \| (\d+) \| (\d+) \|$", TEXTS["tests/README.md"], re.MULTILINE)
    assert len(environments) > 15
    assert [row[0] for row in rows] == environments
    assert all(int(passed) > 700 and failed == "0" for _, passed, _, failed in rows)
