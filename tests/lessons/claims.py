"""What the lessons claim, each measured in the engine with the settings of the live thing beside the claim."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from playground.laboratory.flow_settings import FlowQuestion
from playground.lessons.lesson import Live
from playground.lessons.live_things import all_settings
from playground.lessons.training import feed_forward_parameters, sized
from rnn_engine.probe_flow import flow

CLAIMS: dict[str, Callable[[Live], None]] = {}


def claim(function: Callable[[Live], None]) -> Callable[[Live], None]:
    """A claim is called as the function that proves it."""
    CLAIMS[function.__name__] = function
    return function


def flows(live: Live, **changed: Any) -> list[dict[str, Any]]:
    """What the bench "flow" measures with the lesson's settings, some of them changed."""
    question = FlowQuestion(**all_settings(live) | changed)
    return flow(question.experiments(), question.source)


def left(found: dict[str, Any]) -> float:
    """The first timestep's gradient as a fraction of the last one's."""
    return found["hidden"][0] / found["hidden"][-1]


@claim
def parameters_do_not_depend_on_the_length(live: Live) -> None:
    sizes = {length: sized(all_settings(live) | {"sequence_length": length}) for length in (10, 50, 1000)}
    assert {experiment.cost.parameters for experiment in sizes.values()} == {1153}
    assert feed_forward_parameters(sizes[10]) == 385
    assert feed_forward_parameters(sizes[1000]) == 32_065


@claim
def doubling_the_width_nearly_quadruples_the_count(live: Live) -> None:
    counts = {cell: sized(all_settings(live) | {"cell": cell}).cost.parameters for cell in ("rnn_tanh", "lstm", "gru")}
    assert sized(all_settings(live) | {"hidden_size": 32}).cost.parameters == 1153
    assert counts["rnn_tanh"] == 4353
    assert counts["lstm"] / counts["rnn_tanh"] == pytest.approx(4, abs=0.1)
    assert counts["gru"] / counts["rnn_tanh"] == pytest.approx(3, abs=0.1)


@claim
def flow_is_rho_to_the_lag(live: Live) -> None:
    for rho in (0.5, 0.9, 1.1):
        (found,) = flows(live, rho=rho)
        assert found["theory"] == pytest.approx(found["hidden"], rel=1e-9)
        assert left(found) == pytest.approx(rho**50, rel=1e-9)
    assert pytest.approx(0.005, rel=0.05) == 0.9**50
    assert pytest.approx(1e-15, rel=0.2) == 0.5**50


@claim
def default_rnn_vanishes(live: Live) -> None:
    (found,) = flows(live)
    assert left(found) < 1e-18
    assert found["per_step_factor"] == pytest.approx(0.62, abs=0.01)
    assert found["horizon"] == 7


@claim
def slopes_alone_shrink_it(live: Live) -> None:
    (noise,), (zeros,) = flows(live), flows(live, input="zeros")
    assert 0.005 < left(noise) < 0.02
    assert left(zeros) == pytest.approx(1, rel=1e-9)


@claim
def default_lstm_vanishes_as_fast(live: Live) -> None:
    simple, lstm = flows(live)
    assert simple["per_step_factor"] == pytest.approx(0.62, abs=0.01)
    assert lstm["per_step_factor"] == pytest.approx(0.64, abs=0.01)
    cured = flows(live, forget_bias=3)[1]
    assert abs(math.log10(left(cured))) < 1.2
