"""Jacobians are the step's own derivatives, and their products' singular values are right to the last decade."""

import mpmath  # type: ignore[import-untyped]  # comes with torch
import numpy as np
import pytest
import torch

from rnn_engine import NetworkConfig, jacobian_spectrum, lyapunov_exponents, set_spectral_radius, spectral_radius
from rnn_engine.measures import spectra as module
from rnn_engine.measures.spectra import lyapunov_of, spectrum_of, state_jacobians
from rnn_engine.network.cells import State
from rnn_engine.network.recurrent import Network
from tests.engine.small_networks import ALL_CELLS, TOKENS, batch_of, network_of


def sequence(timesteps: int, tokens: bool = False) -> torch.Tensor:
    return batch_of(tokens, batch=1, timesteps=timesteps)[0][0]


def in_200_digits(jacobians: np.ndarray, lag: int) -> np.ndarray:
    """Logarithms of the singular values of the product of the last `lag` Jacobians, multiplied out."""
    with mpmath.workdps(200):
        product = mpmath.eye(jacobians.shape[1])
        for jacobian in jacobians[::-1][:lag]:
            product = product * mpmath.matrix(jacobian.tolist())
        return np.array([float(mpmath.log(value)) for value in mpmath.svd_r(product, compute_uv=False)])


@TOKENS
@pytest.mark.parametrize("layers", [1, 2])
@ALL_CELLS
def test_a_jacobian_is_what_a_step_does_to_small_changes(cell, layers, tokens):
    network, inputs = network_of(cell, layers, tokens), sequence(5, tokens)
    jacobians = state_jacobians(network, inputs)
    parts = 2 if cell == "lstm" else 1
    assert jacobians.shape == (5, parts * layers * 4, parts * layers * 4)
    state, step = network.initial_state(1), 1e-6
    with torch.no_grad():
        for t, jacobian in enumerate(jacobians):

            def after(flat, x=inputs[t : t + 1]):
                h, c = flat if parts == 2 else (flat[0], None)
                found = network.step(x, State(h, c))[1]
                return np.concatenate([part.flatten().numpy() for part in found if part is not None])

            if t:  # at h_0 = 0 exactly a ReLU may stand on its kink
                flat = torch.stack([part for part in state if part is not None])
                for column, index in enumerate(np.ndindex(*flat.shape)):
                    move = torch.zeros_like(flat)
                    move[index] = step
                    found = (after(flat + move) - after(flat - move)) / (2 * step)
                    np.testing.assert_allclose(jacobian[:, column], found, atol=1e-8)
            _, state = network.step(inputs[t : t + 1], state)


def test_chunks_change_nothing(monkeypatch):
    network, inputs = network_of("lstm", layers=2), sequence(9)
    whole = state_jacobians(network, inputs)
    monkeypatch.setattr(module, "BYTES_AT_ONCE", 1.0)
    np.testing.assert_allclose(state_jacobians(network, inputs), whole, rtol=1e-13, atol=1e-16)


def test_neither_the_network_nor_random_numbers_change():
    network, state = network_of("gru", dtype=torch.float32), torch.get_rng_state()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    jacobian_spectrum(network, sequence(6))
    assert network.dtype == torch.float32
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("rho", [0.5, 1.0, 1.1])
def test_at_rest_every_direction_of_rho_times_orthogonal_grows_by_rho(rho):
    network = network_of(hidden=16, init="orthogonal", gain=rho)
    inputs, lags = torch.zeros(100, 1), np.arange(1, 100)
    spectrum = jacobian_spectrum(network, inputs)
    np.testing.assert_allclose(spectrum.log_singular, np.repeat(lags[:, None] * np.log(rho), 16, 1), atol=1e-11)
    np.testing.assert_allclose(spectrum.log_norm, lags * np.log(rho), atol=1e-11)
    np.testing.assert_allclose(lyapunov_exponents(network, inputs), np.full(16, np.log(rho)), atol=1e-13)


@pytest.mark.parametrize(
    ("cell", "settings"),
    [
        ("rnn_tanh", {"gain": 0.7}),
        ("rnn_tanh", {"gain": 3}),
        ("rnn_tanh", {"init": "orthogonal", "gain": 1.1}),
        ("lstm", {}),
        ("lstm", {"forget_bias": 2}),
        ("gru", {}),
    ],
)
def test_every_singular_value_is_right_against_200_digits(cell, settings):
    """Also those e^200 times smaller than the largest, where multiplying out in float64 leaves only noise."""
    network = network_of(cell, hidden=5 if cell == "lstm" else 8, **settings)
    jacobians = state_jacobians(network, sequence(50))[1:]
    spectrum = spectrum_of(jacobians)
    for lag in (1, 3, 8, 15, 30, 49):
        np.testing.assert_allclose(spectrum.log_singular[lag - 1], in_200_digits(jacobians, lag), atol=1e-10)
    np.testing.assert_allclose(spectrum.log_norm, spectrum.log_singular[:, 0], atol=1e-11)


def test_nearly_equal_and_far_apart_singular_values_are_right_together():
    """Pairs that differ by a part in a hundred, decades apart from one another, in directions that turn."""
    generator = np.random.default_rng(4)
    scale = np.array([1, 0.99, 0.3, 0.297, 0.05, 0.0495, 1e-3, 0.99e-3])
    turns = [np.linalg.qr(generator.normal(size=(8, 8)))[0] for _ in range(2)]
    jacobians = np.stack([turns[0] @ (scale[:, None] * turns[0].T) for _ in range(30)])
    jacobians += 1e-3 * generator.normal(size=jacobians.shape)
    spectrum = spectrum_of(jacobians)
    for lag in (2, 10, 30):
        np.testing.assert_allclose(spectrum.log_singular[lag - 1], in_200_digits(jacobians, lag), atol=1e-9)


def test_short_lags_are_those_of_the_direct_svd():
    jacobians = state_jacobians(network_of("lstm", hidden=32), sequence(30))[1:]
    spectrum = spectrum_of(jacobians)
    for lag in (1, 2, 3):
        direct = np.linalg.svd(np.linalg.multi_dot([*jacobians[::-1][:lag], np.eye(64)]), compute_uv=False)
        clear = direct > 1e-9 * direct[0]
        np.testing.assert_allclose(spectrum.log_singular[lag - 1][clear], np.log(direct[clear]), atol=1e-6)


def test_directions_that_dead_units_lose_are_minus_infinity_and_the_others_stay():
    network = network_of("rnn_relu", hidden=6, init="identity", gain=0.9)
    with torch.no_grad():
        network.rnn.weight_ih_l0.zero_()
        network.rnn.bias_ih_l0.copy_(torch.tensor([1.0, 1, -1, 1, -1, -1]))
    spectrum = jacobian_spectrum(network, torch.zeros(40, 1))
    np.testing.assert_allclose(spectrum.log_singular[:, :3], np.arange(1, 40)[:, None] * np.log([0.9] * 3), atol=1e-12)
    assert np.isneginf(spectrum.log_singular[:, 3:]).all()


def test_without_recurrence_nothing_is_passed_on():
    spectrum = jacobian_spectrum(network_of(gain=0), sequence(5))
    assert np.isneginf(spectrum.log_singular).all()
    assert np.isneginf(spectrum.log_norm).all()


def test_lyapunov_exponents_of_the_henon_map():
    """Henon 1976: a = 1.4, b = 0.3; their sum is ln b, since every Jacobian's determinant is -b."""

    def jacobians():
        x, y = 0.1, 0.1
        for _ in range(20_000):
            yield np.array([[-2 * 1.4 * x, 1.0], [0.3, 0.0]])
            x, y = 1 - 1.4 * x * x + y, 0.3 * x

    found = lyapunov_of(jacobians())
    np.testing.assert_allclose(found, [0.419, -1.623], atol=0.003)
    assert abs(found.sum() - np.log(0.3)) <= 1e-9


def test_shapes_and_read_only():
    spectrum = jacobian_spectrum(network_of("lstm", 2), sequence(7))
    assert spectrum.log_singular.shape == (6, 16)
    assert spectrum.log_norm.shape == (6,)
    assert (np.diff(spectrum.log_singular, axis=1) <= 0).all()
    with pytest.raises(ValueError, match="read-only"):
        spectrum.log_singular[0] = 0
    exponents = lyapunov_exponents(network_of("lstm", 2), sequence(7))
    assert exponents.shape == (16,)
    assert (np.diff(exponents) <= 0).all()


def test_what_cannot_be_answered_is_refused():
    network = network_of()
    with pytest.raises(ValueError, match="one sequence"):
        state_jacobians(network, torch.zeros(2, 5, 1))
    with pytest.raises(ValueError, match="two timesteps"):
        jacobian_spectrum(network, torch.zeros(1, 1))
    with pytest.raises(ValueError, match="at least one"):
        lyapunov_of([])
    with pytest.raises(ValueError, match="too many"):
        state_jacobians(network_of(hidden=512), torch.zeros(1000, 1))
    with torch.no_grad():
        network.rnn.weight_ih_l0.fill_(float("nan"))
    with pytest.raises(ValueError, match="not finite"):
        state_jacobians(network, torch.zeros(5, 1))


def test_the_spectral_radius_is_the_largest_eigenvalue_s_size():
    turn = np.array([[0.0, -0.7], [0.7, 0.0]])  # eigenvalues 0.7 i and -0.7 i
    assert spectral_radius(turn) == pytest.approx(0.7, abs=1e-15)
    assert spectral_radius(torch.tensor([[0.9, 5], [0, 0.9]])) == pytest.approx(0.9, abs=1e-7)
    assert spectral_radius(np.array([[8.0, 8], [-8, -8]])) < 1e-6
    assert np.isnan(spectral_radius(np.array([[np.nan]])))
    with pytest.raises(ValueError, match="square"):
        spectral_radius(np.zeros((2, 3)))


@pytest.mark.parametrize("rho", [0.0, 0.5, 1.3])
def test_setting_the_spectral_radius_keeps_the_kind_and_the_given_matrix(rho):
    array = np.random.default_rng(1).normal(size=(9, 9))
    tensor = torch.from_numpy(array).float()
    for before, scaled in ((array, set_spectral_radius(array, rho)), (tensor, set_spectral_radius(tensor, rho))):
        assert type(scaled) is type(before)
        assert scaled.dtype == before.dtype
        assert spectral_radius(scaled) == pytest.approx(rho, abs=1e-6)
    assert (array == np.random.default_rng(1).normal(size=(9, 9))).all()


def test_a_spectral_radius_of_zero_cannot_be_scaled():
    with pytest.raises(ValueError, match="cannot be scaled"):
        set_spectral_radius(np.zeros((2, 2)), 0.9)
    assert not set_spectral_radius(np.zeros((2, 2)), 0).any()


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.5])
@ALL_CELLS
def test_the_spectral_initialisation_gives_every_gate_the_gain_as_its_spectral_radius(cell, gain):
    config = NetworkConfig(cell=cell, hidden_size=20, num_layers=2, init="spectral", gain=gain)
    generator = torch.Generator().manual_seed(3)
    network = Network(config, input_size=1, output_size=1, vocabulary_size=None, generator=generator)
    for layer in network.weights().layers:
        gates = layer.weight_hh.split(20)
        assert [spectral_radius(gate) for gate in gates] == pytest.approx([gain] * len(gates), abs=1e-5)
        assert not torch.equal(gates[0], -gates[-1]) or len(gates) == 1
