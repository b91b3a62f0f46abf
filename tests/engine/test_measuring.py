"""The gradient flow is exact: by differences, by autograd, by theory; and the usual wrong ways are not ours."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from rnn_engine import NetworkConfig, gradient_flow
from rnn_engine.cells import CELLS, State, from_input
from rnn_engine.experiment import Cell
from rnn_engine.measuring import GradientFlow
from rnn_engine.network import Network
from rnn_engine.unrolled import Unrolled

BATCH, TIMESTEPS, HIDDEN = 3, 10, 4
ALL_CELLS = pytest.mark.parametrize("cell", CELLS)
LOSS_ON = pytest.mark.parametrize("loss_on", ["last", "all"])
TOKENS = pytest.mark.parametrize("tokens", [False, True])


def network_of(cell: Cell = "rnn_tanh", layers=1, tokens=False, dtype=torch.float64, hidden=HIDDEN, **config):
    return Network(
        NetworkConfig(cell=cell, hidden_size=hidden, num_layers=layers, **config),
        input_size=3 if tokens else 1,
        output_size=6 if tokens else 1,
        vocabulary_size=6 if tokens else None,
        generator=torch.Generator().manual_seed(2),
        dtype=dtype,
    )


def batch_of(tokens=False, loss_on="last", batch=BATCH, timesteps=TIMESTEPS):
    generator = torch.Generator().manual_seed(8)
    size = (batch, timesteps) if loss_on == "all" else (batch,)
    if tokens:
        return torch.randint(6, (batch, timesteps), generator=generator), torch.randint(6, size, generator=generator)
    inputs = torch.randn(batch, timesteps, 1, generator=generator, dtype=torch.float64)
    return inputs, torch.randn(*size, 1, generator=generator, dtype=torch.float64)


def cell_loop(network, inputs, bump=None):
    """The slow twin: every state by itself, [layer][t], and the top layer's outputs (B, T, outputs).

    `bump` = (layer, t, part, amount) adds to h_t ("hidden") or to c_t ("cell") of every example.
    """
    weights = network.weights()
    below = list((inputs if weights.embedding is None else weights.embedding[inputs]).transpose(0, 1))
    layers = []
    for k, layer in enumerate(weights.layers):
        zeros = torch.zeros(len(inputs), network.hidden_size, dtype=torch.float64, requires_grad=True)
        state, states = State(zeros, zeros if network.cell == "lstm" else None), []
        for t, x in enumerate(below):
            state = CELLS[network.cell](from_input(x, layer), state, layer)
            if bump is not None and bump[:2] == (k, t):
                state = bumped(state, *bump[2:])
            states.append(state)
        layers.append(states)
        below = [s.hidden for s in states]
    outputs = torch.stack(below, 1) @ weights.readout_weight.t() + weights.readout_bias
    return layers, outputs


def output_gate(state):
    return state.hidden / torch.tanh(state.cell)  # h = o * tanh(c)


def bumped(state, part, amount):
    if part == "hidden":
        return State(state.hidden + amount, state.cell)
    return State(output_gate(state) * torch.tanh(state.cell + amount), state.cell + amount)


def losses_at(outputs, targets, loss_on):
    """Each example's loss at each timestep, (B, T), with the 1/T of a loss on all timesteps."""
    timesteps = outputs.shape[1]
    if loss_on == "last":
        targets = torch.stack([targets] * timesteps, 1)
    if targets.is_floating_point():
        losses = (outputs - targets).square().mean(2)
    else:
        losses = nn.functional.cross_entropy(outputs.transpose(1, 2), targets, reduction="none")
    factor = torch.zeros(timesteps, dtype=torch.float64)
    if loss_on == "last":
        factor[-1] = 1
    else:
        factor[:] = 1 / timesteps
    return losses * factor


def deltas(network, inputs, targets, loss_on):
    """Our own dl/dh_t and dl/dc_t of every example and layer, [(T, B, H), (T, B, H) or None]."""
    weights = network.weights()
    unrolled = Unrolled(
        network.cell, weights, timesteps=inputs.shape[1], batch=len(inputs), loss_on=loss_on, written_out=True
    )
    with torch.no_grad():
        outputs = unrolled.forward(weights, inputs.transpose(0, 1))
    leaf = outputs.requires_grad_()
    whole = leaf.unsqueeze(1).expand(-1, inputs.shape[1], -1) if loss_on == "last" else leaf.transpose(0, 1)
    losses_at(whole, targets, loss_on).sum().backward()
    scratch = type(weights).named({name: torch.empty_like(p) for name, p in network.named_parameters()})
    with torch.no_grad():
        unrolled.backward(weights, scratch, leaf.grad)
    return unrolled.totals(weights)


def differences(function, at, step=1e-5):
    """Central differences of a scalar function of (B, H)."""
    gradient = torch.empty_like(at)
    for index in np.ndindex(*at.shape):
        bump = torch.zeros_like(at)
        bump[index] = step
        gradient[index] = (function(at + bump) - function(at - bump)) / (2 * step)
    return gradient


# Exact


@LOSS_ON
@TOKENS
@pytest.mark.parametrize("layers", [1, 3])
@ALL_CELLS
def test_it_equals_a_loop_over_cells_whose_every_state_keeps_its_gradient(cell, layers, tokens, loss_on):
    network, (inputs, targets) = network_of(cell, layers, tokens), batch_of(tokens, loss_on)
    states, outputs = cell_loop(network, inputs)
    flow = gradient_flow(network, inputs, targets, loss_on)
    losses = losses_at(outputs, targets, loss_on).sum()
    for part, found in (("hidden", flow.hidden), ("cell", flow.cell)):
        if part == "cell" and cell != "lstm":
            assert found is None
            continue
        tensors = [getattr(state, part) for layer in states for state in layer]
        gradients = torch.autograd.grad(losses, tensors, retain_graph=True)
        wanted = np.array([g.norm(dim=1).mean().item() for g in gradients]).reshape(layers, TIMESTEPS)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@LOSS_ON
@TOKENS
@ALL_CELLS
def test_exact_at_every_timestep_by_central_differences(cell, tokens, loss_on):
    """delta_t is the derivative of <delta_{t+1}, h_{t+1}(h_t)> + l_t(h_t) with respect to h_t.

    LSTM over (h, c): h_{t+1} holds a part of c_{t+1}, which therefore is not counted with c_{t+1} again.
    """
    network, (inputs, targets) = network_of(cell, tokens=tokens), batch_of(tokens, loss_on)
    ((dh, dc),) = deltas(network, inputs, targets, loss_on)
    weights, layer = network.weights(), network.weights().layers[0]
    x = from_input((weights.embedding[inputs] if tokens else inputs).transpose(0, 1), layer)
    with torch.no_grad():
        ((*states,),), _ = cell_loop(network, inputs)

        def into_cell(t):  # dh_t/dc_t
            return output_gate(states[t]) * (1 - torch.tanh(states[t].cell) ** 2)

        for t in range(TIMESTEPS):

            def what_follows(state, t=t):
                readout = state.hidden @ weights.readout_weight.t() + weights.readout_bias
                value = losses_at(readout.unsqueeze(1).expand(-1, TIMESTEPS, -1), targets, loss_on)[:, t].sum()
                if t + 1 < TIMESTEPS:
                    after = CELLS[cell](x[t + 1], state, layer)
                    value = value + (dh[t + 1] * after.hidden).sum()
                    if after.cell is not None:
                        value = value + ((dc[t + 1] - dh[t + 1] * into_cell(t + 1)) * after.cell).sum()
                return value

            now = states[t]
            found = differences(lambda h, now=now, f=what_follows: f(State(h, now.cell)), now.hidden)
            assert (found - dh[t]).abs().max() <= 1e-8 * dh[t].abs().max()
            if cell == "lstm":
                found = differences(lambda c, now=now, f=what_follows: f(State(now.hidden, c)), now.cell)
                found += dh[t] * into_cell(t)
                assert (found - dc[t]).abs().max() <= 1e-8 * dc[t].abs().max()


@LOSS_ON
@pytest.mark.parametrize("layers", [1, 2])
@ALL_CELLS
def test_exact_end_to_end_by_central_differences(cell, layers, loss_on):
    network, (inputs, targets) = network_of(cell, layers), batch_of(loss_on=loss_on)
    flow = gradient_flow(network, inputs, targets, loss_on)
    step = 1e-5
    for part, measured in (("hidden", flow.hidden), ("cell", flow.cell)):
        if measured is None:
            continue
        found = np.empty_like(measured)
        for k, t in np.ndindex(*found.shape):
            delta = torch.empty(BATCH, HIDDEN, dtype=torch.float64)
            for j in range(HIDDEN):
                sides = []
                for amount in (step, -step):
                    bump = torch.zeros(HIDDEN, dtype=torch.float64)
                    bump[j] = amount
                    with torch.no_grad():
                        _, outputs = cell_loop(network, inputs, (k, t, part, bump))
                    sides.append(losses_at(outputs, targets, loss_on).sum(1))
                delta[:, j] = (sides[0] - sides[1]) / (2 * step)
            found[k, t] = delta.norm(dim=1).mean()
        assert np.abs(found - measured).max() <= 1e-9 * measured.max()


def test_an_orthogonal_tanh_network_at_rest_shrinks_by_its_gain_at_every_timestep():
    for rho in (0.5, 0.9, 1.0, 1.1):
        network = network_of(hidden=16, init="orthogonal", gain=rho)
        flow = gradient_flow(network, torch.zeros(2, 50, 1, dtype=torch.float64), torch.ones(2, 1))
        ratio = flow.hidden[0, 0] / flow.hidden[0, -1]
        assert abs(ratio / rho**49 - 1) <= 1e-12
        assert abs(flow.per_step_factor / rho - 1) <= 1e-12


def test_output_retain_grad_of_torch_s_fused_layer_is_not_the_gradient_flow():
    """It holds the direct part alone: with a loss on the last timestep, zeros everywhere else."""
    network, (inputs, targets) = network_of(), batch_of()
    fused = nn.RNN(1, HIDDEN, batch_first=True, dtype=torch.float64)
    fused.load_state_dict(network.rnn.state_dict())
    out, _ = fused(inputs)
    out.retain_grad()
    weights = network.weights()
    nn.functional.mse_loss(out[:, -1] @ weights.readout_weight.t() + weights.readout_bias, targets).backward()
    theirs = BATCH * out.grad.norm(dim=2).mean(0).numpy()
    ours = gradient_flow(network, inputs, targets).hidden[0]
    assert np.count_nonzero(theirs) == 1
    assert (ours > 0).all()
    assert abs(ours[-1] / theirs[-1] - 1) <= 1e-12


# What it does not depend on


@LOSS_ON
@TOKENS
@ALL_CELLS
def test_a_larger_batch_of_the_same_examples_has_the_same_flow(cell, tokens, loss_on):
    network, (inputs, targets) = network_of(cell, 2, tokens), batch_of(tokens, loss_on)
    once = gradient_flow(network, inputs, targets, loss_on)
    often = gradient_flow(network, torch.cat([inputs] * 8), torch.cat([targets] * 8), loss_on)
    np.testing.assert_allclose(often.hidden, once.hidden, rtol=1e-12)


@ALL_CELLS
def test_measuring_changes_neither_the_network_nor_random_numbers(cell):
    network, (inputs, targets) = network_of(cell, 2), batch_of()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    state = torch.get_rng_state()
    gradient_flow(network, inputs, targets)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


@ALL_CELLS
def test_it_computes_in_the_network_s_own_dtype_and_honours_weights_written_to_it(cell):
    inputs, targets = batch_of()
    single = network_of(cell, dtype=torch.float32)
    rough = gradient_flow(single, inputs, targets)
    assert rough.hidden.dtype == np.float64
    fine = gradient_flow(single.double(), inputs, targets)
    assert 0 < np.abs(rough.hidden / fine.hidden - 1).max() < 1e-4
    with torch.no_grad():
        dict(single.named_parameters())["rnn.weight_hh_l0"].zero_()
    cut = gradient_flow(single, inputs, targets).hidden
    assert (cut[0, :-1] == 0).all() == (cell in ("rnn_tanh", "rnn_relu"))


# Zeros


def test_exact_zeros_stay_zeros_and_do_not_count():
    network, (inputs, targets) = network_of(), batch_of()
    with torch.no_grad():
        network.get_parameter("rnn.weight_hh_l0").zero_()
    flow = gradient_flow(network, inputs, targets)
    assert (flow.hidden[0, :-1] == 0).all()
    assert (flow.points_used, flow.per_step_factor, flow.half_life, flow.horizon) == (1, None, None, 0)
    with torch.no_grad():
        network.get_parameter("readout.weight").zero_()
    flow = gradient_flow(network, inputs, targets)
    assert not flow.hidden.any()
    assert (flow.points_used, flow.horizon) == (0, 0)


def test_float32_gradients_whose_squares_underflow_are_still_measured():
    network = network_of(dtype=torch.float32, init="orthogonal", gain=0.01)
    flow = gradient_flow(network, torch.zeros(2, 15, 1), torch.ones(2, 1))
    assert 0 < flow.hidden[0, 0] < 1e-27
    assert abs(flow.per_step_factor / 0.01 - 1) < 1e-3


# Numbers read off a flow


def geometric(r: float, timesteps: int = 30, loss_on="last") -> GradientFlow:
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
    with_zeros = GradientFlow(hidden, None)
    assert abs(with_zeros.per_step_factor - 0.5) <= 1e-12
    assert with_zeros.points_used == 20
    assert with_zeros.cell_per_step_factor is None


def test_a_loss_on_all_timesteps_has_no_per_step_factor():
    flow = geometric(0.5, loss_on="all")
    assert (flow.per_step_factor, flow.cell_per_step_factor, flow.half_life, flow.doubling_lag) == (None,) * 4
    network, (inputs, targets) = network_of("lstm"), batch_of(loss_on="all")
    assert gradient_flow(network, inputs, targets, "all").per_step_factor is None


def test_the_arrays_are_read_only_float64_with_a_row_for_each_layer():
    network, (inputs, targets) = network_of("lstm", 3, dtype=torch.float32), batch_of()
    flow = gradient_flow(network, inputs, targets)
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
        gradient_flow(network_of(tokens=tokens), inputs, targets, loss_on)
