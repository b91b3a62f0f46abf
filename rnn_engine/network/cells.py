"""One recurrence each, written as its equation: how x_t and the previous state become the next state.

Shapes: B batch, I input, H hidden. A layer's input reaches all gates by one matrix product, so it is
multiplied for all timesteps at once (`from_input`); a cell then needs only its timestep's row of it. Gates
stand side by side, in torch's order: LSTM i, f, g, o; GRU r, z, n. Everything here is plain torch, so
autograd can follow it; `bptt.py` writes the same equations with their derivatives. Knows nothing of tasks or
training.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from rnn_engine.cells import Cell


class LayerWeights(NamedTuple):
    """Weights of one layer, or their gradients: torch's names and shapes. G gates: 1 (tanh, ReLU), 3, 4."""

    weight_ih: Tensor  # (G * H, I), W_xh of the formulas
    weight_hh: Tensor  # (G * H, H)
    bias_ih: Tensor  # (G * H,)
    bias_hh: Tensor  # (G * H,)


class State(NamedTuple):
    """What a cell passes on to the next timestep. For a network all layers' are stacked: (layers, B, H)."""

    hidden: Tensor  # (B, H), h_t
    cell: Tensor | None = None  # (B, H), c_t; LSTM only


def from_input(inputs: Tensor, weights: LayerWeights) -> Tensor:
    """W_ih x_t + b_ih for every timestep at once: (..., I) -> (..., G * H)."""
    return F.linear(inputs, weights.weight_ih, weights.bias_ih)


def from_hidden(state: State, weights: LayerWeights) -> Tensor:
    """W_hh h_{t-1} + b_hh: (B, H) -> (B, G * H)."""
    return F.linear(state.hidden, weights.weight_hh, weights.bias_hh)


def rnn_tanh(x: Tensor, state: State, weights: LayerWeights) -> State:
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), the chapter's cell (Elman 1990)."""
    return State(torch.tanh(x + from_hidden(state, weights)))


def rnn_relu(x: Tensor, state: State, weights: LayerWeights) -> State:
    """h_t = max(0, W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)."""
    return State(torch.relu(x + from_hidden(state, weights)))


def lstm(x: Tensor, state: State, weights: LayerWeights) -> State:
    """The LSTM with a forget gate (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000).

    c_t = f * c_{t-1} + i * g  keeps what f lets pass and adds what i lets in;  h_t = o * tanh(c_t)  shows
    what o lets out.
    """
    assert state.cell is not None
    i, f, g, o = (x + from_hidden(state, weights)).chunk(4, dim=-1)
    cell = torch.sigmoid(f) * state.cell + torch.sigmoid(i) * torch.tanh(g)
    return State(torch.sigmoid(o) * torch.tanh(cell), cell)


def gru(x: Tensor, state: State, weights: LayerWeights) -> State:
    """The GRU (Cho et al. 2014) as torch has it: the reset gate r acts after the matrix product.

    h_t = (1 - z) * n + z * h_{t-1},  n = tanh(W_in x_t + b_in + r * (W_hn h_{t-1} + b_hn))
    """
    r_x, z_x, n_x = x.chunk(3, dim=-1)
    r_h, z_h, n_h = from_hidden(state, weights).chunk(3, dim=-1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    n = torch.tanh(n_x + r * n_h)
    return State((1 - z) * n + z * state.hidden)


NORM_EPSILON = 1e-5  # added to a variance, as torch's layer normalisation does


def with_remedies(cell: Cell, skip: float, layer_norm: bool) -> Callable[[Tensor, State, LayerWeights], State]:
    """The simple recurrence with a skip s past it, or a_t normalised over the units (see `remedies.py`).

    h_t = s h_{t-1} + (1 - s) phi(LN(a_t)),  a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh
    """
    phi = torch.tanh if cell == "rnn_tanh" else torch.relu

    def remedied(x: Tensor, state: State, weights: LayerWeights) -> State:
        a = x + from_hidden(state, weights)
        if layer_norm:
            a = F.layer_norm(a, a.shape[-1:], eps=NORM_EPSILON)
        return State(torch.lerp(phi(a), state.hidden, skip))

    return remedied


#: How each cell goes from x_t and its state to the next state.
EQUATIONS: dict[Cell, Callable[[Tensor, State, LayerWeights], State]] = {
    "rnn_tanh": rnn_tanh,
    "rnn_relu": rnn_relu,
    "lstm": lstm,
    "gru": gru,
}
