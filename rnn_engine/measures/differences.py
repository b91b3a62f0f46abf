"""Central differences along a network's own way through one batch: what `check.py` compares the gradients with.

Knows the forward pass alone, the cells of `cells.py`; the gradients that are to be checked are carried along.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from rnn_engine.network.cells import EQUATIONS, State, from_input, with_remedies
from rnn_engine.network.losses import loss_of
from rnn_engine.network.recurrent import Network
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights
from rnn_engine.tasks.base import LossOn

#: Where a function is looked at, in steps from the point, and what its values are multiplied by: the derivative of
#: fourth order, (8 (f_1 - f_-1) - (f_2 - f_-2)) / 12.
PLACES, FACTORS = (1.0, -1.0, 2.0, -2.0), (8 / 12, -8 / 12, -1 / 12, 1 / 12)


def derivative(values: Tensor, step: float) -> Tensor:
    """(places, ...) -> (...): differences before factors, since what is alike then cancels exactly."""
    return (FACTORS[0] * (values[0] - values[1]) + FACTORS[2] * (values[2] - values[3])) / step


class Trajectory(NamedTuple):
    """A network's own way through one batch: states, and the gradients to be checked. Time first but for inputs."""

    network: Network
    weights: NetworkWeights
    inputs: Tensor  # (B, T, features) or (B, T)
    targets: Tensor
    loss_on: LossOn
    hidden: Tensor  # (layers, T, B, H)
    cell: Tensor | None
    below: list[Tensor]  # what each layer reads, (T, B, I)
    totals: list[tuple[Tensor, Tensor | None]]  # each layer's dl/dh_t and dl/dc_t, (T, B, H), l an example's loss

    @property
    def timesteps(self) -> int:
        return self.inputs.shape[1]

    @classmethod
    def of(cls, network: Network, inputs: Tensor, targets: Tensor, loss_on: LossOn) -> "Trajectory":
        """Run `network` forward, and the engine's own backpropagation after it."""
        weights = network.weights()
        targets = targets.double() if targets.is_floating_point() else targets
        inputs = inputs.double() if weights.embedding is None else inputs
        with torch.no_grad():
            result = network(inputs)
            read = inputs if weights.embedding is None else weights.embedding[inputs]
            unrolled = Unrolled(
                network.cell,
                weights,
                timesteps=inputs.shape[1],
                batch=len(inputs),
                loss_on=loss_on,
                skip=network.skip,
                layer_norm=network.layer_norm,
            )
            outputs = unrolled.forward(weights, inputs.transpose(0, 1))
            _, gradient = loss_of(outputs, targets if loss_on == "last" else targets.transpose(0, 1))
            scratch = {name: torch.empty_like(parameter) for name, parameter in network.named_parameters()}
            unrolled.backward(weights, NetworkWeights.named(scratch), gradient)
            totals = [(dh * len(inputs), None if dc is None else dc * len(inputs)) for dh, dc in unrolled.totals()]
        below = [read.transpose(0, 1), *result.hidden[:-1]]
        return cls(network, weights, inputs, targets, loss_on, result.hidden, result.cell, below, totals)

    def before(self, k: int, t: int) -> State:
        """Layer k's state at t - 1, (B, H)."""
        zeros = torch.zeros_like(self.hidden[k, 0])
        hidden = self.hidden[k, t - 1] if t else zeros
        return State(hidden, None if self.cell is None else self.cell[k, t - 1] if t else zeros)

    def now(self, k: int, t: int) -> State:
        return State(self.hidden[k, t], None if self.cell is None else self.cell[k, t])

    def advance(self, k: int, below: Tensor, before: State) -> State:
        """Layer k's next state, from what it reads; all of shape (..., size)."""
        network, layer = self.network, self.weights.layers[k]
        remedied = network.skip or network.layer_norm
        cell = with_remedies(network.cell, network.skip, network.layer_norm) if remedied else EQUATIONS[network.cell]
        return cell(from_input(below, layer), before, layer)

    def active(self, k: int, below: Tensor, before: Tensor) -> Tensor:
        """Which of a ReLU layer's next units are on: moves that switch one cross a kink, where no derivative is."""
        layer = self.weights.layers[k]
        phi = with_remedies(self.network.cell, 0.0, self.network.layer_norm)
        return phi(from_input(below, layer), State(before), layer).hidden > 0

    def output_gate(self, k: int, t: int) -> Tensor:
        """o_t of h_t = o_t tanh(c_t), which does not depend on c_{t-1}: read where c_t is surely not 0."""
        before = self.before(k, t)
        assert before.cell is not None
        other = self.advance(k, self.below[k][t], State(before.hidden, before.cell + 1))
        assert other.cell is not None
        return other.hidden / torch.tanh(other.cell)

    def into_cell(self, k: int, t: int) -> Tensor:
        """dh_t/dc_t = o_t (1 - tanh² c_t)."""
        assert self.cell is not None
        return self.output_gate(k, t) * (1 - torch.tanh(self.cell[k, t]) ** 2)

    def loss_at(self, top: Tensor, t: int) -> Tensor:
        """What each example's loss takes from the top layer's h_t: (..., B, H) -> (..., B)."""
        if self.loss_on == "last" and t + 1 < self.timesteps:
            return torch.zeros(top.shape[:-1], dtype=top.dtype)
        y = top @ self.weights.readout_weight.t() + self.weights.readout_bias
        target = self.targets if self.loss_on == "last" else self.targets[:, t]
        if target.is_floating_point():
            losses = (y - target).square().mean(-1)
        else:
            index = target.expand(y.shape[:-1]).unsqueeze(-1)
            losses = torch.logsumexp(y, -1) - y.gather(-1, index).squeeze(-1)
        return losses if self.loss_on == "last" else losses / self.timesteps

    def moved(self, k: int, t: int, part: str, chosen: Tensor, step: float) -> State:
        """Layer k's state at t, every chosen entry of h_t or c_t by itself moved: (places, directions, B, H)."""
        now = self.now(k, t)
        moves = torch.zeros(len(PLACES), len(chosen), 1, now.hidden.shape[-1], dtype=now.hidden.dtype)
        for place, move in enumerate(PLACES):
            moves[place, torch.arange(len(chosen)), 0, chosen] = move * step
        held = torch.zeros_like(moves)
        hidden = now.hidden + (moves if part == "hidden" else held)
        return State(hidden, None if now.cell is None else now.cell + (moves if part == "cell" else held))
