"""The reference tier: a training step in torch, with `bptt.py`. `kernels/tier.py` is its compiled twin.

A step runs a batch forward and back, and moves all weights, which lie in one flat vector, by an optimiser's rule.
"""

from math import isfinite
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from rnn_engine.configs import TrainingConfig
from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow, flow_from
from rnn_engine.network.losses import loss_of
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights
from rnn_engine.training.data import Data
from rnn_engine.training.flat import FlatWeights
from rnn_engine.training.optimizers import Clipped, Optimizer, clip


class Stepped(NamedTuple):
    """What came of a step."""

    #: What was not finite, so that the weights are still where they were: the loss, its gradient, or the step along it.
    stopped: Literal["loss", "gradient", "step"] | None
    loss: float  # of the batch, as scaled
    norm: float  # of the gradient, before clipping
    clipped: Clipped  # what clipping left of it


class ReferenceTier:
    """Trains the weights in `flat`."""

    def __init__(self, experiment: Experiment, data: Data, flat: FlatWeights, optimizer: Optimizer) -> None:
        self._experiment, self._data, self._flat, self._optimizer = experiment, data, flat, optimizer
        self._unrolled: dict[int, Unrolled] = {}  # by batch size: an epoch's last batch may be smaller
        self._measured: Unrolled | None = None  # holds the last step's gradients at every timestep

    @torch.no_grad()
    def step(self, windows: Tensor, learning_rate: float, live: TrainingConfig) -> Stepped:
        """Train on the windows with these numbers."""
        flat = self._flat
        nothing = Clipped(0.0, 0.0)
        loss = self._forward_and_back(windows, flat.weights)
        if not isfinite(loss):
            return Stepped("loss", loss, 0.0, nothing)
        norm = torch.linalg.vector_norm(flat.gradient, dtype=torch.float64).item()
        if not isfinite(norm):
            return Stepped("gradient", loss, norm, nothing)
        clipped = clip(flat.gradient, norm, live.clip_norm, live.clip_value)
        flat.before.copy_(flat.values)
        self._optimizer.step(flat.values, flat.gradient, learning_rate)
        if not isfinite(flat.values.sum(dtype=torch.float64).item()):
            flat.values.copy_(flat.before)
            return Stepped("step", loss, norm, clipped)
        return Stepped(None, loss, norm, clipped)

    @torch.no_grad()
    def repeat(self, windows: Tensor) -> None:
        """Measure again the step that led to the present weights."""
        self._forward_and_back(windows, self._flat.weights_before)

    def flow(self, weight_parts: bool) -> GradientFlow | None:
        """The last step's gradient flow, with how dL/dW_hh is made up if asked for; None before the first step."""
        if self._measured is None:
            return None
        parts = self._measured.weight_parts() if weight_parts else None
        return flow_from(self._measured.totals(), self._experiment.training.loss_on, parts)

    def _forward_and_back(self, windows: Tensor, weights: NetworkWeights) -> float:
        """Run a batch over the network and, if its loss is finite, back; returns the loss, as scaled."""
        if len(windows) not in self._unrolled:
            self._unrolled[len(windows)] = Unrolled.of(self._experiment, weights, batch=len(windows))
        unrolled = self._unrolled[len(windows)]
        batch = self._data.batch(windows, self._flat.values.dtype)
        outputs = unrolled.forward(weights, batch.inputs, batch.real)
        loss, output_gradient = loss_of(outputs, batch.targets, batch.asked)
        value = loss.item()
        if isfinite(value):
            unrolled.backward(weights, self._flat.gradients, output_gradient)
            self._measured = unrolled
        return value
