"""Examples of a matrix's cells → the values of an event; what a run has shown once is not written again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from mnist_tb.backend import nested
from mnist_tb.callbacks.drawing import drawable
from mnist_tb.events import payload, writer
from mnist_tb.events.sample_payloads import ExamplesPayload, encode_examples
from mnist_tb.images import make_tiles, picture_png
from mnist_tb.observer.observation import Array, Samples

_LONGEST_TEXT = 300
_LARGEST_SIDE = 96  # pixels of what is shown of a sample, where its picture is larger


class ExampleEvents:
    """Makes the events of one run, and remembers what they have shown.

    Args:
        image_shape: see `SamplePredictionLogger`.
        draw: see `SamplePredictionLogger`.
    """

    def __init__(self, image_shape: Sequence[int] | None, draw: Callable[[Any], Any] | None) -> None:
        self.image_shape = image_shape
        self.draw = draw
        self._shown: set[str] = set()

    def value(self, kept: str, samples: Samples) -> Any:
        """What to write of an epoch: which samples there are, and those of their pictures that are new.

        Args:
            kept: what they are examples of, see `ExamplePlan`.
            samples: N of them.
        """
        keys = _keys(samples.inputs, len(samples))
        new = {key: place for place, key in enumerate(keys) if key and key not in self._shown}
        shown = dict(zip(new, self._draw(samples.inputs, np.array(list(new.values()), np.intp)), strict=True))
        self._shown.update(shown)
        columns = (samples.true, samples.predicted, samples.confidence, samples.position)
        examples = ExamplesPayload(kept, *columns, tuple(keys), shown)
        return writer.payload(payload.EXAMPLES_TAG, payload.PLUGIN_NAME, encode_examples(examples))

    def _draw(self, inputs: Any, places: Array) -> list[bytes | str]:
        """A PNG or a text for each of the samples at `places`."""
        if not len(places):
            return []
        chosen = nested.pack_as(inputs, iter([array[places] for array in nested.flatten(inputs)]))
        samples = drawable(chosen, self.draw, self.image_shape)
        tiles = make_tiles(samples, image_shape=self.image_shape, draw=self.draw)
        return [tile[:_LONGEST_TEXT] if isinstance(tile, str) else picture_png(_small(tile)) for tile in tiles]


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


def _small(picture: Array) -> Array:
    """The picture, made smaller where it is a large one."""
    import PIL.Image

    longest = max(picture.shape[:2])
    if longest <= _LARGEST_SIDE:
        return picture
    height, width = (max(1, round(side * _LARGEST_SIDE / longest)) for side in picture.shape[:2])
    resized: Array = np.asarray(PIL.Image.fromarray(picture).resize((width, height), PIL.Image.Resampling.BILINEAR))
    return resized
