"""The probe behind the bench "flow": theory where it is exact, bounds where they hold, and plain values."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, TrainingConfig
from rnn_engine.cells import Cell
from rnn_engine.questions.flow import flow, trust
from rnn_engine.questions.kinds import GradientCheckQuestion, GradientFlowQuestion, Inputs
from rnn_engine.questions.without_a_run import ANSWERS
from rnn_engine.tasks.base import LossOn


def asked(cell: Cell, timesteps: int = 50, task=None, loss_on: LossOn = "last", **network) -> Experiment:
    return Experiment(
        task=task or SineTask(),
        network=NetworkConfig(cell=cell, **{"hidden_size": 16, **network}),
        training=TrainingConfig(sequence_length=timesteps, batch_size=8, loss_on=loss_on, test_fraction=0),
    )


def answer(experiment: Experiment, source: Inputs = "noise") -> Any:
    (found,) = flow(GradientFlowQuestion((experiment,), source))
    return found


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.1])
def test_a_scaled_rotation_that_reads_nothing_flows_exactly_as_theory_says(rho: float) -> None:
    found = answer(asked("rnn_tanh", 51, init="orthogonal", gain=rho), "zeros")
    hidden = found.hidden
    for lag in range(51):  # fifty factors from the last timestep to the first
        assert hidden[50 - lag] / hidden[50] == pytest.approx(rho**lag, rel=1e-10)
    assert found.theory == pytest.approx(hidden, rel=1e-10)
    assert found.per_step_factor == pytest.approx(rho, rel=1e-10)
    assert found.sigma_max == pytest.approx(rho, rel=1e-10)


def test_the_bound_holds_and_stands_where_theory_is_not_exact() -> None:
    cells: tuple[Cell, ...] = ("rnn_tanh", "rnn_relu")
    for cell in cells:
        found = answer(asked(cell, init="orthogonal", gain=0.9))
        assert found.theory is None
        pairs = zip(found.hidden, found.bound, strict=True)
        assert all(measured <= bound * (1 + 1e-12) for measured, bound in pairs)
    assert answer(asked("lstm")).bound is None
    assert answer(asked("rnn_tanh", loss_on="all")).bound is None


def test_a_radius_above_one_need_not_explode() -> None:
    found = answer(asked("rnn_tanh", 100, hidden_size=64, init="orthogonal", gain=1.1))
    assert found.rho == pytest.approx(1.1)
    assert found.per_step_factor < 1


def test_pytorchs_default_lstm_vanishes_and_a_forget_bias_cures_it() -> None:
    lstms = [asked("lstm", 100, hidden_size=64, forget_bias=bias) for bias in (None, 3)]
    question = GradientFlowQuestion((asked("rnn_tanh", 100, hidden_size=64), *lstms), "noise")
    answers: list[Any] = flow(question)
    tanh, default, cured = answers
    assert default.cell_per_step_factor == pytest.approx(tanh.per_step_factor, abs=0.05)
    assert default.hidden[0] < 1e-15 * default.hidden[-1]
    assert cured.cell_per_step_factor > 0.98
    assert cured.horizon == 99


def test_units_that_are_off_give_exact_zeros() -> None:
    found = answer(asked("rnn_relu", init="orthogonal"), "zeros")
    assert found.zeros == 49
    assert found.per_step_factor is None


def test_what_is_too_large_for_a_number_is_said_to_be() -> None:
    found = answer(asked("rnn_relu", 500, init="identity", gain=10))
    assert found.beyond > 0
    assert None in found.hidden


@pytest.mark.parametrize("loss_on", ["last", "all"])
@pytest.mark.parametrize("source", ["zeros", "noise", "task"])
@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
def test_every_answer_is_plain_and_the_same_again(cell: Cell, source: Inputs, loss_on: LossOn) -> None:
    experiment = asked(cell, 12, loss_on=loss_on)
    found = answer(experiment, source)
    assert json.loads(json.dumps(asdict(found), allow_nan=False)) == asdict(found)
    assert answer(experiment, source) == found
    assert len(found.hidden) == 12


def test_a_text_is_read_as_tokens() -> None:
    found = answer(asked("gru", 12, task=TextTask(text="to be or not to be, that is the question")), "task")
    assert found.hidden[-1] > 0


@pytest.mark.parametrize("cell", ["rnn_tanh", "lstm"])
def test_the_check_agrees(cell: Cell) -> None:
    found = trust(GradientCheckQuestion(asked(cell, 10), "noise"))
    assert found.recursion_error < 1e-8
    assert found.end_to_end_error < 1e-9
    json.dumps(asdict(found), allow_nan=False)


def test_a_page_can_ask() -> None:
    assert ANSWERS[GradientFlowQuestion] is flow
    assert ANSWERS[GradientCheckQuestion] is trust
