"""Nobody waits for the compiler: the reference tier trains until the kernels are ready, and where they cannot be had."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnn_engine import Trainer, warm_up
from rnn_engine.runs import worker
from rnn_engine.runs.worker import Order
from rnn_engine.training import kernels
from tests.engine.small_runs import experiment_of, start

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    kernels._ready.clear()
    worker._held.clear()
    yield
    kernels._ready.clear()
    worker._held.clear()


def advance(run_id: str, steps: int, **order: object) -> worker.Slice:
    given = {"step": None, "experiment": experiment_of(), "checkpoint": None, "changes": (), "seconds": 10.0, **order}
    return worker.advance(Order(run_id=run_id, max_steps=steps, closing=True, **given))  # type: ignore[arg-type]


def test_a_worker_that_finds_compiled_kernels_trains_with_them() -> None:
    warm_up()  # this machine has compiled them now
    kernels._ready.clear()
    assert kernels.compiled()
    worker.warm()
    assert kernels.ready()
    advance("run", 3)
    assert worker._held["run"].trainer.tier == "fast"


def test_a_worker_is_warm_before_its_compiler_has_finished_and_runs_keep_the_tier_they_began_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_finish, finished = threading.Event(), threading.Event()

    def compile_slowly() -> None:
        may_finish.wait()
        kernels._ready.set()
        finished.set()

    monkeypatch.setattr(kernels, "compiled", lambda: False)
    monkeypatch.setattr(kernels, "warm_up", compile_slowly)
    worker.warm()  # returns, though the compiler has not
    assert not kernels.ready()
    checkpoint = advance("early", 2).checkpoint
    may_finish.set()
    assert finished.wait(10)
    monkeypatch.undo()
    early = worker._held["early"].trainer
    advance("early", 2, step=2, experiment=None)
    assert worker._held["early"].trainer is early
    worker.release("early")  # its worker has died: another goes on from the checkpoint
    advance("early", 2, checkpoint=checkpoint)
    assert worker._held["early"].trainer.tier == "reference"
    advance("late", 2)
    assert worker._held["late"].trainer.tier == "fast"


def test_a_restored_fast_run_goes_on_as_fast_to_the_same_numbers_also_in_a_process_that_was_not_ready() -> None:
    warm_up()
    experiment = experiment_of("text", "gru", layers=2)
    straight = start(experiment)
    for _ in range(5):
        straight.step()
    checkpoint = straight.checkpoint()
    straight.step()
    kernels._ready.clear()
    restored = Trainer.restore(experiment, checkpoint)
    assert restored.tier == "fast"
    restored.step()
    assert restored.loss == straight.loss
    assert restored.checkpoint() == straight.checkpoint()


def test_without_numba_the_reference_tier_trains_and_the_fast_one_says_what_is_missing() -> None:
    code = """
import sys
sys.modules["numba"] = None
from rnn_engine import Experiment, SineTask, Trainer, TrainingConfig, warm_up
from rnn_engine.training import kernels
from rnn_engine.runs import worker
assert not kernels.compiled()
worker.warm()
trainer = Trainer(Experiment(task=SineTask(length=60)))
assert trainer.tier == "reference" and trainer.step()
try:
    warm_up()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "numba" in done.stdout


def test_what_a_process_of_its_own_compiles_is_what_another_loads() -> None:
    """Bit for bit: a process runs what lies on disk, not what it has put together itself."""
    code = """
from rnn_engine import Trainer, warm_up
from rnn_engine.training import kernels
from tests.engine.small_runs import experiment_of
warm_up()
trainer = Trainer(experiment_of("series", "lstm"))
while trainer.step():
    pass
print(trainer.tier, trainer.loss.hex())
"""
    warm_up()
    trainer = start(experiment_of("series", "lstm"))
    while trainer.step():
        pass
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fast", trainer.loss.hex()]


def test_what_is_damaged_on_disk_is_compiled_anew_rather_than_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    kernels._ready.clear()
    from rnn_engine.training.kernels import compiler, rehearsal

    call_everything, done = rehearsal.call_everything, []

    def stumble() -> None:
        done.append("called")
        if done == ["called"]:
            raise EOFError("Ran out of input")
        call_everything()

    monkeypatch.setattr(rehearsal, "call_everything", stumble)
    monkeypatch.setattr(compiler, "delete_compiled", lambda: done.append("forgotten"))
    monkeypatch.setattr(compiler, "compile_in_another_process", lambda: done.append("compiled"))
    warm_up()
    assert done == ["called", "forgotten", "compiled", "called"]
    assert kernels.ready()


def test_once_warm_nothing_is_compiled_again_whatever_is_trained_and_asked() -> None:
    """An argument of another type, a 1 for a 1.0 say, would have a user wait for the compiler."""
    code = """
from rnn_engine import CopyTask, Experiment, NetworkConfig, TextTask, Trainer, TrainingConfig, forecast, generate_text, warm_up
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.training.kernels import free_running, step
from tests.engine.small_runs import experiment_of
warm_up()
for cell in EQUATIONS:
    for task in ("sine", "series", "text"):
        trainer = Trainer(experiment_of(task, cell, layers=2, clip_norm=1, clip_value=1, loss_on="all"))
        trainer.set("learning_rate", 1)
        trainer.step(), trainer.snapshot(), trainer.probe()
        if task == "text":
            for mode in ("carry", "window"):
                generate_text(trainer, "To be", length=70, temperature=1, top_k=3, mode=mode)
        else:
            forecast(trainer, horizon=5)
copying = TrainingConfig(sequence_length=8, batch_size=3, epochs=1, loss_on="all")
Trainer(Experiment(task=CopyTask(symbols=3, length=2, delay=4), training=copying)).step()
for entry in (step.step, step.mean_norms, step.part_norms, free_running.sample, free_running.run_free):
    print(len(entry.signatures))
"""
    warm_up()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"] * 5


def test_where_nothing_can_be_kept_on_disk_the_kernels_are_still_there() -> None:
    code = """
import os
os.access = lambda *arguments: False
from rnn_engine.training import kernels
from rnn_engine.training.kernels import compiler, step
print(compiler.FOLDER, kernels.compiled(), type(step.mean_norms._cache).__name__)
compiler.compile_in_another_process(), compiler.delete_compiled(), compiler.mark_all_compiled()
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "False", "NullCache"]
