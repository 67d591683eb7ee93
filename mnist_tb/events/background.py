"""Work that training need not wait for: one thread, one short queue, and nothing is ever left undone."""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any
from weakref import WeakSet

_logger = logging.getLogger("mnist_tb")
_MOST_EPOCHS = 2  # whose jobs may wait
_all: "WeakSet[Background]" = WeakSet()
_all_lock = threading.Lock()


def wait_for_all() -> None:
    """Wait until all that this process is to write is written, for a reader."""
    with _all_lock:  # another thread may add one
        backgrounds = list(_all)
    for background in backgrounds:
        wait([future for _, future in list(background.waiting)])


def _forget_all() -> None:
    """In a forked child: the threads are its parent's, and so is what waits for them."""
    global _all_lock  # noqa: PLW0603 (the parent may have held it)
    _all_lock = threading.Lock()
    for background in list(_all):
        background._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


class Background:
    """Does jobs one after the other on a thread of its own, which begins with the first job."""

    def __init__(self) -> None:
        self._begin()
        with _all_lock:
            _all.add(self)

    def _begin(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        self.waiting: deque[tuple[int, Future[Any]]] = deque()

    def do(self, epoch: int, job: Callable[..., Any], *args: Any) -> None:
        """Have `job(*args)` done; wait first until only jobs of this epoch and the one logged before it wait."""
        if self._executor is None:  # Python itself waits for its jobs at exit, also after an exception
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="mnist_tb")
        while self.waiting and (
            self.waiting[0][1].done() or len({epoch, *(of for of, _ in self.waiting)}) > _MOST_EPOCHS
        ):
            wait([self.waiting[0][1]])
            self.waiting.popleft()
        future = self._executor.submit(job, *args)
        future.add_done_callback(_warn_of_error)
        self.waiting.append((epoch, future))

    def close(self) -> None:
        """Wait until all jobs are done, and end the thread."""
        if self._executor is not None:
            self._executor.shutdown()
        self._begin()


def _warn_of_error(future: Future[Any]) -> None:
    error = future.exception()
    if error is not None:
        _logger.warning("mnist_tb: a part of an epoch was not logged: %r", error)
