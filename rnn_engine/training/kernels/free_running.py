"""One sequence at a time: a network that reads its own output, one timestep after the other, with its state carried on.

There is nothing to gain from tiles here: every weight is used once a timestep, so the rows of the weights are multiplied
with the state as they lie.
"""

from math import exp, tanh
from typing import Any

import numpy as np

from rnn_engine.training.kernels.compiler import called_from_python, kernel
from rnn_engine.training.kernels.layout import (
    GRU,
    LSTM,
    RNN_TANH,
    biases_of,
    embedding_of,
    readout_bias_of,
    readout_of,
    weight_hh_of,
    weight_ih_of,
)


@kernel
def _dot(row: Any, vector: Any) -> Any:
    total = row.dtype.type(0)
    for k in range(row.shape[0]):
        total += row[k] * vector[k]
    return total


@kernel
def _sigmoid(x: Any) -> Any:
    return 1 / (1 + exp(-x))


@kernel
def _advance(shape: Any, weights: Any, hidden: Any, memory: Any, gates: Any, x: Any) -> None:
    """One timestep: from the input `x` (I,) to the states (L, H) after it. `gates` (2, G * H) is scratch."""
    size = shape.hidden
    for layer in range(shape.layers):
        w_ih, w_hh = weight_ih_of(shape, weights, layer), weight_hh_of(shape, weights, layer)
        biases, h, c = biases_of(shape, weights, layer), hidden[layer], memory[layer]
        below = x if layer == 0 else hidden[layer - 1]
        for row in range(shape.gates * size):
            gates[0, row] = _dot(w_ih[row], below) + biases[0, row]
            gates[1, row] = _dot(w_hh[row], h) + biases[1, row]
        for j in range(size):
            if shape.cell == LSTM:
                i = _sigmoid(gates[0, j] + gates[1, j])
                f = _sigmoid(gates[0, size + j] + gates[1, size + j])
                g = tanh(gates[0, 2 * size + j] + gates[1, 2 * size + j])
                o = _sigmoid(gates[0, 3 * size + j] + gates[1, 3 * size + j])
                c[j] = f * c[j] + i * g
                h[j] = o * tanh(c[j])
            elif shape.cell == GRU:
                r = _sigmoid(gates[0, j] + gates[1, j])
                z = _sigmoid(gates[0, size + j] + gates[1, size + j])
                n = tanh(gates[0, 2 * size + j] + r * gates[1, 2 * size + j])
                h[j] = n + z * (h[j] - n)
            else:
                a = gates[0, j] + gates[1, j]
                h[j] = tanh(a) if shape.cell == RNN_TANH else 0 if a < 0 else a


@kernel
def _read_out(shape: Any, weights: Any, hidden: Any, outputs: Any) -> None:
    readout, bias = readout_of(shape, weights), readout_bias_of(shape, weights)
    for k in range(shape.outputs):
        outputs[k] = _dot(readout[k], hidden[shape.layers - 1]) + bias[k]


@kernel
def _distribution(outputs: Any, temperature: float, top_k: int, probabilities: Any) -> bool:
    """As `generation.distribution`; False, and nothing is said, if an output is not finite."""
    highest, likeliest = -np.inf, 0
    for k in range(outputs.shape[0]):
        if not np.isfinite(outputs[k]):
            return False
        if outputs[k] > highest:
            highest, likeliest = np.float64(outputs[k]), k
    if temperature == 0:
        probabilities[:] = 0
        probabilities[likeliest] = 1
        return True
    for k in range(outputs.shape[0]):
        probabilities[k] = exp((np.float64(outputs[k]) - highest) / temperature)
    if 0 < top_k < outputs.shape[0]:
        order = np.argsort(-outputs, kind="mergesort")  # of equals the first
        for place in range(top_k, outputs.shape[0]):
            probabilities[order[place]] = 0
    total = 0.0
    for k in range(outputs.shape[0]):
        total += probabilities[k]
    for k in range(outputs.shape[0]):
        probabilities[k] /= total
    return True


@kernel
def _pick(probabilities: Any, at: float) -> int:
    """As `generation.pick`."""
    total, last = 0.0, 0
    for k in range(probabilities.shape[0]):
        if probabilities[k] > 0:
            total += probabilities[k]
            last = k
            if total > at:
                return k
    return last


@called_from_python
def sample(
    shape: Any,
    weights: Any,
    hidden: Any,
    memory: Any,
    unread: Any,
    window: int,
    temperature: float,
    top_k: int,
    chances: Any,
    tokens: Any,
    probabilities: Any,
) -> int:
    """Draw a token for each of `chances`, numbers in [0, 1), to `tokens` (n,) with its distribution (n, vocabulary).

    `unread` (k,) tokens are read first. With `window` 0 the states (L, H) are carried on; else each time the last
    `window` tokens, `unread` at first, are read from zero states, and `unread` holds the last ones in the end. Returns how
    many were drawn: fewer once an output is not finite.
    """  # fmt: skip
    embedding = embedding_of(shape, weights)
    gates = np.empty((2, shape.gates * shape.hidden), weights.dtype)
    outputs = np.empty(shape.outputs, weights.dtype)
    for n in range(chances.shape[0]):
        if window > 0:
            hidden[:] = 0
            memory[:] = 0
        if window > 0 or n == 0:
            for token in unread:
                _advance(shape, weights, hidden, memory, gates, embedding[token])
        else:
            _advance(shape, weights, hidden, memory, gates, embedding[tokens[n - 1]])
        _read_out(shape, weights, hidden, outputs)
        if not _distribution(outputs, temperature, top_k, probabilities[n]):
            return n
        tokens[n] = _pick(probabilities[n], chances[n])
        if window > 0:
            for k in range(unread.shape[0] - 1):
                unread[k] = unread[k + 1]
            unread[unread.shape[0] - 1] = tokens[n]
    return chances.shape[0]


@called_from_python
def run_free(shape: Any, weights: Any, warm_up: Any, values: Any) -> None:
    """Read `warm_up` (T,) from zero states, then let the network read its own outputs, to `values` (n,) float64."""
    hidden = np.zeros((shape.layers, shape.hidden), weights.dtype)
    memory = np.zeros_like(hidden)
    gates = np.empty((2, shape.gates * shape.hidden), weights.dtype)
    x = np.empty(1, weights.dtype)
    for value in warm_up:
        x[0] = value
        _advance(shape, weights, hidden, memory, gates, x)
    for n in range(values.shape[0]):
        if n > 0:
            _advance(shape, weights, hidden, memory, gates, x)
        _read_out(shape, weights, hidden, x)
        values[n] = x[0]
