"""Many experiments, each trained from its start: on this machine's cores, or wherever an executor does its work.

An equal list gives equal results on any plan, bit for bit: every experiment has its own random numbers, one torch
thread, and one tier, decided for all before the first begins. Only the order in which results come differs.
"""

import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

import torch

from rnn_engine.experiment import Experiment
from rnn_engine.sweeps.measurement import Measurement, SweepResult, failed
from rnn_engine.training.tiers import Tier, chosen_tier

MOST_TRIES = 3  # of one experiment whose worker an executor has lost
LOOK_UP = 0.1  # seconds after which a thread looks whether its sweep has been closed


def sweep(
    experiments: Sequence[Experiment],
    executor: Executor | None = None,
    *,
    tier: Tier = "auto",
    steps: int | None = None,
) -> Generator[SweepResult, None, None]:
    """Train every experiment, for at most `steps` steps (None: all it has); yield results as they finish.

    Exactly one result for every place in the list; equal experiments are trained once. One that diverged says so. One
    that raised (MemoryError, say) has the reason in `error`, and the others go on. `tier` is for all of them: "auto"
    takes the fast one if it is ready now and can train every one. Closing the generator cancels what has not begun.

    Without an `executor` the experiments run here: one after another, or on the fast tier, which leaves Python to
    itself, on one thread a core. Until the generator ends torch has one thread in this process. An `executor`, any of
    `concurrent.futures` (in a script, start a ProcessPoolExecutor with mp_context "spawn" below `if __name__ ==
    "__main__"`) or a Dask client's `get_executor()`, is given all experiments at once and is not shut down. What it
    loses it is given again, MOST_TRIES times in all. If it is broken, as a process pool is once one worker has died,
    what it had not finished is not trained here, where it might end this process too: it comes back with `error` set.
    Raises ValueError for `steps` below 1 and for an unknown tier.
    """
    if steps is not None and steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps}")
    experiments = list(experiments)
    return _results(experiments, executor, chosen_tier(tier, experiments), steps)


def _results(
    experiments: list[Experiment], executor: Executor | None, tier: Any, steps: int | None
) -> Generator[SweepResult, None, None]:
    places: dict[Experiment, list[int]] = {}
    for index, experiment in enumerate(experiments):
        places.setdefault(experiment, []).append(index)
    tasks = [_Task(indices[0], experiment, tier, steps) for experiment, indices in places.items()]
    with _one_torch_thread(), closing(_planned(tasks, executor, tier)) as results:
        for result in results:
            for index in places[result.experiment]:
                yield replace(result, index=index)


def _planned(tasks: list["_Task"], executor: Executor | None, tier: str) -> Generator[SweepResult, None, None]:
    if executor is not None:
        return _submitted(tasks, executor, measured)
    if tier == "fast" and len(tasks) > 1:
        return _threaded(tasks)
    return (measured(task) for task in tasks)


@dataclass(frozen=True)
class _Task:
    """One experiment to measure, as it is sent to wherever that happens."""

    index: int
    experiment: Experiment
    tier: Any
    steps: int | None
    tries: int = 0  # earlier attempts; a cluster that caches results by their arguments sees a new call


def measured(task: _Task, stopped: Callable[[], bool] = lambda: False) -> SweepResult:
    """Measure one experiment, in any process and thread; what it raises is in the result.

    Looks now and then whether it has been `stopped`, and then gives up; nobody reads that result.
    """
    try:
        if torch.get_num_threads() != 1:
            torch.set_num_threads(1)  # for good: this is a worker's process, or a thread of a sweep's
        measurement = Measurement(task.experiment, tier=task.tier, steps=task.steps)
        while not measurement.go_on(LOOK_UP) and not stopped():
            pass
        return measurement.result(task.index)
    except Exception as error:
        return failed(task.index, task.experiment, task.tier, error)


def _threaded(tasks: list[_Task]) -> Generator[SweepResult, None, None]:
    """On one thread a core; closing stops the experiments that have begun, too."""
    stop = threading.Event()
    executor = ThreadPoolExecutor(min(_cores(), len(tasks)), thread_name_prefix="sweep")
    try:
        yield from _submitted(tasks, executor, measured, stop.is_set)
    finally:
        stop.set()
        executor.shutdown(cancel_futures=True)


def _submitted(
    tasks: list[_Task], executor: Executor, function: Callable[..., SweepResult], *more: Any
) -> Generator[SweepResult, None, None]:
    """Every task given to an executor, and given again if it is lost; results as they come."""
    done: SimpleQueue[Future[SweepResult]] = SimpleQueue()
    waiting: dict[Future[SweepResult], _Task] = {}

    def submit(task: _Task) -> SweepResult | None:
        try:
            future = executor.submit(function, task, *more)
        except Exception as error:  # broken, or shut down
            return failed(task.index, task.experiment, task.tier, error)
        waiting[future] = task
        future.add_done_callback(done.put)
        return None

    try:
        refused = [result for result in map(submit, tasks) if result is not None]
        yield from refused
        while waiting:
            future = done.get()
            task = waiting.pop(future)
            lost = _why_lost(future)
            if lost is None:
                yield future.result()
            elif task.tries + 1 >= MOST_TRIES or submit(replace(task, tries=task.tries + 1)) is not None:
                yield failed(task.index, task.experiment, task.tier, lost)
    finally:
        for future in waiting:
            future.cancel()


def _why_lost(future: "Future[SweepResult]") -> BaseException | None:
    """`measured` raises nothing, so an exception says that the executor has lost the call."""
    try:
        return future.exception()
    except CancelledError as error:
        return error


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    """Several threads on small matrices are slower than one, and may add up in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
