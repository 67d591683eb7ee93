"""WebKit, the engine of Safari: Debian's WebKitGTK on a screen of its own, spoken to by the WebDriver protocol."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

TAB = "const tab = document.querySelector('iframe')?.contentDocument; const find = (one) => tab?.querySelector(one);"


def require_webkit():
    """Skip where the machine has no WebKit; gives its browser."""
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not browsers or not all(map(shutil.which, ("WebKitWebDriver", "Xvfb"))):
        pytest.skip("there is no WebKit on this machine: Debian has it as webkit2gtk-driver, and xvfb")
    return browsers[-1]


class WebKit:
    """A window of the browser.

    Args:
        address: of the driver.
        browser: the program that it starts.
    """

    def __init__(self, address, browser):
        options = {"webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]}}
        self._address = f"{address}/session"
        session = self._ask("POST", "", capabilities={"alwaysMatch": options})
        self._address += f"/{session['sessionId']}"

    def _ask(self, method, path, **content):
        data = json.dumps(content).encode() if method == "POST" else None
        request = urllib.request.Request(self._address + path, data, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)["value"]

    def open(self, link):
        self._ask("POST", "/url", url=link)

    def run(self, script):
        """What a script in TensorBoard's page gives; `find(selector)` is an element of the tab in it."""
        return self._ask("POST", "/execute/sync", script=TAB + script, args=[])

    def wait(self, condition):
        """Until a script's expression is true."""
        for _ in range(300):
            if self.run(f"return Boolean({condition})"):
                return
            time.sleep(0.1)
        pytest.fail(f"never: {condition}")

    def close(self):
        self._ask("DELETE", "")


@contextmanager
def webkit_window():
    """A window of WebKit on a screen that nobody sees."""
    browser = require_webkit()
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port = found.getsockname()[1]
    with _screen() as display:
        driver = subprocess.Popen(["WebKitWebDriver", f"--port={port}"], env=os.environ | {"DISPLAY": display})
        try:
            window = WebKit(_until_ready(f"http://localhost:{port}"), browser)
            yield window
            window.close()
        finally:
            driver.terminate()
            driver.wait(timeout=60)


@contextmanager
def _screen():
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1500x950x24"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(timeout=60)


def _until_ready(address):
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{address}/status"):  # noqa: S310
                return address
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError("WebKit's driver does not answer")
