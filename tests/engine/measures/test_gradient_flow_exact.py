"""The gradient flow is exact: by autograd, by differences, by theory; and the usual wrong way is not ours."""

import numpy as np
import pytest
import torch
from torch import nn

from rnn_engine.network.cells import EQUATIONS, State, from_input
from rnn_engine.network.unrolled import Unrolled
from tests.engine.small_networks import (
    ALL_CELLS,
    BATCH,
    HIDDEN,
    LOSS_ON,
    TIMESTEPS,
    TOKENS,
    batch_of,
    measured,
    network_of,
)


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
            state = EQUATIONS[network.cell](from_input(x, layer), state, layer)
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
    unrolled = Unrolled(network.cell, weights, timesteps=inputs.shape[1], batch=len(inputs), loss_on=loss_on)
    with torch.no_grad():
        outputs = unrolled.forward(weights, inputs.transpose(0, 1))
    leaf = outputs.requires_grad_()
    whole = leaf.unsqueeze(1).expand(-1, inputs.shape[1], -1) if loss_on == "last" else leaf.transpose(0, 1)
    (output_gradient,) = torch.autograd.grad(losses_at(whole, targets, loss_on).sum(), leaf)
    scratch = type(weights).named({name: torch.empty_like(p) for name, p in network.named_parameters()})
    with torch.no_grad():
        unrolled.backward(weights, scratch, output_gradient)
    return unrolled.totals()


def differences(function, at, step=1e-5):
    """Central differences of a scalar function of (B, H)."""
    gradient = torch.empty_like(at)
    for index in np.ndindex(*at.shape):
        bump = torch.zeros_like(at)
        bump[index] = step
        gradient[index] = (function(at + bump) - function(at - bump)) / (2 * step)
    return gradient


@LOSS_ON
@TOKENS
@pytest.mark.parametrize("layers", [1, 3])
@ALL_CELLS
def test_it_equals_a_loop_over_cells_whose_every_state_keeps_its_gradient(cell, layers, tokens, loss_on):
    network, (inputs, targets) = network_of(cell, layers, tokens), batch_of(tokens, loss_on)
    states, outputs = cell_loop(network, inputs)
    flow = measured(network, inputs, targets, loss_on)
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
                    after = EQUATIONS[cell](x[t + 1], state, layer)
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
    flow = measured(network, inputs, targets, loss_on)
    step = 1e-5
    for part, ours in (("hidden", flow.hidden), ("cell", flow.cell)):
        if ours is None:
            continue
        found = np.empty_like(ours)
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
        assert np.abs(found - ours).max() <= 1e-9 * ours.max()


def test_an_orthogonal_tanh_network_at_rest_shrinks_by_its_gain_at_every_timestep():
    for rho in (0.5, 0.9, 1.0, 1.1):
        network = network_of(hidden=16, init="orthogonal", gain=rho)
        flow = measured(network, torch.zeros(2, 50, 1, dtype=torch.float64), torch.ones(2, 1))
        ratio = flow.hidden[0, 0] / flow.hidden[0, -1]
        assert abs(ratio / rho**49 - 1) <= 1e-12
        assert abs(flow.per_step_factor / rho - 1) <= 1e-12


def test_output_retain_grad_of_torch_s_fused_layer_is_not_the_measured():
    """It holds the direct part alone: with a loss on the last timestep, zeros everywhere else."""
    network, (inputs, targets) = network_of(), batch_of()
    fused = nn.RNN(1, HIDDEN, batch_first=True, dtype=torch.float64)
    fused.load_state_dict(network.rnn.state_dict())
    out, _ = fused(inputs)
    out.retain_grad()
    weights = network.weights()
    nn.functional.mse_loss(out[:, -1] @ weights.readout_weight.t() + weights.readout_bias, targets).backward()
    theirs = BATCH * out.grad.norm(dim=2).mean(0).numpy()
    ours = measured(network, inputs, targets).hidden[0]
    assert np.count_nonzero(theirs) == 1
    assert (ours > 0).all()
    assert abs(ours[-1] / theirs[-1] - 1) <= 1e-12


def test_slices_of_the_output_are_not_on_the_gradient_s_way_at_all():
    """`out[:, t].retain_grad()` keeps nothing: the recurrence does not go through the slice."""
    network, (inputs, targets) = network_of(), batch_of()
    fused = nn.RNN(1, HIDDEN, batch_first=True, dtype=torch.float64)
    fused.load_state_dict(network.rnn.state_dict())
    out, _ = fused(inputs)
    slices = [out[:, t] for t in range(out.shape[1])]
    for each in slices:
        each.retain_grad()
    weights = network.weights()
    nn.functional.mse_loss(out[:, -1] @ weights.readout_weight.t() + weights.readout_bias, targets).backward()
    assert all(each.grad is None for each in slices)
    assert (measured(network, inputs, targets).hidden[0] > 0).all()
