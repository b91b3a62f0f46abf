"""What the input brings to a layer's gates, for all timesteps before the recurrence begins: W_ih x_t and the biases.

Three kinds of input: values, few at a timestep; tokens, of which each distinct one is worked out once, however often it
occurs; and the hidden states of the layer below. After the way back, the same three in reverse.
"""

from typing import Any

from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.layout import embedding_of, weight_ih_of
from rnn_engine.training.kernels.products import ROWS, add_product, add_transposed_product, unpad
from rnn_engine.training.kernels.vectors import LANES, load, multiply_add, store


@kernel
def fill_rows(rows: Any, bias: Any, batch: int) -> None:
    """Begin with the bias for the examples and with zeros for what is padded. rows (Bp, N), bias (1, N or more)."""
    for b in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[b, j] = bias[0, j] if b < batch else 0


@kernel
def enter_values(shape: Any, entry: Any, batch: Any, columns: Any, bias: Any) -> None:
    """entry (T, Bp, G * Hp), from the batch's values; columns (features, G * Hp)."""
    for t in range(entry.shape[0]):
        rows = entry[t]
        rows[shape.batch :] = 0
        for k in range(columns.shape[0]):
            for j in range(0, rows.shape[1], LANES):
                weights, a = load(columns, k, j), load(bias, 0, j)
                for b in range(shape.batch):
                    if k > 0:
                        a = load(rows, b, j)
                    store(rows, b, j, multiply_add(batch.values[batch.first[b] + t * batch.stride + k], weights, a))


@kernel
def leave_values(shape: Any, entry_gradient: Any, batch: Any, columns: Any, weight_ih: Any) -> None:
    """The gradient of W_ih (G * H, features), from the gates'."""
    columns[:] = 0
    for t in range(entry_gradient.shape[0]):
        rows, last = entry_gradient[t], shape.batch - 1
        for k in range(columns.shape[0]):
            place = t * batch.stride + k
            for b in range(0, shape.batch, ROWS):
                x0 = batch.values[batch.first[b] + place]
                x1 = batch.values[batch.first[min(b + 1, last)] + place]  # padded rows are zero, whatever they meet
                x2 = batch.values[batch.first[min(b + 2, last)] + place]
                x3 = batch.values[batch.first[min(b + 3, last)] + place]
                for j in range(0, columns.shape[1], LANES):
                    total = multiply_add(x0, load(rows, b, j), load(columns, k, j))
                    total = multiply_add(x1, load(rows, b + 1, j), total)
                    total = multiply_add(x2, load(rows, b + 2, j), total)
                    store(columns, k, j, multiply_add(x3, load(rows, b + 3, j), total))
    width = columns.shape[1] // shape.gates
    for k in range(columns.shape[0]):
        for gate in range(shape.gates):
            for j in range(shape.hidden):
                weight_ih[gate * shape.hidden + j, k] = columns[k, gate * width + j]


@kernel
def enter_tokens(shape: Any, entry: Any, batch: Any, weights: Any, panels: Any) -> None:
    """entry (T, Bp, G * Hp), from the batch's tokens."""
    embedding = embedding_of(shape, weights)
    panels.place[:] = -1
    count = 0
    for b in range(shape.batch):
        for t in range(shape.timesteps):
            token = batch.tokens[batch.first[b] + t * batch.stride]
            if panels.place[token] < 0:
                panels.place[token] = count
                panels.known[count, : shape.inputs] = embedding[token]
                count += 1
    panels.known[count:] = 0
    fill_rows(panels.entry, panels.bias, count)
    add_product(panels.entry, panels.known, panels.embedded_t)
    for t in range(shape.timesteps):
        rows = entry[t]
        for b in range(shape.batch):
            row = panels.place[batch.tokens[batch.first[b] + t * batch.stride]]
            for j in range(0, rows.shape[1], LANES):
                store(rows, b, j, load(panels.entry, row, j))
        rows[shape.batch :] = 0


@kernel
def leave_tokens(shape: Any, entry_gradient: Any, batch: Any, gradient: Any, panels: Any) -> None:
    """The gradients of the embedding and of W_ih: what reaches a token is summed up first."""
    total = panels.entry_gradient
    total[:] = 0
    for t in range(shape.timesteps):
        rows = entry_gradient[t]
        for b in range(shape.batch):
            row = panels.place[batch.tokens[batch.first[b] + t * batch.stride]]
            for j in range(0, total.shape[1], LANES):
                store(total, row, j, load(total, row, j) + load(rows, b, j))
    weight = panels.weight[: total.shape[1] * panels.known.shape[1]].reshape(total.shape[1], panels.known.shape[1])
    weight[:] = 0
    add_transposed_product(weight, total, panels.known)
    unpad(weight_ih_of(shape, gradient, 0), weight, shape.gates)
    add_product(panels.known, total, panels.embedded, True)
    embedding = embedding_of(shape, gradient)
    for token in range(shape.vocabulary):
        if panels.place[token] < 0:
            embedding[token] = 0
        else:
            embedding[token] = panels.known[panels.place[token], : shape.inputs]


@kernel
def enter_states(shape: Any, entry: Any, states: Any, weights_t: Any, bias: Any) -> None:
    """entry (T, Bp, G * Hp), from the states (T + 1, Bp, Hp) of the layer below."""
    for t in range(entry.shape[0]):
        fill_rows(entry[t], bias, shape.batch)
        add_product(entry[t], states[t + 1], weights_t)


@kernel
def leave_states(entry_gradient: Any, gradient: Any, weights: Any) -> None:
    """The direct part of dL/dh_t (T, Bp, Hp) of the layer below."""
    for t in range(gradient.shape[0]):
        add_product(gradient[t], entry_gradient[t], weights, True)
