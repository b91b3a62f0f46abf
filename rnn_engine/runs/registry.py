"""All runs of a server and the slots they share."""

import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from rnn_engine.experiment import Experiment
from rnn_engine.runs import worker
from rnn_engine.runs.clock import Clock
from rnn_engine.runs.run import Run
from rnn_engine.runs.slot import Slot, spawn_executor

RUNS_PER_SLOT = 8  # that train at the same time; more wait in a queue
MOST_RUNS = 300  # kept; beyond, the longest unused and unwatched ones are forgotten


def default_slots() -> int:
    """One core is left for the server and the browser."""
    return max(1, min(4, (os.cpu_count() or 1) - 1))


class Registry:
    """Makes runs, finds them by their unguessable ids, and shares the slots out among them."""

    def __init__(
        self,
        slots: int | None = None,
        clock: Clock | None = None,
        make_executor: Callable[[], Executor] = spawn_executor,
        runs_per_slot: int = RUNS_PER_SLOT,
    ) -> None:
        self.clock = clock or Clock()
        self.slots = [Slot(self.clock, make_executor) for _ in range(slots or default_slots())]
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._queue: list[Run] = []
        self._active: dict[Run, Slot] = {}
        self._most_active = runs_per_slot * len(self.slots)
        self._lock = threading.RLock()

    def start(self, experiment: Experiment) -> Run:
        """A new run of `experiment`, not yet playing."""
        run = Run(secrets.token_urlsafe(16), experiment, self.clock, self._admit, self._gave_up)
        with self._lock:
            self._runs[run.id] = run
            self._forget_old_runs()
        return run

    def find(self, run_id: str) -> Run | None:
        """The run with this id."""
        with self._lock:
            return self._runs.get(run_id)

    def ask(self, run: Run, question: str, **arguments: Any) -> Any:
        """A plain-valued answer about a run's network as it stands, ahead of training (see `worker.ask`)."""
        for _ in range(3):  # the worker may die, or may not hold the run any more: then it is sent whole
            try:
                return run.ask(question, arguments, self._least_loaded()).result(timeout=90)
            except (worker.NotHeld, worker.BrokenProcessPool):
                run.lost_worker()
        raise RuntimeError("The worker process ended three times while answering.")

    def close(self) -> None:
        """End every worker and wait until they are gone."""
        self.clock.close()
        for slot in self.slots:
            slot.close()

    def _least_loaded(self) -> Slot:
        return min(self.slots, key=lambda slot: slot.load)

    def _admit(self, run: Run) -> None:
        with self._lock:
            self._queue.append(run)
        self._start_queued()

    def _gave_up(self, run: Run) -> None:
        with self._lock:
            if run in self._queue:
                self._queue.remove(run)
            slot = self._active.pop(run, None)
            if slot is not None:
                slot.load -= 1
        # Not now: the run that gave up its place holds its own lock, and others must not be taken under it.
        self.clock.call_at(self.clock.now(), self._start_queued)

    def _start_queued(self) -> None:
        starting: list[tuple[Run, Slot]] = []
        with self._lock:
            while self._queue and len(self._active) < self._most_active:
                run = self._queue.pop(0)
                slot = run.preferred_slot(self._least_loaded())
                slot.load += 1
                self._active[run] = slot
                starting.append((run, slot))
            waiting = list(enumerate(self._queue, 1))
        for run, slot in starting:
            run.start_on(slot)
        for position, run in waiting:
            run.queue_at(position)

    def _forget_old_runs(self) -> None:
        idle = [run for run in self._runs.values() if run not in self._active and not run.watched]
        idle = [run for run in idle if run not in self._queue]
        for run in sorted(idle, key=lambda run: run.used)[: max(0, len(self._runs) - MOST_RUNS)]:
            del self._runs[run.id]
            run.release()
