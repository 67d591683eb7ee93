"""What the tab costs: TensorBoard's start, each answer on the fast loader, memory, and what one waits for in a browser.

    python tests/commands/tab_bench.py [--epochs 100] [--loader true] [--full]

prints milliseconds: the first answer of a server that has just loaded, and the median of those that follow; then the
memory that a new server takes before anything is asked of the tab, and how much more it took at most once a page has
gone through some 25 epochs. Then, in headless Chromium with a new server, from the tab's beginning to its first matrix,
and from one epoch to another. With `--full`, no cell of 1,000 classes is zero and all are weighted, which takes most
memory.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tab_logs
from servers import chromium_page, tensorboard
from tab_browser import Tab

RUN = "run/mnist_tb/validation"
START = """
import time, tensorboard.main, tensorboard.default
from tensorboard.backend.event_processing import data_provider
from tensorboard.plugins.base_plugin import TBContext
begin = time.perf_counter()
from mnist_tb.tensorboard_plugin.loader import Loader
imported = time.perf_counter()
assert Loader().load(TBContext(data_provider=object()))
print(1000 * (imported - begin), 1000 * (time.perf_counter() - begin))
"""

NOTE_FIRST_PAINT = """
const look = () => {
    const drawn = document.querySelector("[aria-busy=false] .legend .ramp");
    if (drawn) window.paintedAt = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
MOVE = """async step => {
    const slider = document.querySelector("[aria-label='Epoch of A']");
    const isShown = () =>
        document.querySelector(".side h1").textContent.endsWith(`epoch ${step}`) &&
        document.querySelector("[aria-busy=false] .legend");
    const frame = () => new Promise(requestAnimationFrame);
    const begin = performance.now();
    slider.value = step;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    while (!isShown()) await frame();
    await frame();
    return performance.now() - begin;
}"""

MOVE_THRESHOLD = """async place => {
    const slider = document.querySelector("[data-key='threshold slider']");
    const answered = () => document.querySelector(".tiles .tile:last-child").textContent;
    const before = answered();
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    const begin = performance.now();
    slider.value = place;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    while (answered() === before) await frame();
    await new Promise((done) => setTimeout(done)); // the frame is laid out and painted then
    return performance.now() - begin;
}"""


def import_cost():
    """Milliseconds that the entry point takes, and with the plugin loaded; after TensorBoard's own imports."""
    said = [
        subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(5)
    ]
    return [statistics.median(map(float, column)) for column in zip(*said, strict=True)]


def routes(classes, epochs):
    """What is asked for, in the order in which a page does."""
    step, cell = epochs - 1, {"true": 1, "predicted": 0}
    return [
        ("runs", {}),
        ("overview", {"run": RUN}),
        ("matrix", {"run": RUN, "step": step}),
        ("classes", {"run": RUN, "step": step}),
        ("similar_order", {"run": RUN, "step": step}),
        ("class", {"run": RUN, "class": 1}),
        ("cell", {"run": RUN} | cell),
        ("examples", {"run": RUN, "step": step} | cell),
        ("flips", {"run": RUN, "from": 0, "to": step}),
        ("matrix", {"run": RUN, "step": step // 2}),
        ("confidences", {"run": RUN, "step": step}),
        ("calibration", {"run": RUN}),
    ]


def ask(address, route, query):
    """Milliseconds and bytes of an answer, as a browser asks for it."""
    url = f"{address}/data/plugin/mnist_tb/{route}?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})  # noqa: S310
    begin = time.perf_counter()
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        size = len(answer.read())
    return 1000 * (time.perf_counter() - begin), size


def made_epochs(classes, epochs, full):
    """What is logged of each epoch."""
    names = tuple(map(str, range(classes)))
    run = tab_logs.MadeRun(classes, samples=max(10_000, 50 * classes))
    made = [run.epoch(step, names, tracked=500) for step in range(epochs)]
    if full:
        rng = np.random.default_rng(0)
        counts = rng.integers(1, 100, (classes, classes))
        matrix = tab_logs.Matrix(counts, names, counts * rng.random(counts.shape))
        made = [epoch._replace(matrix=matrix) for epoch in made]
    return made


def measure(classes, epochs, loader, full):
    """Print what takes how long."""
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder, "logs")
        tab_logs.write_epochs(logs / RUN, made_epochs(classes, epochs, full))
        print(f"\n{classes} classes x {epochs} epochs, --load_fast={loader}       first   then, ms     kB")
        with tensorboard(logs, loader, tensorflow=True) as address:
            wait_until_loaded(address, epochs)
            measure_routes(address, classes, epochs)
        with tensorboard(logs, loader, tensorflow=True) as address:
            wait_until_loaded(address, epochs)
            measure_memory(address, classes, epochs)
        if shutil.which("chromium"):
            with tensorboard(logs, loader, tensorflow=True) as address, chromium_page(width=1440, height=900) as page:
                wait_until_loaded(address, epochs)
                measure_page(page, address, epochs)


def measure_routes(address, classes, epochs):
    opening = 0.0
    for route, query in routes(classes, epochs):
        times = [ask(address, route, query) for _ in range(11)]
        opening += times[0][0]
        shown = route + " " + json.dumps({name: value for name, value in query.items() if name != "run"})
        then = statistics.median(took for took, _ in times[1:])
        print(f"  {shown:48}{times[0][0]:8.1f}{then:11.1f}{times[0][1] / 1000:8.0f}")
    print(f"  {'all of these once':48}{opening:8.1f}")


def measure_memory(address, classes, epochs):
    """Of the server alone, and not of the fast loader, which is TensorBoard's own; where the system is Linux."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if not children.exists():
        return
    (server,) = children.read_text().split()
    before = memory(server, "VmRSS")
    with ThreadPoolExecutor(6) as connections:  # as many as a browser opens
        for epoch in range(1, epochs + 1, max(1, epochs // 25)):
            list(connections.map(lambda one: ask(address, *one), routes(classes, epoch)))
    print(f"  memory: {before:.0f} MB of TensorBoard's own, {memory(server, 'VmHWM') - before:.0f} MB more at most")


def memory(process, field):
    """Megabytes, as Linux tells them."""
    return int(re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())[1]) / 1024


def measure_page(page, address, epochs):
    """Each of them is the first one: no answer is there yet, except in moves to a neighbour."""
    page.add_init_script(NOTE_FIRST_PAINT)
    tab = Tab(page, address)
    opened = []
    for _ in range(6):
        tab.open()
        opened.append(tab.frame().evaluate("[paintedAt, paintedAt + performance.timeOrigin]"))
        opened[-1][1] -= page.evaluate("performance.timeOrigin")
    for place, what in enumerate(("the tab: its first matrix", "the same, with TensorBoard's own page")):
        first, *others = (times[place] for times in opened)
        print(f"  {what:48}{first:8.1f}{statistics.median(others):11.1f}")
    page.wait_for_load_state("networkidle")
    far = [tab.frame().evaluate(MOVE, step) for step in range(2, epochs - 2, max(1, epochs // 10))]
    print(f"  {'to another epoch':48}{far[0]:8.1f}{statistics.median(far[1:]):11.1f}")
    page.wait_for_load_state("networkidle")
    near = [tab.frame().evaluate(MOVE, step) for step in range(epochs // 2, epochs // 2 + 10)]
    print(f"  {'to the next epoch':48}{near[0]:8.1f}{statistics.median(near[1:]):11.1f}")
    tab.open(threshold=0.6, top=0)
    page.wait_for_load_state("networkidle")
    tab.find("[data-key='threshold slider']").wait_for()
    moved = [tab.frame().evaluate(MOVE_THRESHOLD, place) for place in range(71, 81)]
    print(f"  {'the threshold, all classes shown':48}{moved[0]:8.1f}{statistics.median(moved[1:]):11.1f}")


def wait_until_loaded(address, epochs):
    """Until TensorBoard has read every epoch; asked of another plugin, so that ours has nothing ready."""
    url = f"{address}/data/plugin/images/tags"
    for _ in range(20):
        with urllib.request.urlopen(url) as answer:  # noqa: S310
            json.load(answer)
        time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--loader", choices=["true", "false"], default="true")
    parser.add_argument("--full", action="store_true", help="1,000 classes alone, with no cell that is zero")
    options = parser.parse_args()
    entry, loaded = import_cost()
    print(f"added to TensorBoard's start: {entry:.1f} ms for the entry point, {loaded:.1f} ms with the plugin")
    for classes in (1000,) if options.full else (10, 1000):
        measure(classes, options.epochs, options.loader, options.full)


if __name__ == "__main__":
    main()
