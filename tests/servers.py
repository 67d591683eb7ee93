"""A TensorBoard and a browser, for tests and screenshots."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

# TensorBoard does without TensorFlow where it finds this module, which of its own builds only one has.
WITHOUT_TENSORFLOW = "import sys; sys.modules['tensorboard.compat.notf'] = sys"


@contextmanager
def tensorboard(logs, load_fast="auto", *options, tensorflow=False):
    """Serve `logs` on a free port of this machine until the block ends; gives the address.

    Unless `tensorflow` is asked for, it is as where none is installed, and starts in a fifth of the time.

    Raises:
        RuntimeError: it does not come up; says what it printed.
    """
    logs = Path(logs)
    start = "from tensorboard.main import run_main; run_main()"
    command = [sys.executable, "-c", start if tensorflow else f"{WITHOUT_TENSORFLOW}; {start}"]
    process = subprocess.Popen(
        [*command, "--logdir", logs.name, "--port", "0", "--load_fast", load_fast, *options],
        cwd=logs.parent,  # so that the page shows the folder's name alone
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"at (http://\S+?)/? \(Press", line):
                address = re.sub(r"//[^:/]+", "//localhost", found[1])
                break
        else:
            raise RuntimeError(f"TensorBoard ended: {''.join(said)}")
        _wait_for_runs(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for_runs(address, seconds=60):
    """Until the logs are loaded; polls, as TensorBoard tells no other way."""
    for _ in range(seconds * 5):
        try:
            with urllib.request.urlopen(f"{address}/data/runs") as answer:  # noqa: S310
                if json.load(answer):
                    return
        except urllib.error.URLError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"TensorBoard showed no run within {seconds} s")


@contextmanager
def chromium_page(**viewport):
    """A page of the machine's own Chromium, headless."""
    from playwright.sync_api import sync_playwright

    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=quiet)
        try:
            yield browser.new_page(viewport=viewport or {"width": 1400, "height": 1000})
        finally:
            browser.close()
