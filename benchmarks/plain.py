"""The chapter's scripts as they are written: what everything here is compared with.

nn.RNN with batch first, the last output through a linear layer, a shuffling DataLoader, torch's Adam and a
`loss.item()` after every step. Only the cell can be another, and data, sizes and learning rate are an experiment's.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader, TensorDataset

from rnn_engine import Experiment, NetworkConfig
from rnn_engine.cells import Cell


class SimpleRNN(nn.Module):
    """The chapter's network for a sine wave."""

    def __init__(self, network: NetworkConfig, input_size: int = 1, output_size: int = 1) -> None:
        super().__init__()
        self.hidden_size = network.hidden_size
        self.num_layers = network.num_layers
        self.rnn = recurrent_layers(network.cell, input_size, network.hidden_size, network.num_layers)
        self.fc = nn.Linear(network.hidden_size, output_size)

    def forward(self, x: Tensor) -> Tensor:
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        state = (h0, torch.zeros_like(h0)) if isinstance(self.rnn, nn.LSTM) else h0
        out, _ = self.rnn(x, state)
        return self.fc(out[:, -1, :])


class CharRNN(SimpleRNN):
    """The chapter's network for text."""

    def __init__(self, network: NetworkConfig, embedding_size: int, vocab_size: int) -> None:
        embedding = nn.Embedding(vocab_size, embedding_size)  # drawn first, as in the chapter
        super().__init__(network, embedding_size, vocab_size)
        self.embedding = embedding

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.embedding(x))


def recurrent_layers(cell: Cell, input_size: int, hidden_size: int, num_layers: int) -> nn.Module:
    """torch's own layers of a cell, batch first."""
    if cell == "lstm":
        return nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
    if cell == "gru":
        return nn.GRU(input_size, hidden_size, num_layers, batch_first=True)
    nonlinearity = "relu" if cell == "rnn_relu" else "tanh"
    return nn.RNN(input_size, hidden_size, num_layers, nonlinearity=nonlinearity, batch_first=True)


def windows(experiment: Experiment) -> tuple[Tensor, Tensor]:
    """Every window of the data as the chapter cuts it: inputs (N, T, 1) or tokens (N, T), and each one's target."""
    sequence = torch.tensor(experiment.task.sequence(experiment.training.seed))
    if not experiment.task.answers_classes:
        sequence = sequence.float().unsqueeze(-1)
    length = experiment.training.sequence_length
    starts = range(len(sequence) - length)
    return torch.stack([sequence[i : i + length] for i in starts]), sequence[length:]


def training_batches(experiment: Experiment) -> Iterator[list[Tensor]]:
    """Batches of the training windows from a shuffling DataLoader, epoch after epoch without end."""
    inputs, targets = windows(experiment)
    train = experiment.split.train_windows
    dataset = TensorDataset(inputs[:train], targets[:train])
    loader = DataLoader(dataset, batch_size=experiment.training.batch_size, shuffle=True)
    while True:
        yield from loader


def criterion_of(experiment: Experiment) -> nn.Module:
    """The chapter's loss for this kind of task."""
    return nn.CrossEntropyLoss() if experiment.task.answers_classes else nn.MSELoss()


class PlainScript:
    """An experiment as the chapter would train it, one step at a time. Loss on the last timestep, Adam."""

    def __init__(self, experiment: Experiment) -> None:
        if (experiment.training.loss_on, experiment.training.optimizer) != ("last", "adam"):
            raise ValueError("The chapter's scripts have the loss on the last timestep and train with Adam.")
        torch.manual_seed(experiment.training.seed)
        network, task = experiment.network, experiment.task
        self.model: SimpleRNN = (
            CharRNN(network, experiment.input_size, task.output_size) if task.answers_classes else SimpleRNN(network)
        )
        self.criterion = criterion_of(experiment)
        self.optimizer = optim.Adam(self.model.parameters(), lr=experiment.training.learning_rate)
        self._batches = training_batches(experiment)
        inputs, targets = windows(experiment)
        self._test = inputs[experiment.split.test_start :], targets[experiment.split.test_start :]

    def step(self) -> float:
        """Train on the next batch; its loss."""
        batch_x, batch_y = next(self._batches)
        outputs = self.model(batch_x)
        loss = self.criterion(outputs, batch_y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    @torch.no_grad()
    def test_loss(self) -> float:
        """The loss of the whole test part."""
        inputs, targets = self._test
        return float(self.criterion(self.model(inputs), targets).item())
