"""Calls at a later time, from one thread. Tests put a clock of their own in its place."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Clock:
    """Calls functions when their time has come. They must be quick: all share one thread."""

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        threading.Thread(target=self._work, name="clock", daemon=True).start()

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def call_at(self, when: float, function: Callable[[], None]) -> None:
        """Call `function` at `when`, or soon after."""
        with self._changed:
            heapq.heappush(self._calls, (when, next(self._number), function))
            self._changed.notify()

    def close(self) -> None:
        """Drop every call that is still to come."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (not self._calls or self._calls[0][0] > self.now()):
                    self._changed.wait(self._calls[0][0] - self.now() if self._calls else None)
                if self._closed:
                    return
                function = heapq.heappop(self._calls)[2]
            function()
