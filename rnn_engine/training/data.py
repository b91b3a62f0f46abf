"""A task's sequence as tensors, and batches of its windows; or batches of a generated task's examples.

Window i reads elements i .. i+T-1 and predicts element i+T, or, for a loss on all timesteps, i+1 .. i+T.
Windows are never copied as a whole: a batch is gathered from the sequence, time first, when it is needed.
A generated task's examples count as windows, by their running numbers: none is ever trained on twice.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.experiment import Experiment
from rnn_engine.tasks import Examples, GeneratedTask, evenly_spaced
from rnn_engine.tasks.base import LossOn

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
    """A task of which it is said is standardised by the part that training sees; all others stay as they are."""
    if not experiment.task.standardised:
        return Scaling()
    training_part = experiment.task.sequence(experiment.training.seed)[: experiment.split.training_part]
    return Scaling(float(training_part.mean()), float(training_part.std()))


class Batch(NamedTuple):
    """Some windows. T timesteps, B windows."""

    inputs: Tensor  # values (T, B, features) or tokens (T, B)
    targets: Tensor  # values (B, size) or classes (B,); for a loss on all timesteps with T in front
    real: Tensor | None = None  # (T, B), which timesteps are not padding; None: all of them
    asked: Tensor | None = None  # (T, B), which outputs of a loss on all timesteps count; None: all of them


class LaidOut(NamedTuple):
    """The same windows for compiled code: not gathered, but where their numbers lie.

    Number k of window b at timestep t is at first[b] + t * stride + k of the flat inputs. Inputs are either
    values or tokens, targets either values or classes: the array of the other kind is empty.
    """

    values: npt.NDArray[Any]  # float32 or float64
    tokens: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]  # (B,)
    stride: int
    target_values: npt.NDArray[Any]
    target_classes: npt.NDArray[np.int64]
    target_first: npt.NDArray[np.int64]  # (B,)
    target_stride: int


class Data:
    """What an experiment's network reads: its sequence, scaled, in windows, or its task's generated examples."""

    def __init__(self, experiment: Experiment) -> None:
        self.split = experiment.split
        self.scaling = scaling(experiment)
        task = experiment.task
        self._generated = not task.has_sequence
        self._source = _Drawn(experiment, task) if isinstance(task, GeneratedTask) else _Cut(experiment, self.scaling)

    def batch(self, windows: Tensor, dtype: torch.dtype) -> Batch:
        """The windows with these numbers, (B,); values in `dtype`. Generated training examples are consecutive."""
        batch = self._source.windows(windows)
        inputs, targets = (each.to(dtype) if each.is_floating_point() else each for each in batch[:2])
        return batch._replace(inputs=inputs, targets=targets)

    def laid_out(self, windows: Tensor, dtype: torch.dtype) -> LaidOut:
        """The windows with these numbers, (B,), as `batch` has them, left where they are."""
        return self._source.laid_out(windows, dtype)

    def test_windows(self, at_most: int | None = None) -> Tensor:
        """Numbers of the test windows in order: all of them, or at most so many, evenly spaced."""
        count = self.split.test_windows
        chosen = evenly_spaced(count, count if at_most is None else at_most)
        return torch.from_numpy(chosen + self.split.test_start)

    def order(self, epoch: int, generator: torch.Generator) -> Tensor:
        """Numbers of the training windows in the order that an epoch, 0 the first, goes through them."""
        if self._generated:  # all of them new, so there is nothing to shuffle
            return torch.arange(epoch * self.split.train_windows, (epoch + 1) * self.split.train_windows)
        return torch.randperm(self.split.train_windows, generator=generator)

    def predicted(self, windows: Tensor) -> npt.NDArray[np.int64] | None:
        """Which element of the sequence each window predicts at its last timestep; None where there is no sequence."""
        return None if self._generated else (windows + self.split.sequence_length).numpy()


class _Flat:
    """A tensor's numbers in one row, as values or as tokens; what they are not is empty."""

    def __init__(self, numbers: Tensor) -> None:
        self._numbers = numbers.flatten()
        self._made: dict[torch.dtype, tuple[npt.NDArray[Any], npt.NDArray[np.int64]]] = {}

    def of(self, dtype: torch.dtype) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Values in `dtype`, and tokens."""
        if dtype not in self._made:
            nothing = self._numbers[:0]
            are_values = self._numbers.is_floating_point()
            values, tokens = (self._numbers, nothing) if are_values else (nothing, self._numbers)
            self._made[dtype] = (values.to(dtype).numpy(), tokens.to(torch.int64).numpy())
        return self._made[dtype]


class _Cut:
    """Windows cut from a task's sequence."""

    def __init__(self, experiment: Experiment, scaling: Scaling) -> None:
        self._tokens = experiment.task.vocabulary_size is not None
        self._all = experiment.training.loss_on == "all"
        sequence = experiment.task.sequence(experiment.training.seed)
        if self._tokens:
            elements = torch.tensor(sequence)
        else:
            values = np.asarray(sequence, dtype=np.float64)
            elements = torch.from_numpy(scaling.apply(values)).to(torch.float32)
        self._flat = _Flat(elements)
        self._last = experiment.split.sequence_length
        self._windows = elements.unfold(0, experiment.split.sequence_length + 1, 1).t()  # (T + 1, windows), a view

    def windows(self, numbers: Tensor) -> Batch:
        elements = self._windows.index_select(1, numbers)  # (T + 1, B)
        if not self._tokens:
            elements = elements.unsqueeze(-1)
        return Batch(elements[:-1], elements[1:] if self._all else elements[-1])

    def laid_out(self, numbers: Tensor, dtype: torch.dtype) -> LaidOut:
        values, tokens = self._flat.of(dtype)
        first = numbers.numpy()
        return LaidOut(values, tokens, first, 1, values, tokens, first + (1 if self._all else self._last), 1)


class _Drawn:
    """Examples drawn by a generated task: a training batch whenever it is asked for, the test part once."""

    def __init__(self, experiment: Experiment, task: GeneratedTask) -> None:
        self._task, self._training = task, experiment.training
        self._test_start = experiment.split.test_start

    def windows(self, numbers: Tensor) -> Batch:
        first, count, training = int(numbers[0]), len(numbers), self._training
        if first < 0:
            chosen = numbers - self._test_start
            # Examples are the second dimension, but the first of targets at the last timestep alone.
            of_target = 0 if training.loss_on == "last" else 1
            part = self._test_part
            masks = (None if mask is None else mask.index_select(1, chosen) for mask in part[2:])
            return Batch(part.inputs.index_select(1, chosen), part.targets.index_select(of_target, chosen), *masks)
        if int(numbers[-1]) - first != count - 1:
            raise ValueError("generated training examples are drawn a batch at a time: their numbers are consecutive")
        drawn = self._task.training_examples(training.seed, first, count, training.sequence_length, training.loss_on)
        return _as_tensors(drawn, training.loss_on)

    def laid_out(self, numbers: Tensor, dtype: torch.dtype) -> LaidOut:
        inputs, targets, *_ = self.windows(numbers)
        count = len(numbers)
        features = 1 if inputs.dim() == 2 else inputs.shape[2]
        # Answers of several values lie side by side, those of classes one by one.
        size = targets.shape[-1] if targets.is_floating_point() else 1
        examples = np.arange(count)
        read, asked = _Flat(inputs).of(dtype), _Flat(targets).of(dtype)
        return LaidOut(*read, examples * features, count * features, *asked, examples * size, count * size)

    @cached_property
    def _test_part(self) -> Batch:
        training = self._training
        drawn = self._task.test_examples(training.seed, training.sequence_length, training.loss_on)
        return _as_tensors(drawn, training.loss_on)


def _as_tensors(examples: Examples, loss_on: LossOn) -> Batch:
    """Examples as a batch: with a loss at the last timestep alone there is nothing to leave out of it."""
    inputs, targets = torch.from_numpy(examples.inputs), torch.from_numpy(examples.targets)
    real = None if examples.real is None else torch.from_numpy(examples.real)
    asked = real if examples.asked is None else torch.from_numpy(examples.asked)
    return Batch(inputs, targets, real, asked if loss_on == "all" else None)
