"""Decoded things, kept up to a number of bytes, each made by one thread only."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Cache:
    """Keeps what was used last.

    Args:
        most_bytes: of all that is kept.

    Example:
        >>> cache = Cache(most_bytes=100)
        >>> cache.get("a", lambda: ("made", 60)), cache.get("a", lambda: ("made again", 60))
        ('made', 'made')
        >>> cache.get("b", lambda: ("too much beside a", 60)), cache.peek("a")
        ('too much beside a', None)
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], tuple[Any, int]]) -> Any:
        """The value of `key`; if it is not kept, `make` gives it and its size in bytes.

        A page asks for several things at once that rest on the same steps: the second thread waits for the first
        one's work. `make` may get other keys, as long as those never get this one.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if (kept := self.peek(key)) is not None:
                return kept
            try:
                value, size = make()
                self._keep(key, value, size)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return value

    def peek(self, key: Hashable) -> Any:
        """The value of `key` if it is kept, or None."""
        with self._lock:
            return self._kept.get(key, (None, 0))[0]

    def _keep(self, key: Hashable, value: Any, size: int) -> None:
        if size > self._most_bytes:
            return
        with self._lock:
            self._bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, size
            while self._bytes > self._most_bytes:
                self._bytes -= self._kept.popitem(last=False)[1][1]
