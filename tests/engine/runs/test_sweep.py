"""Many experiments at once: the same numbers on every plan, whatever happens to some of them on the way."""

import math
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from rnn_engine import Experiment, SweepResult, Trainer, sweep
from rnn_engine.sweeps import measurement
from rnn_engine.sweeps import sweep as sweeping
from rnn_engine.sweeps.sweep import MOST_TRIES
from rnn_engine.training import kernels
from tests.engine.small_runs import experiment_of

EXPLODING = experiment_of(
    cell="rnn_relu", network={"init": "orthogonal", "gain": 1.5}, optimizer="sgd", learning_rate=100.0, epochs=10
)


def small_ones(count: int = 6) -> list[Experiment]:
    cells = ("rnn_tanh", "rnn_relu", "lstm", "gru")
    return [experiment_of(cell=cells[i % 4], seed=i, epochs=2) for i in range(count)]


def by_index(results: Any) -> list[SweepResult]:
    return sorted(results, key=lambda result: result.index)


def numbers(result: SweepResult) -> tuple[Any, ...]:
    """All that was measured, to be compared to the last bit."""
    flow = result.gradient_flow
    assert flow is not None
    return (
        result.losses.tobytes(), result.train_loss, result.test_loss, result.gradient_norm, flow.hidden.tobytes(),
        flow.cell is not None and flow.cell.tobytes(), result.per_step_factor, result.diverged, result.tier,
    )  # fmt: skip


def assert_equal(found: Any, wanted: Any) -> None:
    found, wanted = by_index(found), by_index(wanted)
    assert [result.error for result in found] == [None] * len(wanted)
    assert list(map(numbers, found)) == list(map(numbers, wanted))


def spawned(workers: int = 2) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


class ByHand(Executor):
    """Does its calls when told, in the order told; or loses them."""

    def __init__(self, lost: int = 0, broken: bool = False) -> None:
        self.calls: deque[tuple[Future[Any], Any]] = deque()
        self.lost, self.broken, self.submitted = lost, broken, 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if self.broken and self.submitted >= self.lost:
            raise BrokenExecutor("no more")
        self.submitted += 1
        future: Future[Any] = Future()
        if self.submitted <= self.lost:
            future.set_exception(BrokenExecutor("the worker is gone"))
        else:
            self.calls.append((future, lambda: fn(*args, **kwargs)))
        return future

    def do(self, place: int) -> None:
        future, call = self.calls[place]
        del self.calls[place]
        if future.set_running_or_notify_cancel():
            future.set_result(call())


class AtOnce(ByHand):
    """Does its calls as soon as they come."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future = super().submit(fn, *args, **kwargs)
        while self.calls:
            self.do(0)
        return future


def test_a_result_is_what_a_trainer_measures() -> None:
    [result] = sweep([experiment_of(cell="lstm")])
    trainer = Trainer(experiment_of(cell="lstm"))
    losses = []
    while trainer.step():
        losses.append(trainer.loss)
    snapshot = trainer.snapshot()
    assert result.losses.dtype == np.float64
    assert result.losses.tolist() == losses
    assert (result.steps, result.index, result.tier) == (trainer.step_number, 0, trainer.tier)
    assert (result.train_loss, result.test_loss) == (snapshot.train_loss, snapshot.test_loss)
    assert result.gradient_norm == snapshot.gradient_norm
    assert snapshot.gradient_flow is not None
    assert result.gradient_flow is not None
    assert result.gradient_flow.hidden.tolist() == snapshot.gradient_flow.hidden.tolist()
    assert result.per_step_factor == snapshot.gradient_flow.per_step_factor
    assert result.cell_per_step_factor == snapshot.gradient_flow.cell_per_step_factor is not None


def test_it_stops_after_so_many_steps() -> None:
    short, whole = [next(sweep([experiment_of()], steps=steps)) for steps in (5, None)]
    assert short.steps == 5
    assert short.losses.tolist() == whole.losses[:5].tolist()
    with pytest.raises(ValueError, match="at least 1"):
        sweep([experiment_of()], steps=0)


def test_threads_and_processes_give_the_serial_numbers_bit_for_bit() -> None:
    experiments = [*small_ones(), EXPLODING]
    serial = list(sweep(experiments, tier="reference"))
    assert [result.index for result in serial] == list(range(len(experiments)))
    with ThreadPoolExecutor(3) as threads:
        assert_equal(sweep(experiments, threads, tier="reference"), serial)
    with spawned() as processes:
        assert_equal(sweep(experiments, processes, tier="reference"), serial)
    tasks = [sweeping._Task(i, experiment, "reference", None) for i, experiment in enumerate(experiments)]
    assert_equal(sweeping._threaded(tasks), serial)


def test_the_order_of_the_list_changes_no_result() -> None:
    experiments = small_ones()
    forth, back = by_index(sweep(experiments)), by_index(sweep(experiments[::-1]))
    assert list(map(numbers, forth)) == list(map(numbers, back[::-1]))


def test_torch_has_one_thread_while_it_sweeps_and_its_own_number_again_afterwards() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        results = sweep(small_ones(2))
        next(results)
        assert torch.get_num_threads() == 1
        results.close()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_what_diverges_says_so_and_raises_nothing() -> None:
    results = by_index(sweep([EXPLODING, experiment_of()]))
    assert results[0].diverged in ("loss", "gradient")
    assert results[0].steps < EXPLODING.steps
    assert np.isfinite(results[0].losses).all()
    assert results[0].error is None
    assert results[1].diverged is None


def test_what_raises_is_named_in_its_own_result_and_hurts_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = small_ones(3)

    class Hungry(Trainer):
        def __init__(self, experiment: Experiment, *arguments: Any) -> None:
            if experiment == second:
                raise MemoryError("it does not fit")
            super().__init__(experiment, *arguments)

    monkeypatch.setattr(measurement, "Trainer", Hungry)
    results = by_index(sweep([first, second, third]))
    assert results[1].error == "MemoryError: it does not fit"
    assert (results[1].experiment, results[1].steps, results[1].per_step_factor) == (second, 0, None)
    assert [result.error for result in results] == [None, results[1].error, None]


def test_results_come_as_they_finish() -> None:
    executor = ByHand()
    results = sweep(small_ones(3), executor)
    found: list[int] = []
    for place in (2, 0, 0):
        if place == 2:
            filled = threading.Thread(target=lambda: _do_when_there(executor, 2))
            filled.start()
        else:
            executor.do(place)
        found.append(next(results).index)
    filled.join()
    assert found == [2, 0, 1]
    with pytest.raises(StopIteration):
        next(results)


def _do_when_there(executor: ByHand, place: int) -> None:
    """The calls come once the sweep is first asked for a result."""
    while len(executor.calls) <= place:
        pass
    executor.do(place)


def test_a_sweep_that_is_closed_begins_nothing_more() -> None:
    executor = ByHand()
    results = sweep(small_ones(4), executor)
    thread = threading.Thread(target=lambda: _do_when_there(executor, 3))
    thread.start()
    assert next(results).index == 3
    thread.join()
    results.close()
    assert len(executor.calls) == 3
    assert all(future.cancelled() for future, _call in executor.calls)


def test_a_sweep_on_threads_that_is_closed_ends_what_has_begun() -> None:
    endless = [experiment_of(epochs=100_000, seed=seed) for seed in range(3)]
    tasks = [sweeping._Task(i, each, "reference", None) for i, each in enumerate([experiment_of(epochs=1), *endless])]
    results = sweeping._threaded(tasks)
    assert next(results).index == 0
    results.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sweep")]


def test_nothing_gives_nothing_and_equal_experiments_train_once() -> None:
    assert list(sweep([])) == []
    executor = AtOnce()
    twice, other = small_ones(2)
    results = by_index(sweep([twice, other, twice], executor))
    assert executor.submitted == 2
    assert [result.index for result in results] == [0, 1, 2]
    assert results[0].losses is results[2].losses
    assert results[1].experiment == other


def test_what_an_executor_loses_it_is_given_again_but_not_for_ever() -> None:
    experiments = small_ones(3)
    executor = AtOnce(lost=3)
    assert_equal(sweep(experiments, executor), sweep(experiments))
    assert executor.submitted == 6
    hopeless = AtOnce(lost=100)
    lost = by_index(sweep(experiments, hopeless))
    assert [result.error for result in lost] == ["BrokenExecutor: the worker is gone"] * 3
    assert hopeless.submitted == 3 * MOST_TRIES


def test_what_a_broken_executor_had_not_finished_comes_back_as_lost() -> None:
    experiments = small_ones(3)
    results = by_index(sweep(experiments, AtOnce(lost=2, broken=True)))
    errors = ["BrokenExecutor: the worker is gone"] * 2 + ["BrokenExecutor: no more"]
    assert [result.error for result in results] == errors


def test_a_process_pool_whose_worker_is_killed_has_given_what_was_finished() -> None:
    long_ones = [experiment_of(epochs=100_000, seed=seed) for seed in range(3)]
    with spawned(1) as processes:
        results = sweep([experiment_of(epochs=1), *long_ones], processes)
        first = next(results)
        assert (first.index, first.error) == (0, None)
        [worker] = list(processes._processes)
        psutil.Process(worker).kill()
        lost = list(results)
    assert sorted(result.index for result in lost) == [1, 2, 3]
    assert all(str(result.error).startswith("BrokenProcessPool") for result in lost)


def test_the_tier_is_one_for_all_and_decided_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = [False]
    monkeypatch.setattr(kernels, "ready", lambda: ready[0])
    results = sweep(small_ones(3))
    ready[0] = True  # a compiler has finished meanwhile
    assert {result.tier for result in results} == {"reference"}
    with pytest.raises(ValueError, match="tier must be"):
        sweep(small_ones(1), tier="slow")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A client of two worker processes."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_a_dask_cluster_gives_the_local_numbers_bit_for_bit(cluster: Any) -> None:
    experiments = [*small_ones(), EXPLODING]
    assert_equal(sweep(experiments, cluster.get_executor()), sweep(experiments))


def test_a_cluster_that_loses_a_worker_mid_sweep_loses_no_experiment(cluster: Any) -> None:
    experiments = [experiment_of(seed=seed, epochs=60) for seed in range(12)]
    results = sweep(experiments, cluster.get_executor())
    found = [next(results)]
    victim = min(cluster.run(os.getpid).values())
    psutil.Process(victim).kill()
    found += results
    assert sorted(result.index for result in found) == list(range(12))
    assert_equal(found, sweep(experiments))
    assert victim not in cluster.run(os.getpid).values()


def test_every_cell_has_a_factor_and_only_the_lstm_one_of_its_memory() -> None:
    for result in sweep(small_ones(4)):
        assert result.per_step_factor is not None
        assert math.isfinite(result.per_step_factor)
        assert (result.cell_per_step_factor is not None) == (result.experiment.network.cell == "lstm")
