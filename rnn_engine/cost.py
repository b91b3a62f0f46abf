"""What one training step costs, estimated before a tensor exists."""

from dataclasses import dataclass

from rnn_engine.cells import CELLS, Cell

#: Above these a step would take many seconds on one core, or crowd out the other runs of a shared machine.
FLOPS_LIMIT = 2e11
BYTES_LIMIT = 1e9

BYTES_PER_NUMBER = 4  # float32


@dataclass(frozen=True)
class Cost:
    """The cost of one training step: `parameters` (count), `flops` (operations), `bytes` (buffers and parameters)."""

    parameters: int
    flops: float
    bytes: float

    @property
    def too_high(self) -> bool:
        return self.flops > FLOPS_LIMIT or self.bytes > BYTES_LIMIT


@dataclass(frozen=True)
class Work:
    """What one training step asks of a network, whatever the network is made of."""

    input_size: int  # numbers read at a timestep: values, or those that stand for a token
    output_size: int
    vocabulary_size: int  # 0 where inputs are values
    sequence_length: int
    batch_size: int
    outputs_per_window: int  # that the loss is on


def estimate(
    *,
    cell: Cell,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    output_size: int,
    embedding_rows: int,
    sequence_length: int,
    batch_size: int,
    outputs_per_window: int,
) -> Cost:
    """Estimate one step of a recurrent network. A multiply-add counts as two operations; backward is twice forward."""
    gates = len(CELLS[cell].blocks)
    inputs = [input_size] + [hidden_size] * (num_layers - 1)
    recurrent = sum(gates * hidden_size * (width + hidden_size) for width in inputs)  # weights used at every timestep
    biases = num_layers * 2 * gates * hidden_size
    readout = hidden_size * output_size
    parameters = recurrent + biases + readout + output_size + embedding_rows * input_size
    positions = sequence_length * batch_size
    forward = 2 * (recurrent * positions + readout * batch_size * outputs_per_window)
    # Per layer and position: states, their gradients, and each gate's value and gradient; then inputs and outputs.
    numbers = positions * (num_layers * hidden_size * (2 + 2 * gates) + 2 * input_size)
    numbers += batch_size * outputs_per_window * 2 * output_size
    return Cost(
        parameters, 3 * forward, BYTES_PER_NUMBER * (numbers + 5 * parameters)
    )  # 5: weights, gradient, optimiser


def feed_forward_parameters(*, input_size: int, hidden_size: int, output_size: int, sequence_length: int) -> int:
    """The parameters of a network without recurrence that reads all T inputs at once, through one hidden layer.

    Each timestep's input needs weights of its own, so the count grows with T, where a recurrent network's stays.
    """
    return (sequence_length * input_size + 1) * hidden_size + (hidden_size + 1) * output_size
