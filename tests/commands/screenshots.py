"""The README's pictures of TensorBoard on a real run: python tests/screenshots.py [mnist.npz or a folder]

Trains the default network for 10 epochs, serves the logs, and takes the pictures with headless Chromium into
`.github/images`.
"""

import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from servers import chromium_page, tensorboard

import mnist_tb

FOLDER = Path(__file__).parents[2] / ".github" / "images"
RUN = "p.mnist_tb.run=mnist%2Fmnist_tb%2Fvalidation"
EPOCHS = 10
VIEWS = {  # by file name: theme, tab, height of the window
    "tab-light": ("light", f"mnist_tb&{RUN}&p.mnist_tb.cell=9,4&p.mnist_tb.diagonal=0&p.mnist_tb.step=2", 860),
    "tab-dark": (
        "dark",
        f"mnist_tb&{RUN}&p.mnist_tb.step={EPOCHS - 1}&p.mnist_tb.vs=mnist%2Fmnist_tb%2Fvalidation"
        "&p.mnist_tb.vs_step=0&p.mnist_tb.mode=difference&p.mnist_tb.list=flips&p.mnist_tb.from=0",
        860,
    ),
    "threshold-light": ("light", f"mnist_tb&{RUN}&p.mnist_tb.threshold=0.9&p.mnist_tb.list=curves", 860),
    "threshold-dark": ("dark", f"mnist_tb&{RUN}&p.mnist_tb.threshold=0.9&p.mnist_tb.list=calibration", 860),
    "images-light": ("light", "images", 800),
    "images-dark": ("dark", "images", 800),
    "custom-scalars-light": ("light", "custom_scalars", 640),
}


def train(log_dir, data):
    """Train with all loggers; the logs are what is photographed."""
    (x_train, y_train), (x_test, y_test) = mnist_tb.load_mnist(data)
    keras.utils.set_random_seed(0)
    model = mnist_tb.mnist_dense()
    model.fit(
        x_train / np.float32(255),
        y_train,
        validation_data=(x_test / np.float32(255), y_test),
        epochs=EPOCHS,
        batch_size=128,
        verbose=2,
        callbacks=mnist_tb.classification_loggers(log_dir),
    )


def take(page, address, file, theme, tab, height):
    """Open a tab, wait until its cards are drawn, and save what is seen in a file."""
    page.set_viewport_size({"width": 1500, "height": height})
    page.goto(f"{address}/?darkMode={'true' if theme == 'dark' else 'false'}#{tab}")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(4000)  # charts are animated
    page.screenshot(path=file)
    print(file.name)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        train(logs / "mnist", *sys.argv[1:2] or [None])
        with tensorboard(logs) as address, chromium_page() as page:
            for name, view in VIEWS.items():
                take(page, address, FOLDER / f"{name}.png", *view)


if __name__ == "__main__":
    main()
