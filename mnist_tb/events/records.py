"""Event files, which are made of TFRecords: length and data, each with a checksum; and what of them is damaged."""

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")
_HEADER_BYTES = _LENGTH.size + _CRC.size
_BLOCK = 1 << 20  # bytes that are searched at once
# The upper half of any length that occurs, after a lower half that is not 0 (a hole in a file is nothing but zeros).
_UPPER_HALF = re.compile(rb"\0\0\0\0(?<!\0{8})")


def event_files(folder: Path) -> list[Path]:
    """The event files of a folder in the order in which they were begun, which the numbers in their names tell."""

    def order(path: Path) -> tuple[list[int], str]:
        return [int(digits) for digits in re.findall(r"\d+", path.name)], path.name

    return sorted((path for path in folder.glob("*tfevents*") if path.is_file()), key=order)


def encode_record(data: bytes) -> bytes:
    """The bytes of a TFRecord."""
    # `tensorboard` has the same in pure Python, where the checksum of a picture takes longer than drawing it.
    length = _LENGTH.pack(len(data))
    return b"".join((length, masked_crc32c(length), data, masked_crc32c(data)))


def masked_crc32c(data: bytes) -> bytes:
    """CRC-32C as TensorFlow's record format masks it (tensorflow/core/lib/hash/crc32c.h)."""
    crc = google_crc32c.value(data)
    return _CRC.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


class Records:
    """The records of a file, one after the other; after the last one, `damage` says what was left out."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self.damage = ""

    def __iter__(self) -> Iterator[bytes]:
        """Read on; a length is believed only as far as the file reaches, and each byte is looked at once or twice."""
        place = begin = lost = 0
        with open(self.path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            while place < size:
                length = _length_at(file, place)
                following = place + _HEADER_BYTES + (length or 0) + _CRC.size
                if length is not None and following <= size:
                    data = file.read(length)
                    if masked_crc32c(data) == file.read(_CRC.size):
                        yield data
                        place = following
                        continue
                else:
                    following = _next_header(file, place + 1, size)
                    if following == size and (length is not None or size - place < _HEADER_BYTES):
                        break  # still being written, or its writer died: that is no damage
                begin = begin if lost else place
                lost += following - place
                place = following
        if lost:
            self.damage = f"damaged at byte {begin} of {self.path}, {lost} bytes not read"


def find_damage(path: str | os.PathLike[str]) -> str:
    """What can't be read of an event file, as a message; "" if all can."""
    records = Records(path)
    for _ in records:
        pass
    return records.damage


def _length_at(file: BinaryIO, place: int) -> int | None:
    """The length of the record that begins at `place`; None where none does."""
    file.seek(place)
    header = file.read(_HEADER_BYTES)
    length = header[: _LENGTH.size]
    if len(header) < _HEADER_BYTES or masked_crc32c(length) != header[_LENGTH.size :]:
        return None
    return int(_LENGTH.unpack(length)[0])


def _next_header(file: BinaryIO, place: int, size: int) -> int:
    """Where the next record begins, at `place` or later; the end of the file if none does."""
    half = _LENGTH.size // 2
    while size - place > _HEADER_BYTES:
        file.seek(place)
        block = file.read(_BLOCK)
        if len(block) <= _HEADER_BYTES:  # somebody cuts the file meanwhile
            break
        found = _UPPER_HALF.search(block, half)
        while found:
            candidate = place + found.start() - half
            if _length_at(file, candidate) is not None:
                return candidate
            found = _UPPER_HALF.search(block, found.start() + 1)
        place += len(block) - _LENGTH.size + 1  # a length may lie across the end of a block
    return size
