"""Decoded things, kept up to a number of bytes, each made by one thread only."""

import itertools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

# Bytes that are kept of matrices, of which one of 1,000 classes takes some 0.2 MB, and 13 MB if no cell is zero; of
# confidences, which take 70 kB of 10 classes and 1.5 MB of 1,000; and of all else.
_MOST_OF_MATRICES, _MOST_OF_CONFIDENCES, _MOST_BYTES = 40 * 2**20, 40 * 2**20, 160 * 2**20
# TensorBoard's fast loader makes who asks alone wait 44 ms for each answer: the list of 100 runs comes after 14 s with
# one thread, 1.2 s with 4 and 0.45 s with 8; what a page of 100 epochs needs after 11 s, 0.4 s and 0.4 s.
_WORKERS = 8
_LARGE_WORKERS = 2


class Cache:
    """Keeps what was used last, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of `key`, which is never None; `make` gives it if it is not kept.

        A page asks for several things at once that rest on the same steps: that one thread waits for another's work
        halves its wait, 1.4 s for 100 epochs of 1,000 classes. `make` may get other keys, if those never get this one.
        """
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            value = self.peek(key)
            try:
                if value is None:
                    value = make()
                    self.keep(key, value)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return value

    def peek(self, key: Hashable) -> Any:
        """The value of `key` if it is kept, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Hashable, value: Any) -> None:
        """Keep a value, unless it is larger than all that can be kept."""
        size = size_of(value)
        if size > self._most_bytes:
            return
        with self._lock:
            self._bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, size
            while self._bytes > self._most_bytes:
                self._bytes -= self._kept.popitem(last=False)[1][1]


class Shared:
    """What all requests share: what is kept between them, and the threads that read and decode it."""

    def __init__(self) -> None:
        self.cache = Cache(_MOST_BYTES)
        self.matrices = Cache(_MOST_OF_MATRICES)
        self.confidences = Cache(_MOST_OF_CONFIDENCES)
        # By kind and identity of a step that was checked, why it can't be read, or "" where it can; small beside what
        # TensorBoard itself keeps of the step.
        self.problems: dict[tuple[Any, ...], str] = {}
        self.workers = ThreadPoolExecutor(_WORKERS, "mnist_tb_steps")
        # Few, as a matrix of a million cells takes 100 MB to decode or to put in order, which the heap of each thread
        # that has done it keeps, and each request has a thread of its own.
        self.large = ThreadPoolExecutor(_LARGE_WORKERS, "mnist_tb_large_steps")


def size_of(value: Any) -> int:
    """About how many bytes a value takes with all that it holds."""
    if isinstance(value, np.ndarray):
        return 100 + value.nbytes
    parts = itertools.chain(value, value.values()) if isinstance(value, dict) else value
    inner = sum(map(size_of, parts)) if isinstance(value, (dict, frozenset, tuple)) else 0
    return sys.getsizeof(value) + inner
