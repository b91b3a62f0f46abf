"""The autograd tier: a training step of any torch module, whose gradient torch finds itself.

The module is what `network/building.py` says: all that it learns is in its parameters, and it draws no random numbers
of its own. Nothing is measured at single timesteps. A sequence's padding comes after its real timesteps, so a module
that reads forward in time never sees it before its answer.
"""

from math import isfinite

import torch
from torch import Tensor, nn
from torch.func import functional_call

from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow
from rnn_engine.network.losses import loss_of
from rnn_engine.tasks.base import LossOn
from rnn_engine.training.data import Batch, Data
from rnn_engine.training.evaluation import Evaluator, Part
from rnn_engine.training.flat import FlatWeights
from rnn_engine.training.optimizers import Optimizer
from rnn_engine.training.torch_tier import TorchTier

NUMBER = 4  # bytes, in the estimate of what a step costs


class AutogradTier(TorchTier):
    """Trains any module."""

    def __init__(self, experiment: Experiment, data: Data, flat: FlatWeights, optimizer: Optimizer) -> None:
        super().__init__(experiment, data, flat, optimizer)
        self._weights, self._before = (
            {name: view.detach().requires_grad_() for name, view in flat.named(vector).items()}
            for vector in (flat.values, flat.before)
        )
        self._gradients = flat.named(flat.gradient)

    def repeat(self, windows: Tensor) -> None:
        self._run(windows, self._before)

    def flow(self, weight_parts: bool) -> GradientFlow | None:
        return None

    def _forward_and_back(self, windows: Tensor) -> float:
        return self._run(windows, self._weights)

    def _run(self, windows: Tensor, weights: dict[str, Tensor]) -> float:
        batch = self._data.batch(windows, self._flat.values.dtype)
        with torch.enable_grad():
            read = functional_call(self._flat.module, weights, (batch.inputs.transpose(0, 1),))
            outputs = _asked(read, batch, self._experiment.training.loss_on)
        loss, output_gradient = loss_of(outputs.detach(), batch.targets, batch.asked)
        value = loss.item()
        if isfinite(value):
            found = torch.autograd.grad(outputs, tuple(weights.values()), output_gradient, materialize_grads=True)
            for name, gradient in zip(weights, found, strict=True):
                self._gradients[name].copy_(gradient)
        return value


class AutogradEvaluator(Evaluator[nn.Module]):
    """Evaluates windows with any module."""

    def _numbers(self, experiment: Experiment) -> int:
        return int(experiment.cost.bytes) // NUMBER // experiment.training.batch_size

    def _evaluate(self, network: nn.Module, windows: Tensor) -> Part:
        batch = self._data.batch(windows, next(network.parameters()).dtype)
        outputs = network(batch.inputs.transpose(0, 1))
        return self._part(_asked(outputs, batch, self._loss_on), batch)


def _asked(outputs: Tensor, batch: Batch, loss_on: LossOn) -> Tensor:
    """Of a module's outputs (B, T, outputs) those that the loss is on: (B, outputs) of the last real timestep, or all,
    (T, B, outputs).
    """
    if loss_on == "all":
        return outputs.transpose(0, 1)
    if batch.real is None:
        return outputs[:, -1]
    return outputs[torch.arange(len(outputs)), batch.real.sum(0) - 1]
