"""The trust badge can be trusted: it agrees with a right gradient, and finds a wrong one."""

import subprocess
import sys

import pytest
import torch

from rnn_engine import check_gradient_flow
from rnn_engine.measures.check import Trust
from rnn_engine.measures.differences import Trajectory
from rnn_engine.measures.gradient_flow import flow_from, gradient_flow
from rnn_engine.network import bptt
from rnn_engine.network.recurrent import Network
from rnn_engine.tasks.base import LossOn
from tests.engine.small_networks import ALL_CELLS, HIDDEN, LOSS_ON, TIMESTEPS, TOKENS, batch_of, network_of


def checked(network: Network, inputs: torch.Tensor, targets: torch.Tensor, loss_on: LossOn = "last") -> Trust:
    return check_gradient_flow(network, inputs, targets, loss_on)


@LOSS_ON
@TOKENS
@pytest.mark.parametrize("layers", [1, 3])
@ALL_CELLS
def test_the_engine_s_gradient_flow_is_exact(cell, layers, tokens, loss_on):
    inputs, targets = batch_of(tokens, loss_on)
    trust = checked(network_of(cell, layers, tokens), inputs, targets, loss_on)
    assert trust.exact
    parts = 2 if cell == "lstm" else 1
    assert trust.derivatives + trust.skipped == 2 * parts * layers * TIMESTEPS * 3 * HIDDEN
    assert trust.skipped <= 0.05 * trust.derivatives


@pytest.mark.parametrize("remedy", [{"skip": 0.7}, {"layer_norm": True}, {"skip": 0.3, "layer_norm": True}])
@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu"])
def test_exact_with_skips_and_layer_normalisation_too(cell, remedy):
    assert checked(network_of(cell, layers=2, **remedy), *batch_of()).exact


@ALL_CELLS
def test_a_network_as_big_as_a_page_s_is_sampled_and_exact(cell):
    trust = checked(network_of(cell, hidden=64, dtype=torch.float32), *batch_of(batch=32, timesteps=100))
    assert trust.exact
    assert 1 <= trust.examples < 32
    assert trust.timesteps == 100
    assert trust.end_to_end_timesteps >= 8


@pytest.mark.parametrize("part", ["recurrence", "every timestep"])
@ALL_CELLS
def test_a_wrong_gradient_is_found(monkeypatch, cell, part):
    """The bigger the mistake the bigger the error; a mistake that all timesteps share is found end to end."""
    kind, errors = bptt.LAYERS[cell], []
    right = kind.backward_through_time
    for mistake in (1e-7, 1e-4):

        def wrong(self, weights, mistake=mistake):
            if part == "recurrence":
                weights = weights._replace(weight_hh=weights.weight_hh * (1 + mistake))
            right(self, weights)
            if part == "every timestep":
                self.hidden_gradient.mul_(1 + mistake)
                if self.cell_gradient is not None:
                    self.cell_gradient.mul_(1 + mistake)

        monkeypatch.setattr(kind, "backward_through_time", wrong)
        trust = checked(network_of(cell), *batch_of())
        assert not trust.exact
        errors.append(trust.end_to_end_error)
        if part == "recurrence":
            assert trust.recursion_error > mistake / 100
    assert 300 < errors[1] / errors[0] < 3000


def test_a_network_whose_states_are_not_finite_is_not_called_exact():
    network = network_of("rnn_relu")
    with torch.no_grad():
        network.readout.weight.fill_(float("nan"))
    assert not checked(network, *batch_of()).exact


def test_a_zero_gradient_of_a_network_without_recurrence_is_exact():
    assert checked(network_of(gain=0), *batch_of()).exact


def test_checking_changes_neither_the_network_nor_random_numbers():
    network, state = network_of("lstm", dtype=torch.float32), torch.get_rng_state()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert checked(network, *batch_of()) == checked(network, *batch_of())
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert torch.equal(torch.get_rng_state(), state)


def test_what_it_compares_is_what_the_public_function_measures():
    network, (inputs, targets) = network_of("lstm", 2), batch_of()
    trajectory = Trajectory.of(network, inputs, targets, "last")
    ours = flow_from([(dh / 3, None if dc is None else dc / 3) for dh, dc in trajectory.totals], "last")
    assert ours.hidden == pytest.approx(gradient_flow(network, inputs, targets).hidden, rel=1e-13, abs=0)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="must have shape"):
        checked(network_of(), torch.zeros(3, 5), torch.zeros(3, 1))


def test_a_worker_that_asks_imports_no_sympy():
    code = (
        "import sys, torch; from rnn_engine import *; from rnn_engine.network.recurrent import Network;"
        "n = Network(NetworkConfig(cell='lstm', init='spectral', hidden_size=4), input_size=1, output_size=1,"
        " vocabulary_size=None, generator=torch.Generator());"
        "x = torch.ones(2, 5, 1); check_gradient_flow(n, x, x[:, 0]); jacobian_spectrum(n, x[0]);"
        "lyapunov_exponents(n, x[0]);"
        "print([name for name in ('torch._dynamo', 'sympy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
