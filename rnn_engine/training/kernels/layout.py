"""Where a network's numbers lie: sizes, the flat vector of weights, and the buffers of an unrolled network.

Time first, as in `bptt.py`: T timesteps, B examples, H hidden units, G gates. Rows of hidden units are padded to whole
vectors (Hp, a multiple of 16), gate by gate, and examples to whole tiles (Bp, a multiple of 4). What is padded stays
zero: an example of zeros with no bias keeps a hidden state of zeros, and no gradient comes back to it.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnn_engine.cells import CELLS, Cell
from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.products import ROWS
from rnn_engine.training.kernels.vectors import LANES

RNN_TANH, RNN_RELU = CELLS["rnn_tanh"].number, CELLS["rnn_relu"].number
LSTM, GRU = CELLS["lstm"].number, CELLS["gru"].number

Floats = npt.NDArray[Any]  # float32 or float64


class Shape(NamedTuple):
    """The sizes of a network and of a batch."""

    cell: int  # a cell record's number
    gates: int
    layers: int
    hidden: int
    inputs: int  # numbers read at a timestep: features, or the embedding's size
    vocabulary: int  # tokens that can be read; 0 where values are
    outputs: int
    classes: int  # 1 where an output is a class, 0 where it is values
    timesteps: int
    batch: int
    losses: int  # timesteps that have one: 1, the last, or all T
    truncate: int  # gradients go back so many timesteps; 0: to the start

    @classmethod
    def of(cls, cell: Cell, **sizes: int) -> "Shape":
        return cls(cell=CELLS[cell].number, gates=len(CELLS[cell].blocks), **sizes)


class Buffers(NamedTuple):
    """What a forward and a backward pass leave behind. L layers; empty where a cell has no use for it."""

    states: Floats  # (L, T + 1, Bp, Hp), h_0 .. h_T
    gates: Floats  # (L, T, Bp, G * Hp); after the way back dL/d(what enters them from the input)
    gradient: Floats  # (L, T, Bp, Hp), the total dL/dh_t
    memory: Floats  # (L, T + 1, Bp, Hp), c_0 .. c_T; LSTM
    shown: Floats  # (L, T, Bp, Hp), tanh(c_t); LSTM
    cell_gradient: Floats  # (L, T, Bp, Hp), the total dL/dc_t; LSTM
    from_hidden: Floats  # (L, T, Bp, G * Hp), W_hh h_{t-1} + b_hh, after the way back its gradient; GRU
    outputs: Floats  # (losses * Bp, outputs padded); after the loss its gradient


class Panels(NamedTuple):
    """The weights, packed for `add_product`, anew for each step; and room for their gradients."""

    hidden: Floats  # (L, Hp / 16, G * Hp, 16), W_hh
    hidden_t: Floats  # (L, G * Hp / 16, Hp, 16), its transpose
    below: Floats  # the same of W_ih, of every layer but the first
    below_t: Floats
    embedded: Floats  # (Ip / 16, G * Hp, 16), W_ih of the first layer, for tokens
    embedded_t: Floats
    readout: Floats  # (Hp / 16, outputs padded, 16)
    readout_t: Floats
    bias: Floats  # (1, G * Hp) or as wide as the outputs
    columns: Floats  # (features, G * Hp), W_ih^T of the first layer, for values
    weight: Floats  # (largest padded matrix,), a gradient before its padding is taken off
    place: npt.NDArray[np.int64]  # (vocabulary,), each token's row in what follows
    known: Floats  # (rows, Ip), embeddings of the tokens that occur in a batch
    entry: Floats  # (rows, G * Hp), what each of them brings to the gates
    entry_gradient: Floats


def padded(count: int, to: int = LANES) -> int:
    """The next multiple of `to`."""
    return -(-count // to) * to


def make_buffers(shape: Shape, dtype: Any) -> Buffers:
    """Room for one window of states; all zeros."""
    layers, timesteps, rows = shape.layers, shape.timesteps, padded(shape.batch, ROWS)
    width = padded(shape.hidden)

    def room(needed: bool, timesteps: int, width: int) -> Floats:
        return np.zeros((layers, timesteps, rows, width) if needed else (0, 0, 0, 0), dtype)

    cell = next(record for record in CELLS.values() if record.number == shape.cell)
    memory, from_hidden = cell.has_cell_state, cell.has_reset_gate
    return Buffers(
        states=room(True, timesteps + 1, width),
        gates=room(True, timesteps, shape.gates * width),
        gradient=room(True, timesteps, width),
        memory=room(memory, timesteps + 1, width),
        shown=room(memory, timesteps, width),
        cell_gradient=room(memory, timesteps, width),
        from_hidden=room(from_hidden, timesteps, shape.gates * width),
        outputs=np.zeros((shape.losses * rows, padded(shape.outputs)), dtype),
    )


def make_panels(shape: Shape, dtype: Any) -> Panels:
    """Room for the packed weights; all zeros, of which the padding stays."""
    width, outputs = padded(shape.hidden), padded(shape.outputs)
    gates, above = shape.gates * width, shape.layers - 1
    inputs = padded(shape.inputs) if shape.vocabulary else 0
    rows = padded(min(shape.vocabulary, shape.timesteps * shape.batch), ROWS)

    def room(*sizes: int) -> Floats:
        return np.zeros(sizes, dtype)

    return Panels(
        hidden=room(shape.layers, width // LANES, gates, LANES),
        hidden_t=room(shape.layers, gates // LANES, width, LANES),
        below=room(above, width // LANES, gates, LANES),
        below_t=room(above, gates // LANES, width, LANES),
        embedded=room(inputs // LANES, gates, LANES),
        embedded_t=room(gates // LANES, inputs, LANES),
        readout=room(width // LANES, outputs, LANES),
        readout_t=room(outputs // LANES, width, LANES),
        bias=room(1, max(gates, outputs)),
        columns=room(0 if shape.vocabulary else shape.inputs, gates),
        weight=room(max(gates * max(width, inputs), outputs * width)),
        place=np.zeros(shape.vocabulary, np.int64),
        known=room(rows, inputs),
        entry=room(rows, gates),
        entry_gradient=room(rows, gates),
    )


# The weights in the order of `Network.named_parameters()`: views of the flat vector, or of its gradient.


@kernel
def layer_start(shape: Any, layer: int) -> int:
    rows, embedding = shape.gates * shape.hidden, shape.vocabulary * shape.inputs
    if layer == 0:
        return embedding
    return embedding + rows * (shape.inputs + shape.hidden + 2) + (layer - 1) * rows * (2 * shape.hidden + 2)


@kernel
def embedding_of(shape: Any, flat: Any) -> Any:
    """(vocabulary, I)."""
    return flat[: shape.vocabulary * shape.inputs].reshape(shape.vocabulary, shape.inputs)


@kernel
def weight_ih_of(shape: Any, flat: Any, layer: int) -> Any:
    """(G * H, I)."""
    start, rows = layer_start(shape, layer), shape.gates * shape.hidden
    width = shape.inputs if layer == 0 else shape.hidden
    return flat[start : start + rows * width].reshape(rows, width)


@kernel
def weight_hh_of(shape: Any, flat: Any, layer: int) -> Any:
    """(G * H, H)."""
    rows, width = shape.gates * shape.hidden, shape.hidden
    start = layer_start(shape, layer) + rows * (shape.inputs if layer == 0 else width)
    return flat[start : start + rows * width].reshape(rows, width)


@kernel
def biases_of(shape: Any, flat: Any, layer: int) -> Any:
    """b_ih and b_hh, (2, G * H)."""
    rows, stop = shape.gates * shape.hidden, layer_start(shape, layer + 1)
    return flat[stop - 2 * rows : stop].reshape(2, rows)


@kernel
def readout_of(shape: Any, flat: Any) -> Any:
    """W_hy, (outputs, H)."""
    start = layer_start(shape, shape.layers)
    return flat[start : start + shape.outputs * shape.hidden].reshape(shape.outputs, shape.hidden)


@kernel
def readout_bias_of(shape: Any, flat: Any) -> Any:
    """b_y, (outputs,)."""
    start = layer_start(shape, shape.layers) + shape.outputs * shape.hidden
    return flat[start : start + shape.outputs]
