"""Fixtures of the tab's tests: a real TensorBoard, a real browser, and logs that are made for them."""

import pytest
from servers import chromium_page, tensorboard
from tab_browser import Tab, require_chromium
from tab_logs import HOSTILE, TRAIN, VALIDATION, MadeRun, write_epochs, write_run, write_texts

from mnist_tb.tensorboard_plugin import plugin


@pytest.fixture(scope="module")
def page():
    require_chromium()
    with chromium_page(width=1440, height=900) as page:
        yield page


@pytest.fixture(scope="module")
def made_page(tmp_path_factory):
    """Let the plugin find a page of one empty module, and a file that is none of it."""
    static = tmp_path_factory.mktemp("page") / "static"
    static.mkdir()
    for name in ("index.js", "style.css", "secret.py"):
        (static / name).write_text(f"/* {name} */")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugin, "STATIC", static)
        yield


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Where the logs are, and what is in them, by run."""
    folder, gaps = tmp_path_factory.mktemp("tab") / "logs", MadeRun(samples=300)
    written = {
        VALIDATION: write_run(folder / VALIDATION, epochs=6, samples=600),
        TRAIN: write_run(folder / TRAIN, epochs=6, samples=900, seed=1, per_cell=0, tracked=0),
        "others": write_run(folder / "others", 6, epochs=2, samples=400, names=("cat", "5", "4", "3", "2", "1")),
        "hostile": write_run(folder / "hostile", 5, epochs=2, names=HOSTILE),
        "growing": write_run(folder / "growing", epochs=2, samples=300),
        "gaps": write_epochs(folder / "gaps", [gaps.epoch(step, tuple("0123456789")) for step in (0, 10, 20)]),
        "texts": write_texts(folder / "texts"),
        "weighted": write_run(folder / "weighted", epochs=3, samples=300, weighted=True),
        "two": write_run(folder / "two", 2, epochs=2, samples=200, names=("healthy", "ill")),
        "<b>many": write_run(folder / "<b>many", 150, epochs=2, samples=3000),
    }
    return folder, written


@pytest.fixture(scope="module")
def address(logs):
    """A TensorBoard with the Python loader, and not at the root of its server."""
    require_chromium()
    with tensorboard(logs[0], "false", "--path_prefix", "/some/where", "--reload_interval", "1") as address:
        yield address


@pytest.fixture
def tab(page, address):
    tab = Tab(page, address)
    yield tab
    assert tab.errors == []
