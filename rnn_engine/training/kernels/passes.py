"""A whole network forward and back: what `Unrolled` does with torch, here in compiled code.

`forward` packs the weights, lets every layer run through time and reads out; the losses turn outputs into their
gradient; `backward` goes the same way in reverse and leaves the gradient of every weight in one flat vector.
"""

from math import exp, log
from typing import Any

import numpy as np

from rnn_engine.training.kernels import elman, gru, lstm
from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.entry import (
    enter_states,
    enter_tokens,
    enter_values,
    fill_rows,
    leave_states,
    leave_tokens,
    leave_values,
)
from rnn_engine.training.kernels.layout import (
    GRU,
    LSTM,
    RNN_RELU,
    biases_of,
    readout_bias_of,
    readout_of,
    weight_hh_of,
    weight_ih_of,
)
from rnn_engine.training.kernels.products import (
    ROWS_AT_ONCE,
    add_product,
    add_rows,
    add_transposed_product,
    pack,
    pack_transposed,
    unpad,
)


@kernel
def pack_weights(shape: Any, weights: Any, panels: Any) -> None:
    """Bring all weights into the order in which products read them."""
    for layer in range(shape.layers):
        pack(panels.hidden[layer], weight_hh_of(shape, weights, layer), shape.gates)
        pack_transposed(panels.hidden_t[layer], weight_hh_of(shape, weights, layer), shape.gates)
        if layer > 0:
            pack(panels.below[layer - 1], weight_ih_of(shape, weights, layer), shape.gates)
            pack_transposed(panels.below_t[layer - 1], weight_ih_of(shape, weights, layer), shape.gates)
    first = weight_ih_of(shape, weights, 0)
    if shape.vocabulary > 0:
        pack(panels.embedded, first, shape.gates)
        pack_transposed(panels.embedded_t, first, shape.gates)
    else:
        width = panels.columns.shape[1] // shape.gates
        for k in range(panels.columns.shape[0]):
            for row in range(first.shape[0]):
                gate, j = row // shape.hidden, row % shape.hidden
                panels.columns[k, gate * width + j] = first[row, k]
    pack(panels.readout, readout_of(shape, weights), 1)
    pack_transposed(panels.readout_t, readout_of(shape, weights), 1)


@kernel
def forward(shape: Any, weights: Any, batch: Any, panels: Any, buffers: Any) -> None:
    """From a batch to `buffers.outputs`: of the last timestep, or of all, time first."""
    pack_weights(shape, weights, panels)
    for layer in range(shape.layers):
        states = buffers.states[layer]
        is_elman = shape.cell <= RNN_RELU
        entry = states[1:] if is_elman else buffers.gates[layer]
        _enter_biases(shape, weights, layer, panels, buffers)
        if layer > 0:
            enter_states(shape, entry, buffers.states[layer - 1], panels.below_t[layer - 1], panels.bias)
        elif shape.vocabulary > 0:
            enter_tokens(shape, entry, batch, weights, panels)
        else:
            enter_values(shape, entry, batch, panels.columns, panels.bias)
        if is_elman:
            elman.forward(states, panels.hidden_t[layer], shape.cell == RNN_RELU)
        elif shape.cell == LSTM:
            lstm.forward(
                states, buffers.memory[layer], buffers.gates[layer], buffers.shown[layer], panels.hidden_t[layer]
            )
        else:
            gru.forward(states, buffers.gates[layer], buffers.from_hidden[layer], panels.hidden_t[layer])
    panels.bias[0, : shape.outputs] = readout_bias_of(shape, weights)
    panels.bias[0, shape.outputs :] = 0
    read, rows = _read(shape, buffers), buffers.states.shape[2]
    for t in range(shape.losses):
        outputs = buffers.outputs[t * rows : (t + 1) * rows]
        fill_rows(outputs, panels.bias, shape.batch)
        add_product(outputs, read[t], panels.readout_t)


@kernel
def _read(shape: Any, buffers: Any) -> Any:
    """(losses, Bp, Hp), the top layer's states that are read out."""
    return buffers.states[shape.layers - 1][shape.timesteps + 1 - shape.losses :]


@kernel
def _enter_biases(shape: Any, weights: Any, layer: int, panels: Any, buffers: Any) -> None:
    """Both biases, where they only ever add up; the GRU's b_hh enters under r."""
    biases, width = biases_of(shape, weights, layer), buffers.states.shape[3]
    panels.bias[:] = 0
    for gate in range(shape.gates):
        for j in range(shape.hidden):
            row = gate * shape.hidden + j
            panels.bias[0, gate * width + j] = biases[1, row]
    if shape.cell == GRU:
        for t in range(shape.timesteps):
            fill_rows(buffers.from_hidden[layer, t], panels.bias, shape.batch)
        panels.bias[:] = 0
    for gate in range(shape.gates):
        for j in range(shape.hidden):
            panels.bias[0, gate * width + j] += biases[0, gate * shape.hidden + j]


@kernel
def losses(shape: Any, batch: Any, buffers: Any) -> float:
    """The batch's mean loss; turns `buffers.outputs` into its gradient. As `losses.py` says."""
    total, count, rows = 0.0, shape.losses * shape.batch, buffers.states.shape[2]
    for t in range(shape.losses):
        for b in range(shape.batch):
            y = buffers.outputs[t * rows + b]
            target = batch.target_first[b] + t * batch.target_stride
            if shape.classes > 0:
                total += _cross_entropy(y[: shape.outputs], batch.target_classes[target], count)
            else:
                for k in range(shape.outputs):
                    difference = y[k] - batch.target_values[target + k]
                    total += difference * difference / shape.outputs
                    y[k] = difference * 2 / (count * shape.outputs)
        buffers.outputs[t * rows + shape.batch : (t + 1) * rows] = 0
    return total / count


@kernel
def right_answers(shape: Any, batch: Any, buffers: Any, b: int) -> float:
    """The share of example b's targets that have the largest output; before `losses`."""
    right, rows = 0.0, buffers.states.shape[2]
    for t in range(shape.losses):
        y, target = buffers.outputs[t * rows + b], batch.target_first[b] + t * batch.target_stride
        likeliest = 0
        for k in range(1, shape.outputs):
            likeliest = k if y[k] > y[likeliest] else likeliest
        right += likeliest == batch.target_classes[target]
    return right / shape.losses


@kernel
def _cross_entropy(y: Any, target: int, count: int) -> float:
    """-ln p(target), p = softmax(y); y becomes its gradient over `count`."""
    highest = y[0]
    for k in range(1, y.shape[0]):
        highest = y[k] if y[k] > highest or y[k] != y[k] else highest
    at_target, total = y[target] - highest, 0.0
    for k in range(y.shape[0]):
        y[k] = exp(y[k] - highest)
        total += y[k]
    scale = y.dtype.type(1 / (total * count))
    for k in range(y.shape[0]):
        y[k] *= scale
    y[target] -= y.dtype.type(1 / count)
    return log(total) - at_target


@kernel
def backward(shape: Any, weights: Any, gradient: Any, batch: Any, panels: Any, buffers: Any) -> None:
    """After `forward` and `losses`: write the gradient of every weight, and leave dL/dh_t of every t in `buffers`."""
    rows, top = buffers.states.shape[2], shape.layers - 1
    outputs, width = buffers.outputs, buffers.states.shape[3]
    read, direct = _read(shape, buffers), buffers.gradient[top]
    weight = panels.weight[: outputs.shape[1] * width].reshape(outputs.shape[1], width)
    weight[:] = 0
    for t in range(shape.losses):
        each = outputs[t * rows : (t + 1) * rows]
        add_transposed_product(weight, each, read[t])
        add_product(direct[shape.timesteps - shape.losses + t], each, panels.readout, True)
    unpad(readout_of(shape, gradient), weight, 1)
    bias = readout_bias_of(shape, gradient)
    bias[:] = 0
    for row in range(outputs.shape[0]):
        for k in range(shape.outputs):
            bias[k] += outputs[row, k]
    for layer in range(top, -1, -1):
        _layer_backward(shape, gradient, layer, panels, buffers)
        if layer > 0:
            leave_states(buffers.gates[layer], buffers.gradient[layer - 1], panels.below[layer - 1])
        elif shape.vocabulary > 0:
            leave_tokens(shape, buffers.gates[0], batch, gradient, panels)
        else:
            leave_values(shape, buffers.gates[0], batch, panels.columns, weight_ih_of(shape, gradient, 0))


@kernel
def _layer_backward(shape: Any, gradient: Any, layer: int, panels: Any, buffers: Any) -> None:
    """One layer back through time, and its weights: every timestep used the same, so each gradient is a sum.

    It is added up for some timesteps at a time, while what they have left is still in a near cache.
    """
    states, gates = buffers.states[layer], buffers.gates[layer]
    through_hidden = buffers.from_hidden[layer] if shape.cell == GRU else gates
    width, count = states.shape[2], gates.shape[2]
    weight = panels.weight[: count * width].reshape(count, width)
    weight[:] = 0
    bias_hh, bias_ih = np.zeros((1, count), gates.dtype), np.zeros((1, count), gates.dtype)
    at_once = max(1, ROWS_AT_ONCE // states.shape[1])
    for stop in range(shape.timesteps, 0, -at_once):
        start = max(0, stop - at_once)
        _cell_backward(shape, layer, panels, buffers, start, stop)
        _add_over_timesteps(weight, through_hidden[start:stop], states[start:stop])
        add_rows(bias_hh, _rows(through_hidden[start:stop]))
        if shape.cell == GRU:
            add_rows(bias_ih, _rows(gates[start:stop]))
    unpad(weight_hh_of(shape, gradient, layer), weight, shape.gates)
    biases = biases_of(shape, gradient, layer)
    _unpad_bias(shape, biases[1], bias_hh)
    if shape.cell == GRU:
        _unpad_bias(shape, biases[0], bias_ih)
    else:
        biases[0] = biases[1]
    if layer > 0:
        weight[:] = 0
        _add_over_timesteps(weight, gates, buffers.states[layer - 1][1:])
        unpad(weight_ih_of(shape, gradient, layer), weight, shape.gates)


@kernel
def _cell_backward(shape: Any, layer: int, panels: Any, buffers: Any, start: int, stop: int) -> None:
    states, gates, dh = buffers.states[layer], buffers.gates[layer], buffers.gradient[layer]
    weights, window = panels.hidden[layer], shape.truncate
    direct = layer < shape.layers - 1 or shape.losses > 1  # whether every timestep's dL/dh_t has a direct part
    if shape.cell == LSTM:
        memory, shown, dc = buffers.memory[layer], buffers.shown[layer], buffers.cell_gradient[layer]
        lstm.backward(memory, gates, shown, dh, dc, weights, window, direct, start, stop)
    elif shape.cell == GRU:
        gru.backward(states, gates, buffers.from_hidden[layer], dh, weights, window, direct, start, stop)
    else:
        elman.backward(states, gates, dh, weights, shape.cell == RNN_RELU, window, direct, start, stop)


@kernel
def _rows(steps: Any) -> Any:
    """(T, Bp, N) -> (T * Bp, N)."""
    return steps.reshape(steps.shape[0] * steps.shape[1], steps.shape[2])


@kernel
def _add_over_timesteps(weight: Any, gates: Any, inputs: Any) -> None:
    add_transposed_product(weight, _rows(gates), _rows(inputs))


@kernel
def _unpad_bias(shape: Any, bias: Any, padded: Any) -> None:
    width = padded.shape[1] // shape.gates
    for gate in range(shape.gates):
        bias[gate * shape.hidden : (gate + 1) * shape.hidden] = padded[0, gate * width : gate * width + shape.hidden]
