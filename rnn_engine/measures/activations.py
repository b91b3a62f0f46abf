"""Looking at a trained network while it reads: its states, its gates, and what moved one of its answers.

All in float64 and exact. What a past input does to an answer y is dy/dx_t, with x_t the vector that is read at t (for a
token its embedding): one pass back through time, as training does it, from that one number instead of from a loss.
Knows nothing of training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.cells import CELLS
from rnn_engine.network.recurrent import Network
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Activations:
    """What a network does while it reads one sequence from h_0 = 0. T timesteps, H hidden size; float64."""

    outputs: Values  # (T, outputs), y_t
    hidden: Values  # (layers, T, H), h_t
    cell: Values | None  # (layers, T, H), c_t; LSTM only
    gates: Mapping[str, Values]  # (layers, T, H) each, by name, what they are after their sigmoid (g, n: tanh)
    time_constants: Values | None  # (layers, H), see `time_constants`; LSTM and GRU

    @property
    def tanh_cell(self) -> Values | None:
        """tanh c_t, (layers, T, H): what the LSTM's output gate lets through; None for other cells."""
        return None if self.cell is None else np.tanh(self.cell)


def activations(network: Network, inputs: Tensor) -> Activations:
    """Read `inputs`, values (T, features) or tokens (T,), and record everything. Remedied networks have no gates."""
    weights, unrolled = _read(network, inputs)
    cell = CELLS[network.cell]
    top = unrolled.layers[-1].hidden
    outputs = torch.addmm(weights.readout_bias, top[:, 0], weights.readout_weight.t())
    memories = [layer.memory[1:] for layer in unrolled.layers if hasattr(layer, "memory")]
    gates = {
        name: _stacked([layer.gates.chunk(len(cell.blocks), dim=-1)[place] for layer in unrolled.layers])
        for place, name in enumerate(cell.blocks if cell.gated else ())
    }
    return Activations(
        outputs.numpy(),
        _stacked([layer.hidden for layer in unrolled.layers]),
        _stacked(memories) if memories else None,
        gates,
        None if cell.keeping is None else time_constants(gates[cell.keeping]),
    )


def saliency(network: Network, inputs: Tensor, output: int) -> Values:
    """||dy/dx_t|| for every t, shape (T,): how much each input moved the last timestep's output number `output`.

    Exact and without truncation, whatever the network was trained with. To ask about an earlier answer, give the inputs
    up to there.
    """
    weights, unrolled = _read(network, inputs)
    wanted = torch.zeros(1, len(weights.readout_bias), dtype=torch.float64)
    wanted[0, output] = 1
    return torch.linalg.vector_norm(input_gradient(unrolled, weights, wanted), dim=2)[:, 0].numpy()


def input_gradient(unrolled: Unrolled, weights: NetworkWeights, output_gradient: Tensor) -> Tensor:
    """After `forward` with a loss on the last timestep: (T, B, I), from d(what is asked)/dy_T, (B, outputs)."""
    with torch.no_grad():
        unrolled.backward(weights, weights.empty_like(), output_gradient)
        first = weights.layers[0]
        found = torch.empty(*unrolled.layers[0].hidden.shape[:2], first.weight_ih.shape[1], dtype=first.weight_ih.dtype)
        unrolled.layers[0].input_gradient(first, out=found)
    return found


def in_float64(network: Network) -> NetworkWeights:
    """A copy of the network's weights in float64, without the embedding: it reads vectors."""
    named = {name: parameter.detach().double() for name, parameter in network.named_parameters()}
    return NetworkWeights.named(named)._replace(embedding=None)


def vectors(network: Network, inputs: Tensor) -> Tensor:
    """What the first layer reads at every timestep, (T, I) in float64, of values (T, features) or tokens (T,)."""
    embedding = network.weights().embedding
    return inputs.double() if embedding is None else embedding.double()[inputs]


def unrolled_over(network: Network, weights: NetworkWeights, timesteps: int, batch: int) -> Unrolled:
    """The passes of this network over so many timesteps, with its answer at the last one."""
    return Unrolled(
        network.cell,
        weights,
        timesteps=timesteps,
        batch=batch,
        loss_on="last",
        skip=network.skip,
        layer_norm=network.layer_norm,
    )


def time_constants(kept: Values) -> Values:
    """1 / (1 - mean_t kept) for every unit: in about so many timesteps a state that is only kept falls to 1/e.

    `kept`: (..., T, H), the LSTM's forget gate or the GRU's update gate z (torch's: h_t = (1 - z) n + z h_{t-1}). Infinite
    where a gate never closes. Source: Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018.
    """
    with np.errstate(divide="ignore"):
        return 1 / (1 - kept.mean(-2))


class Path(NamedTuple):
    """Hidden states over time, seen from the directions in which they differ most."""

    points: Values  # (T, k), coordinates along the axes
    axes: Values  # (k, H), orthonormal; each one's largest entry is positive
    explained: Values  # (k,), the share of all variance along each axis; zeros where nothing moves


def principal_path(states: Values, dimensions: int = 3) -> Path:
    """Principal components of `states` (T, H), the largest first; at most as many as T and H allow."""
    centred = states - states.mean(0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:dimensions]
    axes = axes * np.sign(np.take_along_axis(axes, np.abs(axes).argmax(1)[:, np.newaxis], 1))
    variance = singular**2
    total = variance.sum()
    explained = variance[:dimensions] / total if total > 0 else np.zeros(len(axes))
    return Path(centred @ axes.T, axes, explained)


def slow_to_quick(states: Values) -> npt.NDArray[np.int64]:
    """Units of `states` (T, H), from those that change least between timesteps to those that change most.

    By von Neumann's ratio, sum (h_t - h_{t-1})² / sum (h_t - mean)²; units that never move come last.
    """
    moved = np.square(np.diff(states, axis=0)).sum(0)
    spread = np.square(states - states.mean(0)).sum(0)
    ratio = np.divide(moved, spread, out=np.full(len(spread), np.inf), where=spread > 1e-24 * len(states))
    return np.argsort(ratio, kind="stable")


def _read(network: Network, inputs: Tensor) -> tuple[NetworkWeights, Unrolled]:
    if not len(inputs):
        raise ValueError("inputs must have at least one timestep")
    weights = in_float64(network)
    unrolled = unrolled_over(network, weights, timesteps=len(inputs), batch=1)
    with torch.no_grad():
        unrolled.forward(weights, vectors(network, inputs).unsqueeze(1))
    return weights, unrolled


def _stacked(layers: list[Tensor]) -> Values:
    """(T, 1, H) of each layer -> (layers, T, H)."""
    return torch.stack([layer[:, 0] for layer in layers]).numpy().copy()
