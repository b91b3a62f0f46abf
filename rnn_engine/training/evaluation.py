"""The test part, looked at with the present weights: forward only, in chunks of bounded memory."""

from abc import ABC, abstractmethod
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnn_engine.cells import CELLS
from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow, flow_from
from rnn_engine.network.losses import loss_of
from rnn_engine.network.recurrent import Network
from rnn_engine.network.subnormals import subnormals_are_zeros
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.training.data import Batch, Data

NUMBERS_AT_ONCE = 4_000_000  # that the buffers of one chunk may hold: some 16 MB
WINDOWS_AT_ONCE = 512


class Tested(NamedTuple):
    """What a look at the test part has found; all None where there is nothing to look at."""

    loss: float | None = None  # in original units squared, or nats
    prediction: npt.NDArray[np.float64] | None = None  # (windows,), original units; None for tokens or if not finite
    predicted: npt.NDArray[np.int64] | None = None  # (windows,), which element of the sequence each of them predicts
    accuracy: float | None = None  # share of targets whose class has the largest output; None for values


class Part(NamedTuple):
    """What some of the windows came to."""

    loss: float  # mean over everything they are asked
    found: Tensor  # (windows,), the last prediction or, for classes, the share of right answers
    asked: Tensor | None = None  # (windows,) float64, how many answers each has; None: all equally many


Module = TypeVar("Module", bound=nn.Module)


class Evaluator(ABC, Generic[Module]):
    """Evaluates windows of one experiment, with the weights that a network has now."""

    def __init__(self, experiment: Experiment, data: Data) -> None:
        self._data, self._experiment = data, experiment
        self._loss_on = experiment.training.loss_on
        self._classes = experiment.task.answers_classes
        self._chunk = max(1, min(WINDOWS_AT_ONCE, NUMBERS_AT_ONCE // self._numbers(experiment)))

    @abstractmethod
    def _numbers(self, experiment: Experiment) -> int:
        """Numbers that the buffers for one window hold."""

    @abstractmethod
    def _evaluate(self, network: Module, windows: Tensor) -> Part:
        """What these windows come to: a chunk of those to be evaluated."""

    def probe(self, network: Module) -> GradientFlow:
        """The gradient flow on the first training windows; touches no training. ValueError for a network without one."""
        raise ValueError(f"{type(network).__name__} has no gradient flow")

    def test(self, network: Module, at_most: int | None = None) -> Tested:
        """Evaluate the whole test part, or at most so many evenly spaced windows of it."""
        windows = self._data.test_windows(at_most)
        if not len(windows):
            return Tested()
        loss, prediction, accuracy = self.evaluate(network, windows)
        if prediction is None or not np.isfinite(prediction).all():
            return Tested(loss, accuracy=accuracy)
        return Tested(loss, prediction, self._data.predicted(windows))

    def evaluate(self, network: Module, windows: Tensor) -> tuple[float, npt.NDArray[np.float64] | None, float | None]:
        """Mean loss over these windows (one or more); for values the prediction at their last timestep, for classes
        the share of targets whose class has the largest output.

        The loss is in original units squared, or nats; predictions, shape (windows,), are in original units.
        """
        parts = [self._evaluate(network, chunk) for chunk in windows.split(self._chunk)]
        counts = [len(part.found) if part.asked is None else part.asked.sum().item() for part in parts]
        loss = sum(part.loss * count for part, count in zip(parts, counts, strict=True)) / sum(counts)
        found = torch.cat([part.found for part in parts]).double()
        if self._classes:
            asked = [part.asked for part in parts if part.asked is not None]
            accuracy = found @ torch.cat(asked) / sum(counts) if asked else found.mean()
            return loss, None, accuracy.item()
        scaling = self._data.scaling
        return loss * scaling.std**2, scaling.invert(found.numpy()), None

    def _part(self, outputs: Tensor, batch: Batch) -> Part:
        """From the outputs that the loss is on: (B, outputs) of the last timestep, or (T, B, outputs) of all."""
        loss, _ = loss_of(outputs, batch.targets, batch.asked)
        if not self._classes:
            return Part(loss.item(), outputs[..., 0] if self._loss_on == "last" else outputs[-1, :, 0])
        right = (outputs.argmax(-1) == batch.targets).double()
        if self._loss_on == "last":
            return Part(loss.item(), right)
        if batch.asked is None:
            return Part(loss.item(), right.mean(0))
        asked = batch.asked.double().sum(0)
        return Part(loss.item(), (right * batch.asked).sum(0) / asked.clamp_min(1), asked)


class ReferenceEvaluator(Evaluator[Network]):
    """Evaluates windows with `bptt.py`; keeps its buffers from one look to the next."""

    def __init__(self, experiment: Experiment, data: Data) -> None:
        super().__init__(experiment, data)
        self._unrolled: dict[tuple[int, torch.dtype], Unrolled] = {}

    @subnormals_are_zeros()
    def probe(self, network: Network) -> GradientFlow:
        training = self._experiment.training
        return self._probe(network, torch.arange(min(training.batch_size, self._data.split.train_windows)))

    def _probe(self, network: Network, windows: Tensor) -> GradientFlow:
        weights = network.weights()
        batch = self._data.batch(windows, network.dtype)
        unrolled = Unrolled.of(self._experiment, weights, batch=len(windows))
        outputs = unrolled.forward(weights, batch.inputs, batch.real)
        _, output_gradient = loss_of(outputs, batch.targets, batch.asked)
        unrolled.backward(weights, weights.empty_like(), output_gradient)
        return flow_from(unrolled.totals(), self._loss_on)

    def _numbers(self, experiment: Experiment) -> int:
        network, timesteps = experiment.network, experiment.training.sequence_length
        outputs = 3 * experiment.task.output_size * (timesteps if self._loss_on == "all" else 1)
        states = network.num_layers * network.hidden_size * (2 + len(CELLS[network.cell].blocks))
        return (states + experiment.input_size) * timesteps + outputs

    def _evaluate(self, network: Network, windows: Tensor) -> Part:
        weights = network.weights()
        key = len(windows), network.dtype
        if key not in self._unrolled:
            while len(self._unrolled) > 1:  # one for whole chunks, one for the rest
                del self._unrolled[next(iter(self._unrolled))]
            self._unrolled[key] = Unrolled.of(self._experiment, weights, batch=len(windows))
        batch = self._data.batch(windows, network.dtype)
        return self._part(self._unrolled[key].forward(weights, batch.inputs, batch.real), batch)


@torch.no_grad()
def error_rate(experiment: Experiment, network: Network, test_windows: int | None = None) -> float | None:
    """Share of the test part's targets whose class does not have the largest output.

    Of all test windows, or of at most so many, evenly spaced. None where targets are values, or nothing is left to
    test with.
    """
    accuracy = ReferenceEvaluator(experiment, Data(experiment)).test(network, test_windows).accuracy
    return None if accuracy is None else 1 - accuracy
