"""The microscope's probe: the two networks that refute the rule about rho, and what it says of every cell."""

import json
from dataclasses import asdict
from math import log
from typing import Any

import numpy as np
import pytest

from rnn_engine import NetworkConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.questions.kinds import MicroscopeQuestion
from rnn_engine.questions.microscope import BINS, MOST_LINES, microscope
from tests.engine.small_networks import ALL_CELLS


def look(cell: Cell = "rnn_tanh", hidden_size=6, timesteps=20, weights="drawn", input="noise", **network) -> Any:
    config = NetworkConfig(cell=cell, hidden_size=hidden_size, **network)
    return microscope(MicroscopeQuestion(config, sequence_length=timesteps, input=input, seed=3, weights=weights))


def test_a_spectral_radius_below_1_lets_gradients_grow_first() -> None:
    found = look(weights="non_normal", timesteps=101)
    assert found.spectral_radius == pytest.approx(0.9, abs=1e-12)
    norms = np.exp(found.norm)
    for lag, printed in {1: 5.2, 5: 16.4, 10: 19.4, 20: 13.5, 50: 1.4, 100: 0.015}.items():
        assert norms[lag - 1] == pytest.approx(printed, rel=0.03)
        power = np.linalg.matrix_power(np.array([[0.9, 5.0], [0.0, 0.9]]), lag)
        assert norms[lag - 1] == pytest.approx(np.linalg.norm(power, 2), rel=1e-10)
    assert found.lyapunov == pytest.approx(log(0.9), abs=1e-12)
    assert found.saturation["slope"].mean == 1
    assert found.matrix == [[0.9, 5.0], [0.0, 0.9]]


def test_a_spectral_radius_of_0_lets_gradients_double_every_timestep() -> None:
    found = look(weights="nilpotent", timesteps=41)
    assert found.spectral_radius < 1e-12
    assert np.diff(found.norm) == pytest.approx(log(2), abs=0.002)
    assert np.diff(found.norm)[20:] == pytest.approx(log(2), abs=1e-8)
    assert found.lyapunov == pytest.approx(log(2), abs=0.05)  # a mean over 41 timesteps, the first ones others
    assert found.saturation["slope"].mean == pytest.approx((1 + 0.75) / 2, abs=1e-3)  # h* = (0, .5)


def test_at_pytorchs_initialisation_the_lstm_vanishes_too_and_a_forget_bias_helps() -> None:
    default = look("lstm", hidden_size=32, timesteps=60)
    cured = look("lstm", hidden_size=32, timesteps=60, forget_bias=3)
    assert default.lyapunov < -0.4
    assert -0.1 < cured.lyapunov < 0
    assert default.saturation["f"].mean == pytest.approx(0.5, abs=0.05)
    assert cured.saturation["f"].mean > 0.9


def test_a_large_spectral_radius_saturates_and_vanishes() -> None:
    found = look(hidden_size=32, timesteps=100, init="orthogonal", gain=1.02)
    assert found.spectral_radius == pytest.approx(1.02)
    assert found.norm[-1] < log(0.05)
    assert found.lyapunov < -0.02
    assert found.saturation["slope"].mean < 1 / 1.02


@ALL_CELLS
def test_every_cell_is_looked_at_in_plain_finite_values(cell: Cell) -> None:
    found = look(cell)
    assert json.loads(json.dumps(asdict(found), allow_nan=False))["lags"] == list(range(1, 20))
    assert found.size == (12 if cell == "lstm" else 6)
    assert len(found.singular) == len(found.places) == min(found.size, MOST_LINES)
    assert found.places[0] == 1
    assert found.places[-1] == found.size
    assert list(found.eigenvalues) == list(CELLS[cell].blocks)
    assert all(len(values) == 6 for values in found.eigenvalues.values())
    assert found.spectral_radius <= found.sigma_max
    for gate in found.saturation.values():
        assert len(gate.shares) == BINS
        assert sum(gate.shares) == pytest.approx(1)
        assert 0 <= gate.mean <= 1


@ALL_CELLS
def test_the_largest_singular_value_is_the_products_norm(cell: Cell) -> None:
    found = look(cell, timesteps=12)
    assert found.singular[0] == pytest.approx(found.norm, abs=1e-6)


def test_the_same_seed_is_the_same_picture() -> None:
    assert look("gru") == look("gru")


@pytest.mark.parametrize("input", ["zeros", "noise", "sine"])
def test_every_input_is_possible(input: str) -> None:
    assert look(input=input).lyapunov < 1


def test_states_beyond_the_range_of_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        look("rnn_relu", hidden_size=64, timesteps=1000, init="identity", gain=10)
