"""A slot: one worker process, kept alive, with a queue in front of it.

At most one call is in the worker at a time; urgent calls go before waiting slices. A worker that died or hangs is
replaced, and whoever was waiting for it is told with `BrokenProcessPool`.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from rnn_engine.runs.clock import Clock
from rnn_engine.runs.executors import WORKER_DIED, kill_worker, spawn_executor, warm


@dataclass
class _Call:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    answer: "Future[Any]"
    patience: float


class Slot:
    """One worker and its queue. `patience`: seconds after which a call counts as hung and its worker is killed."""

    def __init__(self, clock: Clock, make_executor: Callable[[], Executor] = spawn_executor) -> None:
        self._clock = clock
        self._make_executor = make_executor
        self._lock = threading.RLock()
        self._urgent: deque[_Call] = deque()
        self._waiting: deque[_Call] = deque()
        self._in_flight: _Call | None = None
        self._closed = False
        self._reopening = False
        self.pid: int | None = None  # None while the worker is warming
        self.generation = 0  # counts the workers this slot has had
        self.load = 0  # active runs, counted by the registry
        self._open()

    def submit(
        self, function: Callable[..., Any], *arguments: Any, urgent: bool = False, patience: float = 30.0
    ) -> "Future[Any]":
        """Queue a call of `function` in the worker; its answer, or `BrokenProcessPool`, is in the future."""
        call = _Call(function, arguments, Future(), patience)
        with self._lock:
            (self._urgent if urgent else self._waiting).append(call)
        self._dispatch()
        return call.answer

    @property
    def ready(self) -> bool:
        """Whether the worker has loaded what it needs."""
        return self.pid is not None

    def close(self) -> None:
        """End the worker and wait until it is gone."""
        with self._lock:
            self._closed = True
            executor = self._executor
            self._urgent.clear()
            self._waiting.clear()
        kill_worker(executor)
        executor.shutdown(wait=True, cancel_futures=True)

    def _open(self) -> None:
        self.pid = None
        self.generation += 1
        self._executor = self._make_executor()
        warm(self._executor).add_done_callback(self._warmed)

    def _warmed(self, future: "Future[int]") -> None:
        if future.cancelled() or future.exception() is not None:
            self._broke()
            return
        with self._lock:
            self.pid = future.result()
        self._dispatch()

    def _dispatch(self) -> None:
        with self._lock:
            if self._closed or self._in_flight is not None or self.pid is None:
                return
            if not self._urgent and not self._waiting:
                return
            call = self._in_flight = (self._urgent or self._waiting).popleft()
            executor, generation = self._executor, self.generation
            try:
                future = executor.submit(call.function, *call.arguments)
            except WORKER_DIED as error:
                self._in_flight = None
                broken: BaseException | None = error
            else:
                broken = None
        if broken is not None:
            self._broke()
            # Later, not here: the caller may hold a lock that whoever waits for this answer needs.
            self._clock.call_at(self._clock.now(), lambda: call.answer.set_exception(broken))
            return
        self._clock.call_at(self._clock.now() + call.patience, lambda: self._kill_if_hung(call, generation))
        future.add_done_callback(lambda done: self._answered(call, done))

    def _answered(self, call: _Call, done: "Future[Any]") -> None:
        error = BrokenProcessPool("the worker was ended") if done.cancelled() else done.exception()
        with self._lock:
            self._in_flight = None
        if isinstance(error, WORKER_DIED):
            self._broke()
        if error is not None:
            call.answer.set_exception(error)
        else:
            call.answer.set_result(done.result())
        self._dispatch()

    def _broke(self) -> None:
        with self._lock:
            if self._closed or self._reopening:
                return
            # A worker that dies while warming may do so again: wait a little before the next try.
            wait = 0.0 if self.ready else 1.0
            self.pid, self._reopening = None, True
        self._clock.call_at(self._clock.now() + wait, self._reopen_in_a_thread)

    def _reopen_in_a_thread(self) -> None:
        # Not here: waiting for the old executor would hold up the clock, and its own callbacks must not shut it down.
        threading.Thread(target=self._reopen, daemon=True).start()

    def _reopen(self) -> None:
        kill_worker(self._executor)
        self._executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            self._reopening = False
            if not self._closed:
                self._open()

    def _kill_if_hung(self, call: _Call, generation: int) -> None:
        with self._lock:
            hung = self._in_flight is call and self.generation == generation and not self._closed
            if hung:
                kill_worker(self._executor)
