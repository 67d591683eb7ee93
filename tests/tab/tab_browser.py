"""The tab in a headless Chromium: the page, and where things are on it. For tests."""

import shutil
import threading
import urllib.request
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "mnist_tb" / "tensorboard_plugin" / "static"


def require_chromium():
    """Skip where the machine has no browser."""
    pytest.importorskip("playwright", reason="playwright drives the browser")
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium on this machine")


class _Handler(SimpleHTTPRequestHandler):
    """The tab's modules under /static/, the tests under /js/; nothing is logged."""

    extensions_map = {".js": "text/javascript", ".html": "text/html"}  # noqa: RUF012 (so is the base class')

    def translate_path(self, path):
        folder, _, name = path.split("?")[0].lstrip("/").partition("/")
        return str({"static": STATIC, "js": ROOT / "tests" / "tab" / "js"}.get(folder, ROOT / "nowhere") / name)

    def log_message(self, *args):
        pass


@contextmanager
def modules_served():
    """Serve the JavaScript alone, without TensorBoard; gives the address."""
    server = ThreadingHTTPServer(("localhost", 0), partial(_Handler))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Tab:
    """The tab of a TensorBoard, open in a page.

    Args:
        page: playwright's.
        address: of TensorBoard.
    """

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, dark=False, **params):
        """Open a view by its link, as if pasted into a new window."""
        self.page.goto("about:blank")
        hash_ = "".join(f"&p.mnist_tb.{key}={value}" for key, value in params.items())
        self.follow(f"{self.address}/?darkMode={'true' if dark else 'false'}#mnist_tb{hash_}")

    def follow(self, link):
        self.page.goto(link)
        self.wait()

    def reload(self):
        self.page.reload()
        self.wait()

    def wait(self):
        """Until the matrix is there."""
        self.find(".legend .ramp").wait_for(timeout=30_000)

    def find(self, selector, **options):
        return self.page.frame_locator("iframe").locator(selector, **options)

    def button(self, name, **options):
        return self.page.frame_locator("iframe").get_by_role("button", name=name, **options)

    def texts(self, selector):
        return self.find(selector).all_inner_texts()

    def sees(self, selector, text):
        """Wait until an element has a text."""
        self.find(selector, has_text=text).first.wait_for(timeout=30_000)

    def frame(self):
        return next(frame for frame in self.page.frames if "plugin_entry" in frame.url)

    def link(self):
        return self.page.evaluate("location.href")

    def place_of(self, row, column, classes=10, number=0):
        """Left, top and size of a cell on a heat map that shows all its classes, worked out as the tab does."""
        box = self.find("canvas").nth(number).bounding_box()
        script = """async ([width, height, size]) => {
            const { layOut } = await import("./static/geometry.js");
            const context = document.createElement("canvas").getContext("2d");
            context.font = "bold 12px Roboto, Arial, sans-serif";
            const label = Math.max(8, context.measureText("8").width) + 4;
            return layOut({ width, height, size, zoom: null, label });
        }"""
        plot = self.frame().evaluate(script, [box["width"], box["height"], classes])
        size = plot["cellWidth"], plot["cellHeight"]
        return plot["left"] + column * size[0], plot["top"] + row * size[1], size

    def point_at(self, row, column, classes=10, click=False, number=0):
        """Point at a cell of a heat map that shows all its classes."""
        left, top, (width, height) = self.place_of(row, column, classes, number)
        box = self.find("canvas").nth(number).bounding_box()
        x, y = box["x"] + left + width / 2, box["y"] + top + height / 2
        self.page.mouse.move(x, y)
        if click:
            self.page.mouse.click(x, y)

    def color_of(self, row, column):
        """Red, green and blue of a cell, beside its number."""
        left, top, _ = self.place_of(row, column)
        script = "([x, y]) => [...document.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data]"
        return self.frame().evaluate(script, [left + 4, top + 4])[:3]


def focused(tab):
    """The key of what has the focus."""
    return tab.frame().evaluate("document.activeElement.getAttribute('data-key')")


def worst_cell(counts):
    """The true and predicted class of the most frequent mistake."""
    wrong = counts - np.diag(np.diag(counts))
    return tuple(int(index) for index in np.unravel_index(wrong.argmax(), wrong.shape))


def pictures_of(tab):
    """The files behind the pictures of the selected cell, fetched by their addresses."""
    tab.find("figure img").first.wait_for()
    images = tab.find("figure img").evaluate_all("images => images.map(image => image.src)")
    return [urllib.request.urlopen(image).read() for image in images]  # noqa: S310


def download(tab, name):
    tab.button("Save", exact=True).click()
    with tab.page.expect_download() as found:
        tab.find(f"[data-key='save {name}']").click()
    return Path(found.value.path()), found.value.suggested_filename


def reload_until(tab, epochs):
    """Press TensorBoard's own button until the run that is shown has so many epochs."""
    for _ in range(300):
        tab.page.locator("app-header-reload button").click()
        if tab.texts(".run.shown .epochs") == [str(epochs)]:
            return
        tab.page.wait_for_timeout(200)
    pytest.fail(f"no {epochs} epochs after 60 s")


def svg_texts(path):
    """The elements of an SVG file that are text."""
    return list(ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text"))  # noqa: S314 (our own file)
