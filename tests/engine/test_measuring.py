"""The gradient flow is exact: by differences, by autograd, by theory; and the usual wrong ways are not ours."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from rnn_engine import NetworkConfig, gradient_flow
from rnn_engine.cells import CELLS, State, from_input
from rnn_engine.losses import loss_of
from rnn_engine.measuring import GradientFlow
from rnn_engine.network import Network

BATCH, TIMESTEPS, HIDDEN = 3, 12, 5


def network_of(cell="rnn_tanh", layers=1, tokens=False, dtype=torch.float64, hidden=HIDDEN, **config) -> Network:
    return Network(
        NetworkConfig(cell=cell, hidden_size=hidden, num_layers=layers, **config),
        input_size=4 if tokens else 2,
        output_size=6 if tokens else 2,
        vocabulary_size=6 if tokens else None,
        generator=torch.Generator().manual_seed(2),
        dtype=dtype,
    )


def batch_of(tokens=False, loss_on="last", batch=BATCH, timesteps=TIMESTEPS, dtype=torch.float64):
    generator = torch.Generator().manual_seed(8)
    size = (batch, timesteps) if loss_on == "all" else (batch,)
    if tokens:
        return torch.randint(6, (batch, timesteps), generator=generator), torch.randint(6, size, generator=generator)
    inputs = torch.randn(batch, timesteps, 2, generator=generator, dtype=dtype)
    return inputs, torch.randn(*size, 2, generator=generator, dtype=dtype)


class Cellwise:
    """The slow twin: a loop over cells for one layer on top of given inputs, with every state reachable."""

    def __init__(self, network: Network, inputs, targets, loss_on):
        self.network, self.targets, self.loss_on = network, targets, loss_on
        self.weights = network.weights()
        x = inputs if self.weights.embedding is None else self.weights.embedding[inputs]
        self.x = [from_input(x.transpose(0, 1), self.weights.layers[0])]
        self.batch = inputs.shape[0]

    def cell(self, t, state: State, layer=0) -> State:
        return CELLS[self.network.cell](self.x[layer][t], state, self.weights.layers[layer])

    def loss_at(self, t, hidden):
        """Each example's direct loss at timestep index t, shape (B,): l_t, with the 1/T of a loss on all."""
        if self.loss_on == "last" and t < len(self.x[0]) - 1:
            return hidden.new_zeros(self.batch)
        outputs = hidden @ self.weights.readout_weight.t() + self.weights.readout_bias
        targets = self.targets if self.loss_on == "last" else self.targets[:, t]
        losses = torch.stack([loss_of(outputs[b : b + 1], targets[b : b + 1])[0] for b in range(self.batch)])
        return losses / (len(self.x[0]) if self.loss_on == "all" else 1)

    def run(self):
        """All states, kept for autograd, and each example's loss."""
        zeros = torch.zeros(self.batch, self.network.hidden_size, dtype=torch.float64)
        state = State(zeros, zeros if self.network.cell == "lstm" else None)
        states, losses = [], 0.0
        for t in range(len(self.x[0])):
            state = State(*(s if s is None else s.detach().requires_grad_() if t == 0 else s for s in state))
            state = self.cell(t, state)
            state.hidden.retain_grad()
            if state.cell is not None:
                state.cell.retain_grad()
            states.append(state)
            losses = losses + self.loss_at(t, state.hidden)
        return states, losses


def norms(gradients):
    return np.array([gradient.norm(dim=1).mean().item() for gradient in gradients])


CASES = pytest.mark.parametrize("loss_on", ["last", "all"])
ALL_CELLS = pytest.mark.parametrize("cell", CELLS)
TOKENS = pytest.mark.parametrize("tokens", [False, True])


@CASES
@TOKENS
@ALL_CELLS
def test_it_equals_a_loop_over_cells_whose_every_state_keeps_its_gradient(cell, tokens, loss_on):
    network, (inputs, targets) = network_of(cell, tokens=tokens), batch_of(tokens, loss_on)
    states, losses = Cellwise(network, inputs, targets, loss_on).run()
    losses.sum().backward()
    flow = gradient_flow(network, inputs, targets, loss_on)
    np.testing.assert_allclose(flow.hidden, [norms(s.hidden.grad for s in states)], rtol=1e-12)
    if cell == "lstm":
        np.testing.assert_allclose(flow.cell, [norms(s.cell.grad for s in states)], rtol=1e-12)
    else:
        assert flow.cell is None


@CASES
@ALL_CELLS
def test_exact_at_every_timestep_by_central_differences(cell, loss_on):
    """d/dh_t of <delta_{t+1}, h_{t+1}(h_t)> + l_t(h_t) is delta_t; for the LSTM over (h, c) together."""
    network, (inputs, targets) = network_of(cell), batch_of(loss_on=loss_on)
    twin = Cellwise(network, inputs, targets, loss_on)
    states, losses = twin.run()
    losses.sum().backward()
    with torch.no_grad():
        for t in range(TIMESTEPS):
            here = states[t]
            parts = [here.hidden] if here.cell is None else [here.hidden, here.cell]

            def scalar(*parts, t=t):
                value = twin.loss_at(t, parts[0]).sum()
                if t + 1 < TIMESTEPS:
                    after = twin.cell(t + 1, State(*parts))
                    value = value + (states[t + 1].hidden.grad * after.hidden).sum()
                    if after.cell is not None:  # only its own path: what reaches c through h is in h's gradient
                        forget = after.cell
                        value = value + (direct_cell_gradient(states[t + 1]) * forget).sum()
                return value

            found = [differences(lambda x, k=k: scalar(*(x if j == k else p for j, p in enumerate(parts))), part)
                     for k, part in enumerate(parts)]  # fmt: skip
            wanted = [here.hidden.grad] if here.cell is None else [here.hidden.grad, here.cell.grad]
            if here.cell is not None:
                # c_t reaches the loss through h_t as well, and h_t is itself a function of c_t
                o = output_gate(here)
                found[1] = found[1] + here.hidden.grad * o * (1 - torch.tanh(here.cell) ** 2)
            scale = max(w.abs().max() for w in wanted)
            for f, w in zip(found, wanted, strict=True):
                assert (f - w).abs().max() <= 1e-8 * scale, t
