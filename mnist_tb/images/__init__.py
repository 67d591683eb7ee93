"""Arrays → pictures that are legible in TensorBoard's small cards: drawn with Pillow, in milliseconds.

Rows are true classes, columns predicted. Pictures are (H, W, 3) uint8 RGB arrays of so few colours,
photographs aside, that `encode_png` makes small files of them.
"""

from mnist_tb.images.confusion_matrix import confusion_matrix_image, most_confused_image
from mnist_tb.images.pictures import are_pictures, prepare_pictures
from mnist_tb.images.png import encode_png
from mnist_tb.images.sample_grid import sample_grid_image

__all__ = [
    "are_pictures",
    "confusion_matrix_image",
    "encode_png",
    "most_confused_image",
    "prepare_pictures",
    "sample_grid_image",
]
