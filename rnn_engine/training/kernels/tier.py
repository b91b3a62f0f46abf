"""The kernels behind the functions that a Trainer calls: the twin of `reference_tier.py`."""

from math import inf
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.configs import TrainingConfig
from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow
from rnn_engine.network.recurrent import Network
from rnn_engine.network.subnormals import subnormals_are_zeros
from rnn_engine.network.weights import NetworkWeights
from rnn_engine.training.data import Data, LaidOut, Values
from rnn_engine.training.evaluation import Part, ReferenceEvaluator
from rnn_engine.training.flat import FlatWeights
from rnn_engine.training.kernels import free_running
from rnn_engine.training.kernels import step as kernels
from rnn_engine.training.kernels.layout import Buffers, Panels, Shape, make_buffers, make_panels
from rnn_engine.training.kernels.step import Rule, Vectors
from rnn_engine.training.kernels.update import OPTIMIZER_NUMBERS
from rnn_engine.training.optimizers import Clipped, Optimizer
from rnn_engine.training.torch_tier import Stepped

_STOPPED: tuple[Literal["loss", "gradient", "step"] | None, ...] = (None, "loss", "gradient", "step")
_NO_STEP = Rule()


class Room:
    """The buffers for batches of one size, and the kernels' calls with them."""

    def __init__(self, experiment: Experiment, batch: int, dtype: Any) -> None:
        self.shape = shape_of(experiment, batch)
        self.buffers: Buffers = make_buffers(self.shape, dtype)
        self.panels: Panels = make_panels(self.shape, dtype)
        self.last = np.empty(batch, dtype)  # outputs of an evaluation

    def call(self, how_far: int, batch: LaidOut, vectors: Vectors, rule: Rule = _NO_STEP) -> Any:
        """Run the kernel `step` on a batch."""
        return kernels.step(how_far, self.shape, batch, self.panels, self.buffers, vectors, rule, self.last)

    def flow(self, loss_on: Any, weight_parts: bool) -> GradientFlow:
        """The gradient flow that the last way back has left in the buffers."""
        hidden = self._norms(self.buffers.gradient)
        cell = self._norms(self.buffers.cell_gradient) if self.buffers.cell_gradient.size else None
        parts = None
        if weight_parts:
            through = self.buffers.from_hidden if self.buffers.from_hidden.size else self.buffers.gates
            parts = np.empty(through.shape[:2])
            kernels.part_norms(through, self.buffers.states, parts)
            parts.flags.writeable = False
        return GradientFlow(hidden, cell, loss_on, parts)

    def _norms(self, gradient: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        norms = np.empty(gradient.shape[:2])
        kernels.mean_norms(self.shape, gradient, norms)
        norms.flags.writeable = False
        return norms


class FastTier:
    """Trains the weights in `flat` with the kernels, in their dtype, float32 or float64."""

    def __init__(self, experiment: Experiment, data: Data, flat: FlatWeights, optimizer: Optimizer) -> None:
        self._experiment, self._data, self._optimizer = experiment, data, optimizer
        self._dtype = flat.values.dtype
        weights, gradient, before = (each.numpy() for each in (flat.values, flat.gradient, flat.before))
        remembered = [memory.numpy() for memory in optimizer.state.values()]
        nothing = np.empty(0, weights.dtype)
        self._vectors = Vectors(weights, gradient, before, *remembered, *[nothing] * (2 - len(remembered)))
        self._number = OPTIMIZER_NUMBERS[experiment.training.optimizer]
        self._rooms: dict[int, Room] = {}  # by batch size: an epoch's last batch may be smaller
        self._measured: Room | None = None

    def step(self, windows: Tensor, learning_rate: float, live: TrainingConfig) -> Stepped:
        """Train on the windows with these numbers."""
        room = self._room(len(windows))
        clip_norm = inf if live.clip_norm is None else live.clip_norm
        clip_value = inf if live.clip_value is None else live.clip_value
        rule = Rule(self._number, self._optimizer.steps + 1, learning_rate, clip_norm, clip_value)
        batch = self._data.laid_out(windows, self._dtype)
        outcome, loss, norm, clipped, angle = room.call(kernels.TRAIN, batch, self._vectors, rule)
        if outcome in (kernels.DONE, kernels.STEP_NOT_FINITE):
            self._optimizer.steps += 1
            self._measured = room
        return Stepped(_STOPPED[outcome], loss, norm, Clipped(clipped, angle))

    def repeat(self, windows: Tensor) -> None:
        """Measure again the step that led to the present weights."""
        self._measured = self._room(len(windows))
        before = self._vectors._replace(weights=self._vectors.before)
        self._measured.call(kernels.MEASURE, self._data.laid_out(windows, self._dtype), before)

    def flow(self, weight_parts: bool) -> GradientFlow | None:
        """The last step's gradient flow; None before the first."""
        if self._measured is None:
            return None
        return self._measured.flow(self._experiment.training.loss_on, weight_parts)

    def _room(self, batch: int) -> Room:
        if batch not in self._rooms:
            self._rooms[batch] = Room(self._experiment, batch, self._vectors.weights.dtype)
        return self._rooms[batch]


class FastEvaluator(ReferenceEvaluator):
    """Looks at the test part with the kernels."""

    def __init__(self, experiment: Experiment, data: Data) -> None:
        super().__init__(experiment, data)
        self._rooms: dict[tuple[int, torch.dtype], Room] = {}

    def _probe(self, network: Network, windows: Tensor) -> GradientFlow:
        room, _ = self._call(kernels.MEASURE, network, windows)
        return room.flow(self._loss_on, weight_parts=False)

    def _evaluate(self, network: Network, windows: Tensor) -> Part:
        room, loss = self._call(kernels.EVALUATE, network, windows)
        return Part(loss, torch.from_numpy(room.last.copy()))

    def _call(self, how_far: int, network: Network, windows: Tensor) -> tuple[Room, float]:
        flat = _flat(network.weights())
        key = len(windows), network.dtype
        if key not in self._rooms:
            while len(self._rooms) > 1:  # one for whole chunks, one for the rest
                del self._rooms[next(iter(self._rooms))]
            self._rooms[key] = Room(self._experiment, len(windows), flat.dtype)
        room, nothing = self._rooms[key], flat[:0]
        vectors = Vectors(flat, flat if how_far == kernels.EVALUATE else np.empty_like(flat), nothing, nothing, nothing)
        _, loss, *_ = room.call(how_far, self._data.laid_out(windows, key[1]), vectors)
        return room, loss


class Runner:
    """A trained network that reads one sequence at a time, with the weights it has now."""

    def __init__(self, experiment: Experiment, network: Network) -> None:
        self._experiment, self._network = experiment, network
        self._weights = _flat(network.weights())
        self._shape = shape_of(experiment, batch=1)
        self._hidden = np.zeros((self._shape.layers, self._shape.hidden), self._weights.dtype)
        self._memory = np.zeros_like(self._hidden)

    def sample(
        self, unread: npt.NDArray[np.int64], window: int, temperature: float, top_k: int | None, chances: Values
    ) -> tuple[npt.NDArray[np.int64], Values]:
        """Draw a token for each of `chances`: tokens (n,) and their distributions (n, vocabulary), see `free_running.sample`."""
        tokens = np.empty(len(chances), np.int64)
        probabilities = np.empty((len(chances), self._shape.outputs))
        drawn = free_running.sample(
            self._shape, self._weights, self._hidden, self._memory, unread, window, float(temperature), top_k or 0, chances,
            tokens, probabilities,
        )  # fmt: skip
        return tokens[:drawn], probabilities[:drawn]

    def run_free(self, warm_up: Tensor, horizon: int) -> Values:
        """What the network continues `warm_up` (T,) with, (horizon,); both as it reads them."""
        values = np.empty(horizon)
        free_running.run_free(self._shape, self._weights, warm_up.numpy(), values)
        return values

    @subnormals_are_zeros()
    def one_step(self, windows: Tensor) -> Values:
        """What it predicts after each of these windows of the data, (windows,), in the task's own units."""
        if not len(windows):
            return np.empty(0)
        evaluator = FastEvaluator(self._experiment, Data(self._experiment))
        _, prediction, _ = evaluator.evaluate(self._network, windows)
        assert prediction is not None
        return prediction


def shape_of(experiment: Experiment, batch: int) -> Shape:
    """The sizes of an experiment's network, for batches of this size."""
    network, training, task = experiment.network, experiment.training, experiment.task
    return Shape.of(
        network.cell,
        layers=network.num_layers,
        hidden=network.hidden_size,
        inputs=experiment.input_size,
        vocabulary=task.vocabulary_size or 0,
        outputs=task.output_size,
        classes=int(task.answers_classes),
        timesteps=training.sequence_length,
        batch=batch,
        losses=training.sequence_length if training.loss_on == "all" else 1,
        truncate=training.truncate or 0,
    )


def _flat(weights: NetworkWeights) -> npt.NDArray[Any]:
    """All weights in one vector, in the order of `Network.named_parameters()`."""
    embedding = [] if weights.embedding is None else [weights.embedding]
    layers = [tensor for layer in weights.layers for tensor in layer]
    parts = [*embedding, *layers, weights.readout_weight, weights.readout_bias]
    return torch.cat([part.flatten() for part in parts]).numpy()
