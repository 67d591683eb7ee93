"""Arrays → pictures that are legible in TensorBoard's small cards: drawn with NumPy, in a few milliseconds.

Rows are true classes, columns predicted. `…_image` gives (H, W, 3) uint8 RGB arrays; `…_png` gives the same picture
as the bytes of a PNG file, straight from the palette codes it is drawn in, in less time.
"""

from mnist_tb.images.confusion_matrix import (
    confusion_matrix_image,
    confusion_matrix_png,
    most_confused_image,
    most_confused_png,
)
from mnist_tb.images.pictures import are_pictures, prepare_pictures
from mnist_tb.images.png import encode_png, picture_png
from mnist_tb.images.sample_grid import sample_grid_image, sample_grid_png
from mnist_tb.images.tiles import make_tiles

__all__ = [
    "are_pictures",
    "confusion_matrix_image",
    "confusion_matrix_png",
    "encode_png",
    "make_tiles",
    "most_confused_image",
    "most_confused_png",
    "picture_png",
    "prepare_pictures",
    "sample_grid_image",
    "sample_grid_png",
]
