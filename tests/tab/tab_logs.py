"""Made logs for the tab: event files as the loggers write them, without a training.

    python tests/tab_logs.py DIR [--classes 10] [--epochs 20]

writes two runs, each with validation and train, whose samples are little drawings of their class number.
"""

import argparse
import struct
import zlib
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from mnist_tb.confidence import NUM_BINS, Confidences, bins_of, confidences_of
from mnist_tb.events import payload, summaries, writer
from mnist_tb.events.confidence import CONFIDENCES_TAG, encode_confidences

# Digits of 3 × 5 pixels, a row in 3 bits.
FONT = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71222", "75757", "75717"]

VALIDATION, TRAIN = "digits/mnist_tb/validation", "digits/mnist_tb/train"
HOSTILE = ("<img src=x onerror=window.hacked=1>", "</script><script>window.hacked=1</script>", "a\u202eb", "", "=1+1")


class Matrix(NamedTuple):
    """What `encode_matrix` takes."""

    counts: np.ndarray
    class_names: tuple
    weighted_counts: np.ndarray | None = None
    nonfinite: int = 0
    class_groups: dict | None = None


class Examples(NamedTuple):
    """What `encode_examples` takes."""

    scope: str
    true: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    position: np.ndarray
    key: tuple
    thumbnails: dict
    likely: payload.Likely | None = None


class Epoch(NamedTuple):
    """What was logged of one step."""

    step: int
    matrix: Matrix
    examples: Examples | None
    tracked: payload.Tracked | None
    confidences: object = None


class MadeRun:
    """A classifier that gets better: which samples it gets wrong, and how sure it is, epoch after epoch.

    Neighbouring classes, 0 and 1, 2 and 3, … are taken for each other most. Every 6th sample is wrong for long.
    """

    def __init__(self, classes=10, samples=1000, seed=0, skill=0.97, weighted=False):
        self.classes, self.skill = classes, skill
        rng = self._rng = np.random.default_rng(seed)
        self.true = rng.integers(0, classes, samples)
        stray = rng.integers(1, classes, samples)
        self.rival = np.where(rng.random(samples) < 0.7, self._twin(), (self.true + stray) % classes)
        self.hardness = rng.random(samples)
        self.weights = rng.random(samples) if weighted else None
        self._keys = {}

    def _twin(self):
        twin = self.true ^ 1
        return np.where(twin < self.classes, twin, 0)

    def predictions(self, step):
        """Predicted classes and confidences of all samples after an epoch."""
        skill = self.skill * (1 - 0.55 * np.exp(-step / 6))
        margin = skill - self.hardness + self._rng.normal(0, 0.06, len(self.true))
        predicted = np.where(margin > 0, self.true, self.rival)
        return predicted, np.clip(0.5 + np.abs(margin) * 0.55, 0.05, 0.9999)

    def epoch(self, step, names, per_cell=4, tracked=200):
        """What is logged of a step."""
        predicted, confidence = self.predictions(step)
        cells = self.true * self.classes + predicted
        counts, weighted = (
            None if weights is False else np.bincount(cells, weights, self.classes**2).reshape(self.classes, -1)
            for weights in (None, False if self.weights is None else self.weights)
        )
        matrix = Matrix(counts.astype(np.int64), names, weighted, nonfinite=3 if step == 1 else 0)
        examples = self._examples(predicted, confidence, per_cell) if per_cell else None
        first = payload.Tracked(self.true[:tracked], predicted[:tracked]) if tracked else None
        return Epoch(step, matrix, examples, first, self._confidences(step, names, predicted, confidence))

    def _second(self, predicted):
        """The class that is thought of next, and the share that it has of what the predicted class leaves."""
        second = np.where(predicted == self.true, self.rival, self.true)
        return second, 1.0 if self.classes == 2 else 0.7

    def _confidences(self, step, names, predicted, confidence):
        """As the loggers count them: the scores of all classes where these are few."""
        rows, (second, share) = np.arange(len(self.true)), self._second(predicted)
        if self.classes <= 20:
            rest = (1 - confidence) * (1 - share) / max(1, self.classes - 2)
            probabilities = np.repeat(rest[:, None], self.classes, axis=1)
            probabilities[rows, predicted], probabilities[rows, second] = confidence, (1 - confidence) * share
            return confidences_of(self.true, probabilities, names, step)
        cell, bins = self.true * self.classes + predicted, bins_of(confidence)
        found, counts = np.unique(cell * NUM_BINS + bins, return_counts=True)
        label_bins = bins_of(np.where(predicted == self.true, confidence, (1 - confidence) * share))
        labels = np.bincount(self.true * NUM_BINS + label_bins, minlength=self.classes * NUM_BINS)
        cells, places = np.divmod(found, NUM_BINS)
        true, predicted = np.divmod(cells, self.classes)
        return Confidences(step, names, true, predicted, places, counts, labels.reshape(-1, NUM_BINS), None)

    def _examples(self, predicted, confidence, per_cell):
        """The most confident of each cell, or, of many classes, the most confident mistakes of each."""
        scope = "cell" if self.classes <= 30 else "mistakes"
        group = self.true * self.classes + predicted if scope == "cell" else self.true
        order = np.lexsort((-confidence, group))
        if scope == "mistakes":
            order = order[(predicted != self.true)[order]]
        starts = np.searchsorted(group[order], group[order])
        order = order[np.arange(len(order)) - starts < per_cell]
        keys = [blake2b(self.picture(i), digest_size=8).hexdigest() if i not in self._keys else self._keys[i]
                for i in order]  # fmt: skip
        new = {key: self.picture(i) for i, key in zip(order, keys, strict=True) if i not in self._keys}
        self._keys.update(zip(order, keys, strict=True))
        columns = (self.true[order], predicted[order], confidence[order], order)
        second, share = self._second(predicted)
        rest = (1 - confidence) * share
        third = (np.maximum(predicted, second) + 1) % self.classes if self.classes > 2 else predicted
        third_probability = (1 - confidence - rest) / max(1, self.classes - 2)
        label = np.where(predicted == self.true, confidence, rest)
        likely = payload.Likely(*(part[order] for part in (label, second, rest, third, third_probability)))
        return Examples(scope, *columns, tuple(keys), new, likely)

    def picture(self, position):
        """A PNG of the number of the sample's class; of a hard sample its rival shines through."""
        rng = np.random.default_rng(position)
        ink = number(self.true[position], *rng.integers(-3, 4, 2))
        if self.hardness[position] > 0.5:
            ink = np.maximum(ink, 0.6 * number(self.rival[position], *rng.integers(-3, 4, 2)))
        grey = ink * rng.uniform(0.7, 1) * 255 + rng.random((28, 28)) * 30
        return png(np.clip(grey, 0, 255).astype(np.uint8))


def number(value, down=0, right=0):
    """A number as (28, 28) float64, 0 to 1."""
    digits = [[[int(row) >> bit & 1 for bit in (2, 1, 0)] for row in FONT[int(d)]] for d in str(value)]
    rows = np.concatenate([np.pad(np.array(digit), ((0, 0), (0, 1))) for digit in digits], axis=1)[:, :-1]
    scale = max(1, min(4, 24 // rows.shape[1]))
    drawn = np.kron(rows, np.ones((scale, scale)))[:28, :28]
    whole = np.zeros((28, 28))
    top, left = (28 - drawn.shape[0]) // 2, (28 - drawn.shape[1]) // 2
    whole[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    whole = np.roll(whole, (down, right), (0, 1))
    return (2 * whole + np.roll(whole, 1, 0) + np.roll(whole, 1, 1)) / 4


def png(grey):
    """A (H, W) uint8 picture as a PNG file."""
    lines = np.pad(grey, ((0, 0), (1, 0))).tobytes()  # each line begins with filter 0
    head = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return payload.PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def write_epochs(folder, epochs):
    """Write epochs as a run, and give them back as a list."""
    events = writer.EventWriter(folder)
    written = list(epochs)
    events.begin(written[0].step)
    for epoch in written:
        blobs = {payload.MATRIX_TAG: payload.encode_matrix(*epoch.matrix)}
        if epoch.examples:
            blobs[payload.EXAMPLES_TAG] = payload.encode_examples(*epoch.examples)
        if epoch.tracked:
            blobs[payload.TRACKED_TAG] = payload.encode_tracked(*epoch.tracked)
        if epoch.confidences:
            blobs[CONFIDENCES_TAG] = encode_confidences(epoch.confidences)
        write_blobs(events, epoch.step, blobs)
    events.close()
    return written


def write_blobs(events, step, blobs_by_tag):
    """Write payloads of one step as they are, good or bad."""
    events.write(step, [summaries.payload(tag, blobs) for tag, blobs in blobs_by_tag.items()])


def write_run(folder, classes=10, epochs=20, names=None, per_cell=4, tracked=200, **options):
    """Write a made run; gives its epochs."""
    run = MadeRun(classes, **options)
    names = names or tuple(str(index) for index in range(classes))
    return write_epochs(folder, [run.epoch(step, names, per_cell, tracked) for step in range(epochs)])


def write_texts(folder):
    """Write a run of one epoch whose samples are texts, which look like code."""
    epoch = MadeRun(2, samples=40).epoch(0, ("bad", "good"))
    texts = {key: f"<b>{key}</b>\n{'and so on, ' * 20}to the end" for key in epoch.examples.thumbnails}
    return write_epochs(folder, [epoch._replace(examples=epoch.examples._replace(thumbnails=texts))])


def write_demo(folder, classes, epochs):
    """Two runs of validation and train, one of them weighted."""
    for seed, (run, skill) in enumerate({"small": 0.93, "large": 0.985}.items()):
        size = {"classes": classes, "epochs": epochs, "skill": skill, "weighted": run == "large"}
        samples = max(2000, 20 * classes)
        write_run(f"{folder}/{run}/mnist_tb/validation", samples=samples, seed=seed, **size)
        write_run(f"{folder}/{run}/mnist_tb/train", samples=4 * samples, seed=seed + 10, per_cell=0, tracked=0, **size)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    write_demo(options.folder, options.classes, options.epochs)
    print(f"tensorboard --logdir {options.folder}")


if __name__ == "__main__":
    main()


def logged_epoch(logs, step, run=VALIDATION):
    """An epoch of what the fixture `logs` has written."""
    return logs[1][run][step]
