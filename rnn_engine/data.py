"""A task's sequence as tensors, and batches of its windows.

Window i reads elements i .. i+T-1 and predicts element i+T, or, for a loss on all timesteps, i+1 .. i+T. Windows are
never copied as a whole: a batch is gathered from the sequence, time first, when it is needed.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.experiment import Experiment
from rnn_engine.tasks import SineTask


class Batch(NamedTuple):
    """Some windows. T timesteps, B windows."""

    inputs: Tensor  # values (T, B, 1) or tokens (T, B)
    targets: Tensor  # values (B, 1) or tokens (B,); for a loss on all timesteps with T in front


class Data:
    """What an experiment's network reads: the sequence, scaled by its training part, in windows.

    A series is standardised by the mean and the standard deviation of the part that training sees; a sine is not
    scaled. A scaled squared error times `scale`² is in the task's own units; for tokens `scale` is 1.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._tokens = experiment.task.predicts_tokens
        self._all = experiment.training.loss_on == "all"
        self.split = experiment.split
        sequence = experiment.task.sequence(experiment.training.seed)
        self.mean, self.scale = 0.0, 1.0
        if not self._tokens and not isinstance(experiment.task, SineTask):
            training_part = sequence[: self.split.training_part]
            self.mean, self.scale = float(training_part.mean()), float(training_part.std())
        if self._tokens:
            self.scaled = torch.tensor(sequence)
        else:
            self.scaled = torch.tensor((sequence - self.mean) / self.scale, dtype=torch.float32)
        timesteps = self.split.sequence_length
        self._windows = self.scaled.unfold(0, timesteps + 1, 1).t()  # (T + 1, windows), a view

    def batch(self, windows: Tensor, dtype: torch.dtype = torch.float32) -> Batch:
        """The windows with these numbers (B,), values in `dtype`."""
        elements = self._windows.index_select(1, windows)  # (T + 1, B)
        if not self._tokens:
            elements = elements.to(dtype).unsqueeze(-1)
        return Batch(elements[:-1], elements[1:] if self._all else elements[-1])

    def test_windows(self, at_most: int | None = None) -> Tensor:
        """Numbers of the test windows in order: all of them, or `at_most` evenly spaced from first to last."""
        first, count = self.split.test_start, self.split.test_windows
        if at_most is None or at_most >= count:
            return torch.arange(first, first + count)
        spaced = np.linspace(0, count - 1, max(0, at_most)).round().astype(np.int64)
        return torch.from_numpy(first + spaced)

    def in_original_units(self, scaled: Tensor) -> npt.NDArray[np.float64]:
        """Values as the task has them, from scaled ones."""
        return scaled.double().numpy() * self.scale + self.mean
