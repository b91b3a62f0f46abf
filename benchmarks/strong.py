"""The strongest plain PyTorch for the same training, so that nobody can say that the chapter's script was weak.

nn.RNN, nn.LSTM (oneDNN's fused one) or nn.GRU as in the chapter, but without what wastes time around them: windows indexed
directly instead of a DataLoader, time first, Adam as one fused call, no `.item()`. No gradient flow is read.
"""

from typing import Any

import torch
from torch import Tensor, nn, optim

from benchmarks.plain import criterion_of, recurrent_layers, windows
from rnn_engine import Experiment


class StrongScript:
    """An experiment trained that way, one step at a time. Loss on the last timestep, Adam."""

    def __init__(self, experiment: Experiment) -> None:
        torch.manual_seed(experiment.training.seed)
        task, network = experiment.task, experiment.network
        self._embedding = nn.Embedding(task.output_size, experiment.input_size) if task.answers_classes else None
        rnn: Any = recurrent_layers(network.cell, experiment.input_size, network.hidden_size, network.num_layers)
        rnn.batch_first = False
        self._rnn = rnn
        self._readout = nn.Linear(network.hidden_size, task.output_size)
        modules = nn.ModuleList([each for each in (self._embedding, self._rnn, self._readout) if each is not None])
        self._criterion = criterion_of(experiment)
        self._optimizer = optim.Adam(modules.parameters(), lr=experiment.training.learning_rate, fused=True)
        inputs, self._targets = windows(experiment)
        self._inputs = inputs.transpose(0, 1).contiguous()
        self._train, self._size = experiment.split.train_windows, experiment.training.batch_size
        self._order: tuple[Tensor, ...] = ()

    def step(self) -> Tensor:
        """Train on the next batch; its loss."""
        if not self._order:
            self._order = torch.randperm(self._train).split(self._size)
        batch, *rest = self._order
        self._order = tuple(rest)
        x = self._inputs.index_select(1, batch)
        if self._embedding is not None:
            x = self._embedding(x)
        loss = self._criterion(self._readout(self._rnn(x)[0][-1]), self._targets.index_select(0, batch))
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        return loss.detach()
