"""One sequence through a small network, with every number kept: forward, back through time, one update.

The passes are those that train (`unrolled.py`), for a batch of one in float64; this file lays their numbers out timestep
by timestep, under the names of the formulas:

    a_t = W_xh x_t + W_hh h_{t-1} + b_h,   h_t = tanh(a_t),   y_t = W_hy h_t + b_y

dL/dh_t = the direct part, from y_t, + what came through h_{t+1}. Every timestep uses the same weights, so what it adds
to a weight's gradient is the product of two vectors, and the gradient is the sum of these shares.

torch keeps two biases, b_ih and b_hh, where the formulas have one: here b_h is their sum, and one parameter. Only the
GRU's b_hn, which is added under the reset gate, stays by itself. Shapes: T timesteps, I inputs, H hidden, G gates (in
torch's order), O outputs.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from rnn_engine.architectures import NetworkConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.measures.results import Array, Trace
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.network.cells import State, from_hidden, from_input
from rnn_engine.network.losses import loss_of
from rnn_engine.network.recurrent import Network
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights
from rnn_engine.tasks.base import LossOn


def small_network(
    network: NetworkConfig, sequence: ShortSequence, embedding_size: int, seed: int
) -> tuple[Network, Tensor, Tensor]:
    """An untrained network of one layer for this sequence, and the sequence: inputs (T, 1, ...), targets (T, 1, ...).

    The weights are those that the engine trains from under this seed, but in float64 and with the two biases as one.
    """
    vocabulary = None if sequence.task is None else len(sequence.task.vocabulary)
    made = Network(
        network,
        input_size=1 if vocabulary is None else embedding_size,
        output_size=vocabulary or 1,
        vocabulary_size=vocabulary,
        generator=torch.Generator().manual_seed(seed),
        dtype=torch.float64,
    )
    layer = made.weights().layers[0]
    adding = slice(2 * made.hidden_size if CELLS[made.cell].has_reset_gate else None)  # rows that only ever add up
    layer.bias_ih[adding] += layer.bias_hh[adding]
    layer.bias_hh[adding] = 0
    return made, tensor_of(sequence, sequence.units), tensor_of(sequence, sequence.next_units)


def tensor_of(sequence: ShortSequence, units: list[str]) -> Tensor:
    """Some units as the network reads them, time first, a batch of one."""
    read = torch.tensor(sequence.encode(units), dtype=torch.int64 if sequence.task else torch.float64)
    return read.unsqueeze(1) if sequence.task else read.reshape(-1, 1, 1)


def train(
    network: Network, inputs: Tensor, targets: Tensor, loss_on: LossOn, learning_rate: float, steps: int
) -> list[float]:
    """Take `steps` steps of plain gradient descent on this one sequence; the loss before each."""
    weights = network.weights()
    gradients, losses = weights.empty_like(), []
    passes = Unrolled(network.cell, weights, timesteps=len(inputs), batch=1, loss_on=loss_on)
    moving = named(network.cell, weights), named(network.cell, gradients)
    for _ in range(steps):
        loss, d_outputs = loss_of(passes.forward(weights, inputs), targets[-1] if loss_on == "last" else targets)
        passes.backward(weights, gradients, d_outputs)
        losses.append(float(loss))
        for name, parameter in moving[0].items():
            parameter.sub_(moving[1][name], alpha=learning_rate)
    return losses


def trace(
    network: Network, inputs: Tensor, targets: Tensor, loss_on: LossOn, learning_rate: float, *, update: bool = True
) -> Trace:
    """Read one sequence, `inputs` and `targets` (T, 1, ...), and go back through it; then, with `update`, one step.

    The network, of one layer in float64, is left as it was. Raises ValueError where a number is not finite.
    """
    cell, weights = network.cell, network.weights()
    gradients, layer_weights = weights.empty_like(), weights.layers[0]
    counted = targets[-1] if loss_on == "last" else targets
    passes = Unrolled(cell, weights, timesteps=len(inputs), batch=1, loss_on=loss_on)
    layer = passes.layers[0]
    loss, d_outputs = loss_of(passes.forward(weights, inputs), counted)
    kept = {name: value[:, 0].clone() for name, value in _gates(cell, layer).items()}  # `backward` overwrites them
    read = inputs if weights.embedding is None else weights.embedding[inputs]  # (T, 1, I)
    hidden = layer.states[:, 0].clone()
    outputs = torch.addmm(weights.readout_bias, hidden[1:], weights.readout_weight.t())
    first = len(inputs) - 1 if loss_on == "last" else 0  # the first timestep whose loss counts
    losses = torch.full((len(inputs),), torch.nan, dtype=torch.float64)
    for t in range(first, len(inputs)):
        losses[t] = loss_of(outputs[t : t + 1], targets[t])[0]
    passes.backward(weights, gradients, d_outputs)

    d_y = torch.zeros_like(outputs)
    d_y[first:] = d_outputs.reshape(-1, outputs.shape[1])
    totals = layer.hidden_gradient[:, 0]
    reaching = layer.gradient_from_hidden[:, 0]
    through = torch.zeros_like(hidden)
    through[:-1] = reaching @ layer_weights.weight_hh
    keeping = CELLS[cell].keeping
    if keeping is not None and layer.cell_gradient is None:
        through[:-1] += kept[keeping] * totals  # past the gates
    direct = torch.cat([torch.zeros_like(hidden[:1]), d_y @ weights.readout_weight])
    d_x = torch.empty_like(read)
    layer.input_gradient(layer_weights, out=d_x)
    parameters = named(cell, weights)
    updated = {name: value - learning_rate * named(cell, gradients)[name] for name, value in parameters.items()}
    memory = getattr(layer, "memory", None)
    found = Trace(
        cell=cell,
        loss_on=loss_on,
        parameters=_arrays(parameters),
        inputs=_array(read[:, 0]),
        entering=_array(_entering(cell, read, hidden, network)),
        gates=_arrays(kept),
        memory=None if memory is None else _array(memory[:, 0]),
        hidden=_array(hidden),
        outputs=_array(outputs),
        probabilities=None if weights.embedding is None else _array(outputs.softmax(1)),
        losses=_array(losses),
        loss=float(loss),
        output_gradient=_array(d_y),
        direct=_array(direct),
        through=_array(through),
        total=_array(torch.cat([through[:1], totals])),
        memory_gradient=None if layer.cell_gradient is None else _array(layer.cell_gradient[:, 0]),
        entering_gradient=_array(layer.gates[:, 0]),
        from_hidden_gradient=_array(reaching),
        input_gradient=_array(d_x[:, 0]),
        gradients=_arrays(named(cell, gradients)),
        from_autograd=autograd(network, inputs, targets, loss_on),
        updated=_arrays(updated),
        after=None,
    )
    _refuse_what_is_not_finite(found)
    if not update:
        return found
    before = {name: value.clone() for name, value in parameters.items()}
    for name, value in parameters.items():
        value.copy_(updated[name])
    after = trace(network, inputs, targets, loss_on, learning_rate, update=False)
    for name, value in parameters.items():
        value.copy_(before[name])
    return Trace(**{**vars(found), "after": after})


def autograd(network: Network, inputs: Tensor, targets: Tensor, loss_on: LossOn) -> dict[str, Array]:
    """The gradient of every parameter as torch.autograd finds it through `Network.forward`."""
    result = network(inputs.transpose(0, 1))
    counted = (result.outputs[:, -1], targets[-1]) if loss_on == "last" else (result.outputs.transpose(0, 1), targets)
    tensors = dict(network.named_parameters())
    found = torch.autograd.grad(loss_of(*counted)[0], list(tensors.values()))
    return _arrays(named(network.cell, NetworkWeights.named(dict(zip(tensors, found, strict=True)))))


def named(cell: Cell, weights: NetworkWeights) -> dict[str, Tensor]:
    """Weights, or their gradients, under the names of the formulas; views, not copies."""
    layer = weights.layers[0]
    found = {} if weights.embedding is None else {"E": weights.embedding}
    found |= {"W_xh": layer.weight_ih, "W_hh": layer.weight_hh, "b_h": layer.bias_ih}
    if CELLS[cell].has_reset_gate:
        found["b_hn"] = layer.bias_hh[-layer.weight_hh.shape[1] :]
    return found | {"W_hy": weights.readout_weight, "b_y": weights.readout_bias}


def states_of(network: Network, sequences: Sequence[Tensor]) -> list[list[Array]]:
    """Of each sequence (T, 1, ...), read from zeros: its hidden states (T, H), and its last output (O,)."""
    found = []
    with torch.no_grad():
        for inputs in sequences:
            result = network(inputs.transpose(0, 1))
            found.append([_array(result.hidden[0, :, 0]), _array(result.outputs[0, -1])])
    return found


def bag_of_words(network: Network, sequences: Sequence[Tensor], seed: int) -> list[Array]:
    """What a network without order answers: y = W s + b, with s the sum of the inputs' vectors.

    It has the recurrent network's embedding, and W and b drawn like a readout's. Addition does not ask for order, so
    the same words in another order give the same sum: each is added as often as it occurs.
    """
    weights, found = network.weights(), []
    size = 1 if weights.embedding is None else weights.embedding.shape[1]
    generator, bound = torch.Generator().manual_seed(seed), size**-0.5
    drawn = torch.empty(len(weights.readout_bias), size + 1, dtype=torch.float64)
    drawn.uniform_(-bound, bound, generator=generator)
    for inputs in sequences:
        distinct, counts = inputs.flatten().unique(return_counts=True)  # sorted: no order is left
        vectors = distinct.unsqueeze(1) if weights.embedding is None else weights.embedding[distinct]
        found.append(_array(drawn[:, :-1] @ (counts.double() @ vectors) + drawn[:, -1]))
    return found


def _gates(cell: Cell, layer: object) -> dict[str, Tensor]:
    names = CELLS[cell].blocks if CELLS[cell].gated else ()
    under_reset = ("m",) if CELLS[cell].has_reset_gate else ()
    return {name: getattr(layer, name) for name in (*names, *under_reset)}


def _entering(cell: Cell, read: Tensor, hidden: Tensor, network: Network) -> Tensor:
    layer = network.weights().layers[0]
    x, h = from_input(read[:, 0], layer), from_hidden(State(hidden[:-1]), layer)
    if CELLS[cell].has_reset_gate:  # r acts after the matrix product
        split = 2 * network.hidden_size
        r = torch.sigmoid((x + h)[:, : network.hidden_size])
        return torch.cat([(x + h)[:, :split], x[:, split:] + r * h[:, split:]], dim=1)
    return x + h


def _refuse_what_is_not_finite(found: Trace) -> None:
    numbers = [found.hidden, found.outputs, found.total, *found.updated.values()]
    if not all(np.isfinite(array).all() for array in numbers):
        raise ValueError("a number of the network is not finite: lower the learning rate, the steps or the gain")


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().double().numpy().copy()
    array.flags.writeable = False
    return array


def _arrays(tensors: dict[str, Tensor]) -> dict[str, Array]:
    return {name: _array(tensor) for name, tensor in tensors.items()}
