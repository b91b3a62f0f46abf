"""What the gradient flow does not depend on, its zeros, and the numbers read off it."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from rnn_engine.measures.gradient_flow import GradientFlow
from tests.engine.small_networks import ALL_CELLS, LOSS_ON, TIMESTEPS, TOKENS, batch_of, measured, network_of


@LOSS_ON
@TOKENS
@ALL_CELLS
def test_a_larger_batch_of_the_same_examples_has_the_same_flow(cell, tokens, loss_on):
    network, (inputs, targets) = network_of(cell, 2, tokens), batch_of(tokens, loss_on)
    once = measured(network, inputs, targets, loss_on)
    often = measured(network, torch.cat([inputs] * 8), torch.cat([targets] * 8), loss_on)
    np.testing.assert_allclose(often.hidden, once.hidden, rtol=1e-12)


@ALL_CELLS
def test_measuring_changes_neither_the_network_nor_random_numbers(cell):
    network, (inputs, targets) = network_of(cell, 2), batch_of()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    state = torch.get_rng_state()
    measured(network, inputs, targets)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


@ALL_CELLS
def test_it_computes_in_the_network_s_own_dtype_and_honours_weights_written_to_it(cell):
    inputs, targets = batch_of()
    single = network_of(cell, dtype=torch.float32)
    rough = measured(single, inputs, targets)
    assert rough.hidden.dtype == np.float64
    fine = measured(single.double(), inputs, targets)
    assert 0 < np.abs(rough.hidden / fine.hidden - 1).max() < 1e-4
    with torch.no_grad():
        dict(single.named_parameters())["rnn.weight_hh_l0"].zero_()
    cut = measured(single, inputs, targets).hidden
    assert (cut[0, :-1] == 0).all() == (cell != "gru")  # its carry goes past W_hh


# Zeros


def test_exact_zeros_stay_zeros_and_do_not_count():
    network, (inputs, targets) = network_of(), batch_of()
    with torch.no_grad():
        network.get_parameter("rnn.weight_hh_l0").zero_()
    flow = measured(network, inputs, targets)
    assert (flow.hidden[0, :-1] == 0).all()
    assert (flow.points_used, flow.per_step_factor, flow.half_life, flow.horizon) == (1, None, None, 0)
    with torch.no_grad():
        network.get_parameter("readout.weight").zero_()
    flow = measured(network, inputs, targets)
    assert not flow.hidden.any()
    assert (flow.points_used, flow.horizon) == (0, 0)


def test_float32_gradients_whose_squares_underflow_are_still_measured():
    network = network_of(dtype=torch.float32, init="orthogonal", gain=0.01)
    flow = measured(network, torch.zeros(2, 15, 1), torch.ones(2, 1))
    assert 0 < flow.hidden[0, 0] < 1e-27
    assert abs(flow.per_step_factor / 0.01 - 1) < 1e-3


# Numbers read off a flow


def geometric(r: float, timesteps: int = 30, loss_on: Any = "last") -> Any:
    g = 0.7 * r ** np.arange(timesteps - 1, -1, -1.0)
    return GradientFlow(np.stack([np.ones(timesteps), g]), np.stack([g, g**2]), loss_on)


@pytest.mark.parametrize("r", [0.1, 0.6, 0.95, 1.0, 1.3, 4.0])
def test_the_per_step_factor_of_a_geometric_flow_is_its_ratio(r):
    flow = geometric(r)
    assert abs(flow.per_step_factor / r - 1) <= 1e-12
    assert abs(flow.cell_per_step_factor / r**2 - 1) <= 1e-12
    assert flow.points_used == 30
    if r < 1:
        assert math.isclose(r**flow.half_life, 0.5)
        assert flow.doubling_lag is None
        assert flow.horizon == min(29, math.floor(math.log(0.01) / math.log(r)))
    if r > 1:
        assert math.isclose(r**flow.doubling_lag, 2)
        assert flow.half_life is None
        assert flow.horizon == 29


def test_zeros_are_left_out_of_the_fit():
    flow = geometric(0.5)
    hidden = flow.hidden.copy()
    hidden[1, :10] = 0
    with_zeros: Any = GradientFlow(hidden, None)
    assert abs(with_zeros.per_step_factor - 0.5) <= 1e-12
    assert with_zeros.points_used == 20
    assert with_zeros.cell_per_step_factor is None


def test_a_loss_on_all_timesteps_has_no_per_step_factor():
    flow = geometric(0.5, loss_on="all")
    assert (flow.per_step_factor, flow.cell_per_step_factor, flow.half_life, flow.doubling_lag) == (None,) * 4
    network, (inputs, targets) = network_of("lstm"), batch_of(loss_on="all")
    assert measured(network, inputs, targets, "all").per_step_factor is None


def test_the_arrays_are_read_only_float64_with_a_row_for_each_layer():
    network, (inputs, targets) = network_of("lstm", 3, dtype=torch.float32), batch_of()
    flow = measured(network, inputs, targets)
    for array in (flow.hidden, flow.cell):
        assert array.shape == (3, TIMESTEPS)
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


@pytest.mark.parametrize(("tokens", "inputs", "targets", "loss_on", "says"), [
    (False, torch.zeros(3, 5), torch.zeros(3, 1), "last", r"\(batch, T, 1\)"),
    (False, torch.zeros(3, 5, 2), torch.zeros(3, 1), "last", r"\(batch, T, 1\)"),
    (False, torch.zeros(3, 5, 1), torch.zeros(3), "last", r"\(3, 1\)"),
    (False, torch.zeros(3, 5, 1), torch.zeros(3, 1), "all", r"\(3, 5, 1\)"),
    (False, torch.zeros(3, 0, 1), torch.zeros(3, 1), "last", "empty"),
    (False, torch.zeros(3, 5, 1), torch.zeros(3, 1), "first", "'last' or 'all'"),
    (True, torch.zeros(3, 5), torch.zeros(3, dtype=torch.int64), "last", "token ids"),
    (True, torch.zeros(3, 5, dtype=torch.int64), torch.zeros(3, 5, dtype=torch.int64), "last", r"\(3,\)"),
])  # fmt: skip
def test_shapes_that_do_not_fit_are_refused_with_the_wanted_ones(tokens, inputs, targets, loss_on, says):
    with pytest.raises(ValueError, match=says):
        measured(network_of(tokens=tokens), inputs, targets, loss_on)
