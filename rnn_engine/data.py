"""A task's sequence as tensors, and batches of its windows.

Window i reads elements i .. i+T-1 and predicts element i+T, or, for a loss on all timesteps, i+1 .. i+T.
Windows are never copied as a whole: a batch is gathered from the sequence, time first, when it is needed.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.experiment import Experiment
from rnn_engine.tasks import SeriesTask, evenly_spaced

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """How values become what the network reads. A scaled squared error times std² is in original units."""

    mean: float = 0.0
    std: float = 1.0

    def apply(self, values: Values) -> Values:
        """From the task's units to the network's."""
        return (values - self.mean) / self.std

    def invert(self, scaled: Values) -> Values:
        """From the network's units back to the task's."""
        return scaled * self.std + self.mean


def scaling(experiment: Experiment) -> Scaling:
    """A series is standardised by the part of it that training sees; a sine and tokens stay as they are."""
    if not isinstance(experiment.task, SeriesTask):
        return Scaling()
    training_part = experiment.task.sequence(experiment.training.seed)[: experiment.split.training_part]
    return Scaling(float(training_part.mean()), float(training_part.std()))


class Batch(NamedTuple):
    """Some windows. T timesteps, B windows."""

    inputs: Tensor  # values (T, B, 1) or tokens (T, B)
    targets: Tensor  # values (B, 1) or tokens (B,); for a loss on all timesteps with T in front


class Data:
    """What an experiment's network reads: its sequence, scaled, in windows."""

    def __init__(self, experiment: Experiment) -> None:
        self.split = experiment.split
        self.scaling = scaling(experiment)
        self._tokens = experiment.task.predicts_tokens
        self._all = experiment.training.loss_on == "all"
        sequence = experiment.task.sequence(experiment.training.seed)
        if self._tokens:
            elements = torch.tensor(sequence)
        else:
            values = np.asarray(sequence, dtype=np.float64)
            elements = torch.from_numpy(self.scaling.apply(values)).to(torch.float32)
        self._windows = elements.unfold(0, self.split.sequence_length + 1, 1).t()  # (T + 1, windows), a view

    def batch(self, windows: Tensor, dtype: torch.dtype) -> Batch:
        """The windows with these numbers, (B,); values in `dtype`."""
        elements = self._windows.index_select(1, windows)  # (T + 1, B)
        if not self._tokens:
            elements = elements.to(dtype).unsqueeze(-1)
        return Batch(elements[:-1], elements[1:] if self._all else elements[-1])

    def test_windows(self, at_most: int | None = None) -> Tensor:
        """Numbers of the test windows in order: all of them, or at most so many, evenly spaced."""
        count = self.split.test_windows
        chosen = evenly_spaced(count, count if at_most is None else at_most)
        return torch.from_numpy(chosen + self.split.test_start)
