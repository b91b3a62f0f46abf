"""All runs and surveys of a server and the slots they share."""

import contextlib
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor, Future
from typing import Any, TypeVar, overload

from rnn_engine.experiment import Experiment
from rnn_engine.questions.kinds import Answer, Question, RunQuestion
from rnn_engine.runs import worker
from rnn_engine.runs.clock import Clock
from rnn_engine.runs.executors import WORKER_DIED, spawn_executor
from rnn_engine.runs.playable import Playable
from rnn_engine.runs.run import Run
from rnn_engine.runs.slot import Slot
from rnn_engine.runs.survey import Readings, Survey

Kind = TypeVar("Kind", bound=Playable)

RUNS_PER_SLOT = 8  # that train at the same time; more wait in a queue
MOST_RUNS = 300  # kept; beyond, the longest unused and unwatched ones are forgotten
MOST_SURVEYS = 30  # of them: each holds hundreds of experiments


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
        self._runs: OrderedDict[str, Playable] = OrderedDict()
        self._queue: list[Playable] = []
        self._active: dict[Playable, Slot] = {}
        self._most_active = runs_per_slot * len(self.slots)
        self._lock = threading.RLock()

    def start(self, experiment: Experiment) -> Run:
        """A new run of `experiment`, not yet playing."""
        run = Run(secrets.token_urlsafe(16), experiment, self.clock, self._admit, self._gave_up)
        with self._lock:
            self._runs[run.id] = run
        self._forget_old_runs()
        return run

    @overload
    def find(self, run_id: str) -> Run | None: ...
    @overload
    def find(self, run_id: str, kind: type[Kind]) -> Kind | None: ...
    def find(self, run_id: str, kind: type[Playable] = Run) -> Playable | None:
        """The run, or the survey, with this id."""
        with self._lock:
            found = self._runs.get(run_id)
        return found if isinstance(found, kind) else None

    def survey(
        self,
        experiments: Sequence[Experiment],
        steps: int,
        about: Hashable,
        frame_of: Callable[[Readings], dict[str, Any]],
    ) -> Survey:
        """A new survey (see there), not yet playing."""
        survey_id = secrets.token_urlsafe(16)
        survey = Survey(
            survey_id, experiments, steps, about, frame_of, self.clock, self.slots, self._admit, self._gave_up
        )
        with self._lock:
            self._runs[survey_id] = survey
        self._forget_old_runs()
        return survey

    def ask(self, run: Run, question: RunQuestion[Answer]) -> Answer:
        """The answer to a question about a run's network as it stands, ahead of training."""
        for whole in (False, True, True):  # the worker may not hold the run, and may die
            slot = run.slot or self._least_loaded()
            with contextlib.suppress(worker.NotHeld, *WORKER_DIED):
                asked: Future[Answer] = slot.submit(worker.ask, run.subject(whole), question, urgent=True, patience=60)
                return asked.result(timeout=90)
        raise RuntimeError("The worker process ended again and again while answering.")

    def probe(self, question: Question[Answer]) -> Answer:
        """The answer to a question that needs no run, ahead of training."""
        for _ in range(3):  # the worker may die
            with contextlib.suppress(*WORKER_DIED):
                asked: Future[Answer] = self._least_loaded().submit(worker.probe, question, urgent=True, patience=60)
                return asked.result(timeout=90)
        raise RuntimeError("The worker process ended again and again while answering.")

    def close(self) -> None:
        """End every worker and wait until they are gone."""
        self.clock.close()
        for slot in self.slots:
            slot.close()

    def _least_loaded(self) -> Slot:
        return min(self.slots, key=lambda slot: slot.load)

    def _admit(self, run: Playable) -> None:
        with self._lock:
            self._queue.append(run)
        self._start_queued()

    def _gave_up(self, run: Playable) -> None:
        with self._lock:
            if run in self._queue:
                self._queue.remove(run)
            slot = self._active.pop(run, None)
            if slot is not None:
                slot.load -= 1
        # Not now: the run that gave up its place holds its own lock, and others must not be taken under it.
        self.clock.call_at(self.clock.now(), self._start_queued)

    def _start_queued(self) -> None:
        starting: list[tuple[Playable, Slot]] = []
        with self._lock:
            while self._queue and len(self._active) < self._most_active:
                run = self._queue.pop(0)
                if run in self._active:
                    continue
                # Fairly: to the least loaded slot, unless the one that holds its trainer is as good.
                best = self._least_loaded()
                slot = run.slot if run.slot and (run.slot.load <= best.load or not run.movable) else best
                slot.load += 1
                self._active[run] = slot
                starting.append((run, slot))
            waiting = list(enumerate(self._queue, 1))
        for run, slot in starting:
            run.start_on(slot)
        for position, run in waiting:
            run.queue_at(position)

    def _forget_old_runs(self) -> None:
        with self._lock:
            busy = {*self._active, *self._queue}
            idle = sorted((run for run in self._runs.values() if run not in busy and not run.watched), key=_used)
            surveys = [each for each in idle if isinstance(each, Survey)]
            too_many = sum(isinstance(each, Survey) for each in self._runs.values()) - MOST_SURVEYS
            old = {*idle[: max(0, len(self._runs) - MOST_RUNS)], *surveys[: max(0, too_many)]}
            for run in old:
                del self._runs[run.id]
        for run in old:
            if run.slot is not None:
                run.slot.submit(worker.release, run.id)


def _used(run: Playable) -> float:
    return run.used
