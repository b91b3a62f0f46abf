"""What a window forgets: change one input, run the network again, and see how far its end has moved.

Measured, by a second forward pass, beside what the gradient foretells of it: to first order a change d of x_t moves the
last state by (dh_T/dx_t) d and the answer by (dy_T/dx_t) d. For small changes the two agree; for large ones the
nonlinearity decides, and only the measurement is right. In float64.
"""

import numpy as np
import torch
from torch import Tensor

from rnn_engine.measures.activations import in_float64, input_gradient, unrolled_over, vectors
from rnn_engine.measures.results import Array, Change, Forgetting
from rnn_engine.network.recurrent import Network
from rnn_engine.network.weights import NetworkWeights

NUMBERS_AT_ONCE = 4_000_000  # that one chunk's buffers may hold: some 32 MB


def forgetting(network: Network, inputs: Tensor, change: Change = "erase", size: float = 1.0) -> Forgetting:
    """Change every input of `inputs`, values (T, features) or tokens (T,), one at a time.

    "nudge" adds `size` to a value; what is read of a token is moved by `size` of the way to the token that follows it in
    the vocabulary, so that with size 1 it has become another one. Raises ValueError for another change.
    """
    if change not in ("erase", "nudge"):
        raise ValueError(f"change must be 'erase' or 'nudge', not {change!r}")
    read = vectors(network, inputs)
    if change == "erase":
        moves = -read
    elif (embedding := network.weights().embedding) is None:
        moves = torch.full_like(read, size)
    else:
        moves = size * (vectors(network, (inputs + 1) % len(embedding)) - read)
    return moved(network, read, moves)


def moved(network: Network, read: Tensor, moves: Tensor) -> Forgetting:
    """The same for any change: `read` (T, I) is what the first layer reads, row t of `moves` is added to row t of it."""
    weights = in_float64(network)
    hidden, output = [], []
    for part in torch.arange(len(read)).split(_at_once(network, len(read))):
        # The unchanged sequence is read in the same batch, last, so that both are rounded alike.
        sequences = read.unsqueeze(1).repeat(1, len(part) + 1, 1)
        sequences[part, torch.arange(len(part))] += moves[part]
        h, y = _end(network, weights, sequences)
        hidden.append(torch.linalg.vector_norm(h[:-1] - h[-1], dim=1))
        output.append(torch.linalg.vector_norm(y[:-1] - y[-1], dim=1))
    along = _along(network, weights, read, moves)
    foretold = along @ weights.readout_weight.t()
    epsilon = float(np.finfo(np.float64).eps)
    return Forgetting(
        change=_by_lag(torch.linalg.vector_norm(moves, dim=1)),
        output=_by_lag(torch.cat(output)),
        output_foretold=_by_lag(torch.linalg.vector_norm(foretold, dim=1)),
        hidden=_by_lag(torch.cat(hidden)),
        hidden_foretold=_by_lag(torch.linalg.vector_norm(along, dim=1)),
        resolution=(epsilon * float(y[-1].norm()), epsilon * float(h[-1].norm())),
    )


def _end(network: Network, weights: NetworkWeights, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """h_T of the top layer and y_T, (B, H) and (B, outputs), of `inputs` (T, B, I)."""
    unrolled = unrolled_over(network, weights, *inputs.shape[:2])
    with torch.no_grad():
        output = unrolled.forward(weights, inputs)
    return unrolled.layers[-1].hidden[-1].clone(), output


def _along(network: Network, weights: NetworkWeights, read: Tensor, moves: Tensor) -> Tensor:
    """(dh_T/dx_t) d_t for every t, (T, H).

    A readout that is the identity makes h_T the answer, and one pass back in a batch of H, each with another entry of
    it, gives dh_T/dx_t whole.
    """
    size = network.hidden_size
    plain = weights._replace(
        readout_weight=torch.eye(size, dtype=torch.float64), readout_bias=torch.zeros(size, dtype=torch.float64)
    )
    parts = []
    for directions in plain.readout_weight.split(_at_once(network, len(read))):
        unrolled = unrolled_over(network, plain, len(read), len(directions))
        with torch.no_grad():
            unrolled.forward(plain, read.unsqueeze(1).repeat(1, len(directions), 1))
        gradient = input_gradient(unrolled, plain, directions)  # (T, directions, I)
        parts.append((gradient @ moves.unsqueeze(2)).squeeze(2))
    return torch.cat(parts, dim=1)


def _at_once(network: Network, timesteps: int) -> int:
    """How many sequences one pass may hold."""
    return max(1, NUMBERS_AT_ONCE // (timesteps * network.num_layers * network.hidden_size * 10))


def _by_lag(of_timestep: Tensor) -> Array:
    return of_timestep.flip(0).numpy().copy()
