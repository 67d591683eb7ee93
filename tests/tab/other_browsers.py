"""The machine's own Firefox and WebKit, each by the driver of its makers: playwright drives builds of its own alone."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

MINI_BROWSER = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))


class OtherBrowser:
    """A browser that shows the tab; the two drivers differ in words.

    Args:
        driver: of marionette_driver or selenium.
        go: opens an address.
        enter: makes an element's frame the one in which things are looked for; None for the page itself.
        click: clicks at (x, y) pixels from the centre of an element.
        errors: what the driver raises.
    """

    def __init__(self, driver, go, enter, click, errors):
        self._driver, self._enter, self.go, self.click, self._errors = driver, enter, go, click, errors

    def open(self, address):
        """Open the tab."""
        self.go("about:blank")
        self.go(address)
        self.wait("return document.querySelector('.legend .ramp') && true")

    def link(self):
        """The address of what is shown."""
        return self.run("return parent.location.href")

    def find(self, selector):
        """The first element of a selector in the tab."""
        self._enter(None)  # anew each time: WebKit's driver loses a frame when the address changes
        self._enter(self._driver.find_element("css selector", "iframe"))
        return self._driver.find_element("css selector", selector)

    def run(self, script, *args):
        """What a script in the tab gives, or the promise that it gives; `args` are its arguments."""
        self.find("body")
        return self._driver.execute_script(f"return (async (args) => {{ {script} }})({json.dumps(args)})")

    def wait(self, script, *args):
        """Until a script gives something."""
        for _ in range(300):
            with suppress(self._errors):  # there is no frame yet, or it is loaded
                if found := self.run(script, *args):
                    return found
            time.sleep(0.1)
        pytest.fail(f"not within 30 s: {script} {args}")

    def sees(self, selector, text):
        """Until an element has a text."""
        script = "return [...document.querySelectorAll(args[0])].some((one) => one.innerText.includes(args[1]))"
        self.wait(script, selector, text)


@contextmanager
def firefox():
    """Firefox, headless, by Mozilla's Marionette; Debian has no geckodriver."""
    marionette = pytest.importorskip("marionette_driver.marionette", reason="marionette_driver drives Firefox")
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("there is no Firefox on this machine")
    from marionette_driver.errors import MarionetteException

    folder = tempfile.TemporaryDirectory()  # for its log, whose file it removes first, whatever that is
    driver = marionette.Marionette(bin=path, headless=True, port=0, gecko_log=f"{folder.name}/firefox.log")
    driver.start_session()

    def enter(frame):
        driver.switch_to_frame(frame)

    def click(element, x, y):
        mouse = marionette.ActionSequence(driver, "pointer", "mouse", {"pointerType": "mouse"})
        mouse.pointer_move(round(x), round(y), origin=element).click().perform()

    try:
        yield OtherBrowser(driver, driver.navigate, enter, click, MarionetteException)
    finally:
        driver.cleanup()
        driver.instance.profile.cleanup()  # at the interpreter's exit it would be too late
        folder.cleanup()


@contextmanager
def webkit():
    """WebKit for GTK in its MiniBrowser, on a screen of its own."""
    pytest.importorskip("selenium", reason="selenium drives WebKit")
    if not MINI_BROWSER or not shutil.which("WebKitWebDriver") or not shutil.which("Xvfb"):
        pytest.skip("there is no WebKit on this machine: webkit2gtk-driver and xvfb bring it")
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver import ActionChains

    with screen():
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(MINI_BROWSER[-1])
        options.add_argument("--automation")
        driver = webdriver.WebKitGTK(options=options)

        def enter(frame):
            driver.switch_to.default_content() if frame is None else driver.switch_to.frame(frame)

        def click(element, x, y):
            ActionChains(driver).move_to_element_with_offset(element, round(x), round(y)).click().perform()

        try:
            driver.set_window_size(1440, 900)
            yield OtherBrowser(driver, driver.get, enter, click, WebDriverException)
        finally:
            driver.quit()


@contextmanager
def screen():
    """An X server that nobody looks at, for what this process starts."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    before = os.environ.get("DISPLAY")
    with os.fdopen(reading) as pipe:
        os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
    try:
        yield
    finally:
        del os.environ["DISPLAY"]
        if before is not None:
            os.environ["DISPLAY"] = before
        server.terminate()
        server.wait(timeout=30)
