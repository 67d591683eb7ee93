"""What is drawn of a sample, and the thumbnails of a run: each is written once, with the first examples to need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from mnist_tb.backend import nested
from mnist_tb.events import payload, writer
from mnist_tb.events.sample_payloads import ExamplesPayload, encode_examples
from mnist_tb.events.writer import EventWriter
from mnist_tb.images import png_bytes
from mnist_tb.images.arrays import are_pictures, make_tiles
from mnist_tb.observer.observation import Array, Samples

_LONGEST_TEXT = 300
_LARGEST_SIDE = 96  # pixels of what is thumbnails of a sample, where its picture is larger


class Thumbnails:
    """Makes the examples of one run, and remembers whose thumbnails are written.

    Args:
        image_shape: see `SamplePredictionLogger`.
        draw: see `SamplePredictionLogger`.
    """

    def __init__(self, image_shape: Sequence[int] | None, draw: Callable[[Any], Any] | None) -> None:
        self.image_shape = image_shape
        self.draw = draw
        self._written: set[str] = set()
        self._file: Path | None = None  # where they are

    def write(self, events: EventWriter, epoch: int, scope: str, samples: Samples) -> None:
        """Write which samples there are in an epoch, and those of their pictures that are new.

        Args:
            events: where to.
            epoch: of the samples.
            scope: what they are examples of, see `ExamplePlan`.
            samples: N of them.
        """
        if events.path != self._file:  # the one before may be gone
            self._file, self._written = events.path, set()
        keys = _keys(samples.inputs, len(samples))
        new = {key: place for place, key in enumerate(keys) if key and key not in self._written}
        thumbnails = dict(
            zip(new, self._thumbnails(samples.inputs, np.array(list(new.values()), np.intp)), strict=True)
        )
        columns = (samples.true, samples.predicted, samples.confidence, samples.position)
        blobs = encode_examples(ExamplesPayload(scope, *columns, tuple(keys), thumbnails))
        events.write(epoch, [writer.payload(payload.EXAMPLES_TAG, payload.PLUGIN_NAME, blobs)])
        self._written.update(thumbnails)

    def _thumbnails(self, inputs: Any, places: Array) -> list[bytes | str]:
        """A PNG or a text for each of the samples at `places`."""
        if not len(places):
            return []
        chosen = nested.map_arrays(lambda array: array[places], inputs)
        samples = drawable(chosen, self.draw, self.image_shape)
        tiles = make_tiles(samples, image_shape=self.image_shape, draw=self.draw)
        return [tile[:_LONGEST_TEXT] if isinstance(tile, str) else png_bytes(_small(tile)) for tile in tiles]


def _keys(inputs: Any, count: int) -> list[str]:
    """A name for what each sample is, the same for equal inputs; "" where no inputs were kept."""
    arrays = [np.ascontiguousarray(array) for array in nested.flatten(inputs)] if inputs is not None else []
    if not arrays:
        return [""] * count
    digests = [blake2b(digest_size=8) for _ in range(count)]
    for array in arrays:
        for digest, row in zip(digests, array, strict=True):
            digest.update(row.tobytes())
    return [digest.hexdigest() for digest in digests]


def _small(picture: Array) -> PIL.Image.Image:
    """The picture, made smaller where it is a large one."""
    image = PIL.Image.fromarray(picture)
    image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), PIL.Image.Resampling.BILINEAR)
    return image


def drawable(inputs: Any, draw: Any, image_shape: Any) -> Any:
    """One array out of inputs that are several, where nobody says how to draw them: the one that is a picture."""
    arrays = nested.flatten(inputs)
    if draw is not None and len(arrays) > 1:
        rows = zip(*arrays, strict=True)
        together = np.empty(len(arrays[0]), object)
        together[:] = [nested.pack_as(inputs, row) for row in rows]
        return together
    pictures = [array for array in arrays if are_pictures(array.shape[1:], image_shape)]
    return (pictures or arrays)[0]
