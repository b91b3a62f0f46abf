"""How a slot's executor is made, how its worker is ended, and which errors say that the worker died.

An executor is whatever has the interface of `concurrent.futures`: a pool of one process here.
"""

import contextlib
import multiprocessing
import multiprocessing.spawn
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from rnn_engine.runs import worker

#: Raised by a call whose worker died.
WORKER_DIED = (BrokenProcessPool,)

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def spawn_executor() -> Executor:
    """An executor with one spawned worker process, which ends with this process."""
    for name in _ONE_THREAD:  # read by numpy and torch when the worker imports them
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=worker.start)


def warm(executor: Executor) -> "Future[int]":
    """Start the executor's worker and let it load what it needs; the future has its process id."""
    with _without_main():
        return executor.submit(worker.warm)


def kill_worker(executor: Executor) -> None:
    """End an executor's worker at once, also one that was stopped or hangs."""
    for process in (getattr(executor, "_processes", None) or {}).values():  # the only way to a pool's processes
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
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
