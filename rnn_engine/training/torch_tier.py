"""A training step in torch, whatever the network: a batch forward and back, and all weights moved by an optimiser's rule.

How a batch goes forward and back is what the tiers differ in: with `bptt.py` (`reference_tier.py`), or by torch's own
autograd (`autograd_tier.py`).
"""

from abc import ABC, abstractmethod
from math import isfinite
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from rnn_engine.configs import TrainingConfig
from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow
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


class TorchTier(ABC):
    """Trains the weights in `flat`, which lie in one vector."""

    def __init__(self, experiment: Experiment, data: Data, flat: FlatWeights, optimizer: Optimizer) -> None:
        self._experiment, self._data, self._flat, self._optimizer = experiment, data, flat, optimizer

    @torch.no_grad()
    def step(self, windows: Tensor, learning_rate: float, live: TrainingConfig) -> Stepped:
        """Train on the windows with these numbers."""
        flat = self._flat
        nothing = Clipped(0.0, 0.0)
        loss = self._forward_and_back(windows)
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

    @abstractmethod
    def _forward_and_back(self, windows: Tensor) -> float:
        """Run a batch over the network and, if its loss is finite, back; returns the loss, as scaled."""

    @abstractmethod
    def repeat(self, windows: Tensor) -> None:
        """Measure again the step that led to the present weights."""

    @abstractmethod
    def flow(self, weight_parts: bool) -> GradientFlow | None:
        """The last step's gradient flow, with how dL/dW_hh is made up if asked for; None if there is none."""
