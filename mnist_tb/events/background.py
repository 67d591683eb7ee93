"""Work that training need not wait for: one thread, one short queue, and nothing is ever left undone."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any
from weakref import WeakSet

_MOST_WAITING = 6  # two epochs of three loggers
_all: WeakSet[Background] = WeakSet()
_all_lock = threading.Lock()


def wait_for_all() -> None:
    """Wait until all that this process is to write is written, for a reader."""
    with _all_lock:  # another thread may add one
        backgrounds = list(_all)
    for background in backgrounds:
        wait(list(background.waiting))


class Background:
    """Does jobs one after the other on a thread of its own.

    The thread begins with the first job. At interpreter exit, Python itself waits for the jobs of a
    `ThreadPoolExecutor`, so that they are done also where an exception ended the training.

    Example:
        >>> background, done = Background(), []
        >>> background.do(done.append, "drawn on another thread")
        >>> background.close()
        >>> done
        ['drawn on another thread']
    """

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        self.waiting: deque[Future[Any]] = deque()
        with _all_lock:
            _all.add(self)

    def do(self, job: Callable[..., Any], *args: Any) -> None:
        """Have `job(*args)` done; wait first if too many others wait.

        Raises:
            Exception: what an earlier job raised.
        """
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="mnist_tb")
        self.waiting.append(self._executor.submit(job, *args))
        while len(self.waiting) > _MOST_WAITING or (len(self.waiting) > 1 and self.waiting[0].done()):
            self.waiting.popleft().result()

    def finish(self) -> None:
        """Wait until all jobs are done.

        Raises:
            Exception: what the first of the jobs that failed raised; the others are done all the same.
        """
        done, self.waiting = list(self.waiting), deque()
        errors = [error for error in (future.exception() for future in done) if error is not None]
        if errors:
            raise errors[0]

    def close(self) -> None:
        """Do as `finish`, and end the thread."""
        try:
            self.finish()
        finally:
            if self._executor is not None:
                self._executor.shutdown()
                self._executor = None
