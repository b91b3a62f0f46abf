"""A slot: one worker process, kept alive, with a queue in front of it.

At most one call is in the worker at a time; urgent calls go before waiting slices. A worker that died or hangs is
replaced, and whoever was waiting for it is told with `BrokenProcessPool`.
"""

import contextlib
import multiprocessing
import multiprocessing.spawn
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from rnn_engine.runs import worker
from rnn_engine.runs.clock import Clock

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def spawn_executor() -> Executor:
    """An executor with one spawned worker process, which ends with this process."""
    for name in _ONE_THREAD:  # read by numpy and torch when the worker imports them
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=worker.start)


@contextlib.contextmanager
def _without_main() -> Any:
    """Keep a spawned worker from running the main module again.

    Streamlit puts the running page in `sys.modules["__main__"]`, and multiprocessing has a new process import that.
    """
    original = multiprocessing.spawn.get_preparation_data

    def preparation(name: str) -> dict[str, Any]:
        data = original(name)
        return {key: value for key, value in data.items() if not key.startswith("init_main_")}

    multiprocessing.spawn.get_preparation_data = preparation
    try:
        yield
    finally:
        multiprocessing.spawn.get_preparation_data = original


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
        _kill(executor)
        executor.shutdown(wait=True, cancel_futures=True)

    def _open(self) -> None:
        self.pid = None
        self.generation += 1
        self._executor = self._make_executor()
        with _without_main():
            warming = self._executor.submit(worker.warm)
        warming.add_done_callback(self._warmed)

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
            except BrokenProcessPool as error:
                self._in_flight = None
                broken: BrokenProcessPool | None = error
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
        if isinstance(error, BrokenProcessPool):
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
        _kill(self._executor)
        self._executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            self._reopening = False
            if not self._closed:
                self._open()

    def _kill_if_hung(self, call: _Call, generation: int) -> None:
        with self._lock:
            hung = self._in_flight is call and self.generation == generation and not self._closed
            if hung:
                _kill(self._executor)


def _kill(executor: Executor) -> None:
    """End an executor's worker at once, also one that was stopped or hangs."""
    for process in (getattr(executor, "_processes", None) or {}).values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
