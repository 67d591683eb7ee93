"""Arrays → pictures that are legible in TensorBoard's small cards: their few colours, and their PNG files."""

import io

from PIL import Image

CARD_WIDTH = 340  # of TensorBoard, in whose pixels sizes of text are given

Color = tuple[int, int, int]
BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
TEXT: Color = (33, 37, 41)
QUIET_TEXT: Color = (90, 96, 104)  # 6.3 : 1 on white
PAPER: Color = (248, 249, 250)
LINE: Color = (222, 226, 230)
# Of the palette of Okabe and Ito (2008), which the colour-blind tell apart; for text, 7.8 : 1 and 5.6 : 1 on white.
RIGHT: Color = (0, 84, 147)
MISTAKE: Color = (178, 68, 0)

_SMALL = 96 * 96  # pixels, such as thumbnails have: there size counts more than time
_FEW_COLORS = 4096  # more than text and a heat map need, fewer than photographs have


def png_bytes(image: Image.Image) -> bytes:
    """A picture as the bytes of a PNG file, without loss but for large ones of few colours."""
    small = image.width * image.height <= _SMALL
    red, *others = image.split()
    if all(other.tobytes() == red.tobytes() for other in others):
        image = red
    elif not small and image.getcolors(_FEW_COLORS) is not None:
        # A matrix of 10 classes takes 50 kB and 9 ms with the nearest 256 colours, instead of 126 kB and 13 ms.
        image = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=9 if small else 1)
    return file.getvalue()
