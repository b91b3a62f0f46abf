"""The benchmarks measure what they say: the plain script learns, the naive loop's gradients are the engine's."""

from typing import get_args

import pytest
import torch

from benchmarks.cell_loop import CellLoop
from benchmarks.plain import PlainScript, windows
from benchmarks.report import number, spread, table
from benchmarks.rounds import Spread, interleaved, ratio
from benchmarks.strong import StrongScript
from benchmarks.targets import follow, time_to
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, Trainer, TrainingConfig, gradient_flow
from rnn_engine.cells import Cell

CELLS = get_args(Cell)
SINE, TEXT = SineTask(length=120), TextTask(text="to be, or not to be, that is the question " * 3)


def experiment_of(task, cell: Cell = "rnn_tanh", num_layers: int = 1) -> Experiment:
    network = NetworkConfig(cell=cell, hidden_size=8, num_layers=num_layers)
    return Experiment(task=task, network=network, training=TrainingConfig(sequence_length=12, epochs=100))


@pytest.mark.parametrize("task", [SINE, TEXT], ids=["sine", "text"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_plain_script_learns(task, cell: Cell) -> None:
    script = PlainScript(experiment_of(task, cell))
    before = script.test_loss()
    for _ in range(60):
        script.step()
    assert script.test_loss() < 0.8 * before


@pytest.mark.parametrize("task", [SINE, TEXT], ids=["sine", "text"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_strongest_plain_script_learns_too(task, cell: Cell) -> None:
    script = StrongScript(experiment_of(task, cell))
    first, *_, last = (script.step().item() for _ in range(60))
    assert last < 0.8 * first


def test_a_way_to_a_target_counts_training_up_to_the_first_look_that_meets_it() -> None:
    errors, work = iter([5.0, 2.0, 0.5, 3.0]), []
    found = follow(lambda: work.append(sum(range(20_000))), lambda: next(errors), looks=4, every=10)
    assert len(work) == 40
    assert [error for _, error in found] == [5.0, 2.0, 0.5, 3.0]
    assert time_to(1.0, found).seconds == found[2][0]
    assert 0 < found[0][0] < found[1][0] < found[3][0] == time_to(1.0, found).whole
    assert time_to(0.1, found).seconds is None
    assert time_to(0.1, found).last == 3.0


@pytest.mark.parametrize("task", [SINE, TEXT], ids=["sine", "text"])
@pytest.mark.parametrize("cell", CELLS)
def test_both_sides_begin_with_the_same_weights_and_test_on_the_same_windows(task, cell: Cell) -> None:
    experiment = experiment_of(task, cell, num_layers=2)
    assert PlainScript(experiment).test_loss() == pytest.approx(Trainer(experiment).snapshot().test_loss, rel=1e-5)


@pytest.mark.parametrize("task", [SINE, TEXT], ids=["sine", "text"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_the_cell_loop_measures_the_engines_gradient_flow(task, cell: Cell, dtype, tolerance: float) -> None:
    experiment = experiment_of(task, cell, num_layers=2)
    network = Trainer(experiment).network.to(dtype)
    inputs, targets = (tensor[:16] for tensor in windows(experiment))
    if not task.answers_classes:
        inputs, targets = inputs.to(dtype), targets.to(dtype)
    loop = CellLoop(experiment)
    loop.take_weights(network)
    loop.measure(inputs, targets)
    ours = gradient_flow(network, inputs, targets).hidden
    assert loop.gradient_flow.numpy() == pytest.approx(ours, rel=tolerance, abs=tolerance * ours.max())


def test_the_cell_loop_trains_and_measures_anew_at_every_step() -> None:
    loop = CellLoop(experiment_of(SINE))
    first_loss = loop.step()
    first_flow = loop.gradient_flow
    for _ in range(60):
        loss = loop.step()
    assert loss < 0.8 * first_loss
    assert not torch.equal(loop.gradient_flow, first_flow)


def test_every_side_is_measured_in_every_round() -> None:
    seconds = interleaved({"short": lambda: sum(range(2_000)), "long": lambda: sum(range(20_000))}, rounds=5)
    assert [len(values) for values in seconds.values()] == [5, 5]
    assert 3 < ratio(seconds["long"], seconds["short"]).median < 30


def test_a_report_shows_medians_with_quartiles_in_a_table() -> None:
    assert spread(Spread.of([4.0, 1.0, 2.0, 3.0, 5.0]), "ms") == "3 [2, 4] ms"
    values = (0.0, 0.51234, 187.4, 1.2345e-5)
    assert [number(value) for value in values] == ["0", "0.512", "187", "1.23e-05"]
    assert list(table(("what", "how much"), [("a", "1"), ("b", "2")])) == [
        "| what | how much |",
        "| --- | --- |",
        "| a | 1 |",
        "| b | 2 |",
    ]
