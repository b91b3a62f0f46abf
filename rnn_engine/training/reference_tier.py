"""The reference tier: a training step in torch, with `bptt.py`. `kernels/tier.py` is its compiled twin."""

from math import isfinite

import torch
from torch import Tensor

from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow, flow_from
from rnn_engine.network.losses import loss_of
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights
from rnn_engine.training.data import Data
from rnn_engine.training.flat import FlatWeights
from rnn_engine.training.optimizers import Optimizer
from rnn_engine.training.torch_tier import TorchTier


class ReferenceTier(TorchTier):
    """Trains a recurrent network, and keeps the gradients at every timestep."""

    def __init__(self, experiment: Experiment, data: Data, flat: FlatWeights, optimizer: Optimizer) -> None:
        super().__init__(experiment, data, flat, optimizer)
        self._weights, self._before = (NetworkWeights.named(flat.named(each)) for each in (flat.values, flat.before))
        self._gradients = NetworkWeights.named(flat.named(flat.gradient))
        self._unrolled: dict[int, Unrolled] = {}  # by batch size: an epoch's last batch may be smaller
        self._measured: Unrolled | None = None  # holds the last step's gradients at every timestep

    @torch.no_grad()
    def repeat(self, windows: Tensor) -> None:
        self._run(windows, self._before)

    def flow(self, weight_parts: bool) -> GradientFlow | None:
        if self._measured is None:
            return None
        parts = self._measured.weight_parts() if weight_parts else None
        return flow_from(self._measured.totals(), self._experiment.training.loss_on, parts)

    def _forward_and_back(self, windows: Tensor) -> float:
        return self._run(windows, self._weights)

    def _run(self, windows: Tensor, weights: NetworkWeights) -> float:
        if len(windows) not in self._unrolled:
            self._unrolled[len(windows)] = Unrolled.of(self._experiment, weights, batch=len(windows))
        unrolled = self._unrolled[len(windows)]
        batch = self._data.batch(windows, self._flat.values.dtype)
        outputs = unrolled.forward(weights, batch.inputs, batch.real)
        loss, output_gradient = loss_of(outputs, batch.targets, batch.asked)
        value = loss.item()
        if isfinite(value):
            unrolled.backward(weights, self._gradients, output_gradient)
            self._measured = unrolled
        return value
