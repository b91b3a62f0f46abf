"""The honest naive way to the gradient of every hidden state: a loop over torch's cells, keeping each h_t's gradient.

`nn.RNN(...)[0].retain_grad()` looks as if it did the same and does not: the outputs' gradients miss what comes back
through the next timestep.
"""

import torch
from torch import Tensor, nn, optim

from benchmarks.plain import criterion_of, training_batches
from rnn_engine import Experiment
from rnn_engine.network.recurrent import Network


class CellLoop:
    """An experiment trained with cells applied by hand; after every step `gradient_flow` is that batch's."""

    def __init__(self, experiment: Experiment) -> None:
        torch.manual_seed(experiment.training.seed)
        task, network = experiment.task, experiment.network
        self._embedding = nn.Embedding(task.output_size, experiment.input_size) if task.answers_classes else None
        self._lstm = network.cell == "lstm"
        sizes = [experiment.input_size, *[network.hidden_size] * (network.num_layers - 1)]
        self._cells = [_cell(network.cell, size, network.hidden_size) for size in sizes]
        self._readout = nn.Linear(network.hidden_size, task.output_size)
        self._criterion = criterion_of(experiment)
        modules = nn.ModuleList([*self._cells, self._readout, *([self._embedding] if self._embedding else [])])
        self._optimizer = optim.Adam(modules.parameters(), lr=experiment.training.learning_rate)
        self._modules = modules
        self._batches = training_batches(experiment)
        self.gradient_flow = torch.empty(0)  # (layers, T): the mean over the batch of ||dl/dh_t||

    @torch.no_grad()
    def take_weights(self, network: Network) -> None:
        """Use the weights of an engine's network, in its dtype."""
        self._modules.to(network.dtype)
        weights = network.weights()
        for cell, layer in zip(self._cells, weights.layers, strict=True):
            for name, weight in layer._asdict().items():
                getattr(cell, name).copy_(weight)
        self._readout.weight.copy_(weights.readout_weight)
        self._readout.bias.copy_(weights.readout_bias)
        if self._embedding is not None and weights.embedding is not None:
            self._embedding.weight.copy_(weights.embedding)

    def step(self) -> float:
        """Train on the next batch and measure its gradient flow; its loss."""
        batch_x, batch_y = next(self._batches)
        self._optimizer.zero_grad()
        loss = self.measure(batch_x, batch_y)
        self._optimizer.step()
        return loss

    def measure(self, batch_x: Tensor, batch_y: Tensor) -> float:
        """Run a batch forward and back, and read the gradient flow; its loss."""
        layers = self._states(batch_x)
        loss = self._criterion(self._readout(layers[-1][-1]), batch_y)
        loss.backward()
        # The batch's mean loss holds 1/B of each example's, so the mean over B of the examples' norms is this sum.
        gradients = torch.stack([torch.stack([_gradient(h) for h in states]) for states in layers])
        self.gradient_flow = gradients.norm(dim=3).sum(2)
        return float(loss.item())

    def _states(self, x: Tensor) -> list[list[Tensor]]:
        """Every hidden state, (B, H) each: for every layer, for every timestep."""
        if self._embedding is not None:
            x = self._embedding(x)
        below = list(x.unbind(1))
        layers = []
        for cell in self._cells:
            h = c = below[0].new_zeros(len(x), cell.hidden_size)
            states = []
            for x_t in below:
                if self._lstm:
                    h, c = cell(x_t, (h, c))
                else:
                    h = cell(x_t, h)
                h.retain_grad()
                states.append(h)
            layers.append(states)
            below = states
        return layers


def _cell(kind: str, input_size: int, hidden_size: int) -> nn.RNNCellBase:
    if kind == "lstm":
        return nn.LSTMCell(input_size, hidden_size)
    if kind == "gru":
        return nn.GRUCell(input_size, hidden_size)
    return nn.RNNCell(input_size, hidden_size, nonlinearity="relu" if kind == "rnn_relu" else "tanh")


def _gradient(h: Tensor) -> Tensor:
    assert h.grad is not None
    return h.grad
