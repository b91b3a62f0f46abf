"""Fakes that let tests move a registry of runs by explicit steps: no processes, no threads, no waiting."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from rnn_engine.runs import Registry, Run, worker
from rnn_engine.runs.clock import Clock
from rnn_engine.runs.slot import Slot


class ManualClock(Clock):
    """A clock that moves when told."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, function: Callable[[], None]) -> None:
        self._count += 1
        self._calls.append((when, self._count, function))

    def run_due(self) -> None:
        while due := sorted(call for call in self._calls if call[0] <= self._now):
            self._calls.remove(due[0])
            due[0][2]()

    def forward(self, seconds: float) -> None:
        """Let time pass, and call what falls due."""
        self._now += seconds
        self.run_due()

    def close(self) -> None:
        self._calls.clear()


class StandIn(Executor):
    """An executor that does the next call when told, in this process; or dies."""

    def __init__(self) -> None:
        self.calls: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self.broken = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if self.broken:
            raise BrokenProcessPool("died")
        future: Future[Any] = Future()
        self.calls.append((future, lambda: fn(*args, **kwargs)))
        return future

    def do_next(self) -> None:
        future, call = self.calls.popleft()
        try:
            result = call()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    def die(self) -> None:
        """As a process killed with -9: what it held is gone, and everything under way fails."""
        self.broken = True
        worker._held.clear()
        while self.calls:
            self.calls.popleft()[0].set_exception(BrokenProcessPool("died"))


class Hall:
    """A registry whose clock and workers are moved by hand."""

    def __init__(self, slots: int = 1, runs_per_slot: int = 8) -> None:
        self.clock = ManualClock()
        self.benches: list[StandIn] = []
        self.registry = Registry(
            slots=slots,
            clock=self.clock,
            make_executor=self._make_executor,
            runs_per_slot=runs_per_slot,
        )
        for slot in self.registry.slots:
            self._warm(slot)

    def _make_executor(self) -> StandIn:
        self.benches.append(StandIn())
        return self.benches[-1]

    def _warm(self, slot: Slot) -> None:
        if not slot.ready:
            self._bench_of(slot).do_next()

    @staticmethod
    def _bench_of(slot: Slot) -> StandIn:
        assert isinstance(slot._executor, StandIn)
        return slot._executor

    @property
    def bench(self) -> StandIn:
        return self.benches[-1]

    def work(self, slices: int = 1) -> None:
        """Let the workers do so many calls each, as far as there are any."""
        for _ in range(slices):
            self.clock.run_due()
            for slot in self.registry.slots:
                bench = self._bench_of(slot)
                if bench.calls:
                    bench.do_next()
            self.clock.run_due()

    def work_until(self, run: Run, *states: str, slices: int = 3000) -> None:
        for _ in range(slices):
            if run.state in states:
                return
            self.work()
        raise AssertionError(f"still {run.state}")

    def kill_worker(self) -> None:
        """Kill the newest worker and let its slot warm another."""
        self.bench.die()
        slot = self.registry.slots[-1]
        self.clock.run_due()
        while slot._reopening:  # the reopening thread's work is a few microseconds
            pass
        self._warm(slot)


class AtOnce(StandIn):
    """Does every call when it comes: for pages that wait for what they ask."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future = super().submit(fn, *args, **kwargs)
        self.do_next()
        return future


class AnsweringHall(Hall):
    """A registry whose workers do every call at once."""

    def _make_executor(self) -> StandIn:
        self.benches.append(AtOnce())
        return self.benches[-1]
