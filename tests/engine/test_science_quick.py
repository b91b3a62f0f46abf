"""Published numbers of gradient science, reproduced by this engine: those that take little training or none.

Sources: Pascanu, Mikolov and Bengio 2013 (products of Jacobians, clipping); the circular law; Sompolinsky, Crisanti and
Sommers 1988 (random networks at different gains). The cliff: test_cliff.py; the Henon map: test_spectra.py.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from rnn_engine import (
    AddingTask,
    Experiment,
    NetworkConfig,
    Trainer,
    TrainingConfig,
    lyapunov_exponents,
    spectral_radius,
)
from rnn_engine.cells import Cell
from rnn_engine.measures.spectra import state_jacobians
from rnn_engine.network.recurrent import Network
from tests.engine.small_networks import batch_of, measured, network_of


def under_noise(network: Network, timesteps: int = 100):
    return measured(network, *batch_of(batch=32, timesteps=timesteps))


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.1])
def test_at_rest_fifty_factors_make_rho_to_the_fiftieth(rho):
    network = network_of(hidden=32, init="orthogonal", gain=rho)
    g = measured(network, torch.zeros(2, 51, 1), torch.ones(2, 1)).hidden[0]
    assert abs(g[0] / g[-1] / rho**50 - 1) <= 1e-12


@pytest.mark.parametrize(
    "settings", [{"init": "orthogonal", "gain": 0.9}, {"gain": 0.7}, {"init": "spectral", "gain": 0.4}]
)
def test_no_gradient_exceeds_the_largest_singular_value_s_bound(settings):
    network = network_of(hidden=64, **settings)
    sigma = torch.linalg.matrix_norm(network.weights().layers[0].weight_hh, 2).item()
    assert sigma < 1
    g = under_noise(network).hidden[0]
    assert (g <= sigma ** np.arange(99, -1, -1) * g[-1] * (1 + 1e-12)).all()


def test_a_spectral_radius_of_zero_does_not_keep_gradients_from_exploding():
    """W = [[8, 8], [-8, -8]] at the fixed point h* = (0, 1/2): there J = diag(1 - h*²) W has the eigenvalue 2.

    An input at t = 1 alone, W_ih x_1 = W h*, takes the state from 0 to h*, where it stays.
    """
    network, fixed = network_of(hidden=2), torch.tensor([0.0, 0.5], dtype=torch.float64)
    w = torch.tensor([[8.0, 8.0], [-8.0, -8.0]], dtype=torch.float64)
    layer = network.weights().layers[0]
    layer.weight_hh.copy_(w)
    layer.weight_ih.copy_((w @ fixed).unsqueeze(1))
    layer.bias_ih.copy_(torch.atanh(fixed) - w @ fixed)
    layer.bias_hh.zero_()
    network.weights().readout_weight.fill_(1)
    network.weights().readout_bias.zero_()
    inputs = torch.zeros(1, 21, 1)
    inputs[0, 0] = 1
    g = measured(network, inputs, torch.zeros(1, 1)).hidden[0][::-1]  # dl/dy = 1
    assert spectral_radius(w) < 1e-6
    np.testing.assert_allclose(g[1:] / g[:-1], 2, rtol=1e-6)
    assert g[[5, 10, 20]] == pytest.approx([45, 1448, 1.48e6], rel=0.01)
    eigenvalues = np.linalg.eigvals(state_jacobians(network, inputs[0])[3])
    np.testing.assert_allclose(np.sort(eigenvalues), [0, 2], atol=1e-9)


@pytest.mark.parametrize(("hidden", "drawn_often"), [(16, 100), (64, 20), (256, 2)])
def test_pytorch_s_default_has_the_spectral_radius_of_the_circular_law(hidden, drawn_often):
    generator, radii, norms = torch.Generator().manual_seed(0), [], []
    for _ in range(drawn_often):
        w = (2 * torch.rand(hidden, hidden, generator=generator, dtype=torch.float64) - 1) / hidden**0.5
        radii.append(spectral_radius(w))
        norms.append(torch.linalg.matrix_norm(w, 2).item())
    drawn = network_of(hidden=hidden).weights().layers[0].weight_hh
    for radius, norm in ((np.mean(radii), np.mean(norms)), (spectral_radius(drawn), np.linalg.norm(drawn.numpy(), 2))):
        assert radius == pytest.approx(3**-0.5, abs=0.06)
        assert 1.0 <= norm <= 1.2


NETWORKS_AT_GAINS = """
import torch
from rnn_engine.measures.spectra import lyapunov_of, state_jacobians
from tests.engine.small_networks import network_of

for gain in (0.5, 0.9, 1, 1.5, 2, 3):
    network = network_of(hidden=100)
    layer, generator = network.weights().layers[0], torch.Generator().manual_seed(0)
    layer.weight_hh.normal_(0, gain / 10, generator=generator)
    layer.weight_ih.normal_(generator=generator)
    layer.bias_ih.zero_()
    layer.bias_hh.zero_()
    inputs = torch.zeros(400, 1)
    inputs[0] = 1  # away from zero, where it would stay; then left alone
    print(lyapunov_of(state_jacobians(network, inputs)[100:])[0])
"""


def test_a_random_network_of_its_own_turns_to_chaos_above_a_gain_of_one():
    """In a process with one thread, as a worker has: two on busy cores take ten times as long for these sizes."""
    one = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", NETWORKS_AT_GAINS], env=one, capture_output=True, text=True, check=True
    )
    found = [float(line) for line in done.stdout.split()]
    assert found[0] == pytest.approx(-0.65, abs=0.08)
    assert found[1] == pytest.approx(-0.06, abs=0.04)
    assert found[2] == pytest.approx(-0.003, abs=0.03)
    assert -0.01 <= found[3] <= 0.06
    assert found[4] == pytest.approx(0.13, abs=0.06)
    assert found[5] == pytest.approx(0.28, abs=0.06)


def test_pytorch_s_default_lets_gradients_vanish_in_every_cell():
    wanted: dict[Cell, float] = {"rnn_tanh": 0.623, "gru": 0.612, "lstm": 0.599}
    for cell, factor in wanted.items():
        assert under_noise(network_of(cell, hidden=64)).per_step_factor == pytest.approx(factor, abs=0.06)


@pytest.mark.parametrize(("forget_bias", "factor"), [(None, 0.63), (1, 0.845), (2, 0.955), (3, 0.994)])
def test_the_forget_bias_is_what_keeps_an_lstm_s_cell_gradient(forget_bias, factor):
    flow = under_noise(network_of("lstm", hidden=64, forget_bias=forget_bias))
    assert flow.cell_per_step_factor == pytest.approx(factor, abs=0.03)


@pytest.mark.parametrize(("rho", "factor"), [(0.9, 0.848), (1.0, 0.91), (1.1, 0.94)])
def test_saturation_lets_gradients_vanish_although_rho_is_one_or_more(rho, factor):
    """With PyTorch's own biases, as when only W_hh is made orthogonal; with zero biases saturation is weaker."""
    network = network_of(hidden=64, init="orthogonal", gain=rho)
    usual, layer = network_of(hidden=64).weights().layers[0], network.weights().layers[0]
    layer.bias_ih.copy_(usual.bias_ih)
    layer.bias_hh.copy_(usual.bias_hh)
    assert under_noise(network).per_step_factor == pytest.approx(factor, abs=0.04)
    largest = lyapunov_exponents(network, batch_of(batch=1, timesteps=100)[0][0])[0]
    assert largest < 0


def adding_with_large_weights(**training) -> Trainer:
    """32 units whose recurrent weights are 1.6 times an orthogonal matrix, over 60 timesteps, as far as 300 steps go."""
    settings = {"sequence_length": 60, "learning_rate": 0.1, "optimizer": "sgd", "epochs": 3, "seed": 0, **training}
    network = NetworkConfig(hidden_size=32, init="orthogonal", gain=1.6)
    trainer = Trainer(Experiment(task=AddingTask(), network=network, training=TrainingConfig(**settings)))
    while trainer.step():
        pass
    return trainer


def test_plain_descent_from_large_recurrent_weights_diverges_within_300_steps():
    trainer = adding_with_large_weights()
    assert trainer.diverged
    assert trainer.step_number < 150
    assert trainer.loss > 1e20
    assert trainer.gradient_norm is not None
    assert trainer.gradient_norm > 1e10


def test_clipping_tames_it_and_adam_hides_it():
    for cure in ({"clip_norm": 1.0}, {"optimizer": "adam", "learning_rate": 0.003}):
        trainer = adding_with_large_weights(**cure)
        assert trainer.diverged is None
        loss = trainer.snapshot().test_loss
        assert loss is not None
        assert loss < 0.3
