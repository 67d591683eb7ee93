"""What is drawn of samples, and the small pictures and names by which the tab knows them again."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
import PIL.Image

from mnist_tb.backend import nested
from mnist_tb.images import png_bytes
from mnist_tb.images.arrays import are_pictures, make_tiles
from mnist_tb.observer.observation import Samples

_LONGEST_TEXT = 300
_LARGEST_SIDE = 96  # pixels of a thumbnail, where the picture is larger


def sample_keys(samples: Samples) -> list[str]:
    """A name for what each sample is, the same for equal inputs; "" where no inputs were kept."""
    arrays = [] if samples.inputs is None else nested.flatten(samples.inputs)
    if not arrays:
        return [""] * len(samples)
    digests = [blake2b(digest_size=8) for _ in range(len(samples))]
    for array in arrays:
        for digest, row in zip(digests, array, strict=True):
            digest.update(row.tobytes())
    return [digest.hexdigest() for digest in digests]


def draw_thumbnails(inputs: Any, draw: Any, image_shape: Any) -> list[bytes | str]:
    """A PNG or a text for each sample; the arguments are those of `SamplePredictionLogger`."""
    tiles = make_tiles(drawable(inputs, draw, image_shape), image_shape=image_shape, draw=draw)
    thumbnails: list[bytes | str] = []
    for tile in tiles:
        if isinstance(tile, str):
            thumbnails.append(tile[:_LONGEST_TEXT])
        else:
            picture = PIL.Image.fromarray(tile)
            picture.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), PIL.Image.Resampling.BILINEAR)
            thumbnails.append(png_bytes(picture))
    return thumbnails


def drawable(inputs: Any, draw: Any, image_shape: Any) -> Any:
    """One array out of inputs that are several, where nobody says how to draw them: the one that is a picture."""
    arrays = nested.flatten(inputs)
    if draw is not None and len(arrays) > 1:
        together = np.empty(len(arrays[0]), object)
        together[:] = [nested.pack_as(inputs, row) for row in zip(*arrays, strict=True)]
        return together
    pictures = [array for array in arrays if are_pictures(array.shape[1:], image_shape)]
    return (pictures or arrays)[0]
