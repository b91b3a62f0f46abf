"""What is measured of backpropagation: how much of the loss's gradient reaches every timestep.

delta_t = dl/dh_t is the total derivative of one example's loss l: the direct part at t plus everything that
comes back through h_{t+1}. The gradient flow is G_t, the mean over the batch of ||delta_t||_2, for every
layer; for the LSTM also of dl/dc_t. Knows nothing of training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.network.losses import loss_of
from rnn_engine.network.recurrent import Network
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.network.weights import NetworkWeights
from rnn_engine.tasks.base import LossOn

HORIZON_SHARE = 0.01  # of the largest G_t


@dataclass(frozen=True, eq=False)
class GradientFlow:
    """G_t of one batch. Row 0 is the first layer, column 0 is t = 1; exact zeros are zeros."""

    hidden: npt.NDArray[np.float64]  # (layers, T), of dl/dh_t; read-only
    cell: npt.NDArray[np.float64] | None  # (layers, T), of dl/dc_t; read-only; LSTM only
    loss_on: LossOn = "last"
    #: (layers, T), the norm of what timestep t adds to dL/dW_hh; read-only. None where it was not worked out.
    weight_parts: npt.NDArray[np.float64] | None = None

    @property
    def weight_share(self) -> npt.NDArray[np.float64] | None:
        """(layers, T): timestep t's part of dL/dW_hh, as a share of the sum of all parts' norms; zeros where all are."""
        if self.weight_parts is None:
            return None
        total = self.weight_parts.sum(1, keepdims=True)
        return np.divide(self.weight_parts, total, out=np.zeros_like(self.weight_parts), where=total > 0)

    @property
    def points_used(self) -> int:
        """Timesteps with G_t > 0 in the top layer: those that the per-step factor is fitted to."""
        return int(np.count_nonzero(self.hidden[-1] > 0))

    @cached_property
    def per_step_factor(self) -> float | None:
        """r: going back one timestep multiplies the top layer's G_t by about this. Below 1 it vanishes.

        r = exp(b), b the least-squares slope of ln G_t against the lag T - t over timesteps with G_t > 0.
        None for a loss on all timesteps, where fresh gradient enters everywhere, and for fewer than two such
        timesteps.
        """
        return _factor(self.hidden[-1]) if self.loss_on == "last" else None

    @property
    def cell_per_step_factor(self) -> float | None:
        """The same for dl/dc_t, the LSTM's longer path; None for other cells."""
        return None if self.cell is None or self.loss_on != "last" else _factor(self.cell[-1])

    @property
    def half_life(self) -> float | None:
        """Timesteps in which G halves going back, ln 2 / -ln r; None where it does not vanish."""
        r = self.per_step_factor
        return log(2) / -log(r) if r is not None and 0 < r < 1 else None

    @property
    def doubling_lag(self) -> float | None:
        """Timesteps in which G doubles going back, ln 2 / ln r; None where it does not explode."""
        r = self.per_step_factor
        return log(2) / log(r) if r is not None and r > 1 else None

    @property
    def horizon(self) -> int:
        """The memory horizon: the largest lag T - t whose top-layer G_t is 1 % of the maximum or more."""
        g = self.hidden[-1]
        reached = np.flatnonzero((g > 0) & (g >= HORIZON_SHARE * g.max()))
        return int(g.size - 1 - reached[0]) if reached.size else 0


def gradient_flow(network: Network, inputs: Tensor, targets: Tensor, loss_on: LossOn = "last") -> GradientFlow:
    """Measure the exact gradient flow of `network` on one batch, from h_0 = 0, in the network's dtype.

    `inputs`: values (batch, T, features) or token ids (batch, T). `targets`: floats, for the mean squared
    error, (batch, features) where `loss_on` is "last" and (batch, T, features) where it is "all"; integers,
    for the cross-entropy, (batch,) and (batch, T). Raises ValueError for other shapes.
    """
    weights = network.weights()
    _check_shapes(weights, inputs, targets, loss_on)
    if weights.embedding is None:
        inputs = inputs.to(network.dtype)
    if targets.is_floating_point():
        targets = targets.to(network.dtype)
    batch, timesteps = inputs.shape[:2]
    with torch.no_grad():
        unrolled = Unrolled(
            network.cell,
            weights,
            timesteps=timesteps,
            batch=batch,
            loss_on=loss_on,
            skip=network.skip,
            layer_norm=network.layer_norm,
        )
        outputs = unrolled.forward(weights, inputs.detach().transpose(0, 1))
        targets = targets.detach() if loss_on == "last" else targets.detach().transpose(0, 1)
        _, output_gradient = loss_of(outputs, targets)
        unrolled.backward(weights, weights.empty_like(), output_gradient)
        return flow_from(unrolled.totals(), loss_on, unrolled.weight_parts())


def flow_from(
    totals: Sequence[tuple[Tensor, Tensor | None]],
    loss_on: LossOn,
    weight_parts: Sequence[tuple[Tensor, Tensor]] | None = None,
) -> GradientFlow:
    """The gradient flow, from each layer's total dL/dh_t and dL/dc_t (T, B, H), L the batch's mean loss.

    `weight_parts`: each layer's dL/da_t (T, B, G * H) and h_{t-1} (T, B, H), if how dL/dW_hh is made up is asked for.
    """
    hidden = np.stack([_mean_norms(dh) for dh, _ in totals])
    cells = [_mean_norms(dc) for _, dc in totals if dc is not None]
    cell = np.stack(cells) if cells else None
    parts = None if weight_parts is None else norms_of_parts(weight_parts)
    for array in (hidden, cell):
        if array is not None:
            array.flags.writeable = False
    return GradientFlow(hidden, cell, loss_on, parts)


def norms_of_parts(parts: Sequence[tuple[Tensor, Tensor]]) -> npt.NDArray[np.float64]:
    """(layers, T), read-only: the Frobenius norm of what each timestep adds to dL/dW_hh.

    What t adds is A^T B, A (B, G * H) its dL/da_t and B (B, H) its h_{t-1}: |A^T B|² = sum(A A^T * B B^T).
    """
    norms = []
    for a, b in ((a.double(), b.double()) for a, b in parts):
        norms.append(((a @ a.mT) * (b @ b.mT)).sum((1, 2)).clamp_min(0).sqrt().numpy())
    stacked = np.stack(norms)
    stacked.flags.writeable = False
    return stacked


def _mean_norms(gradient: Tensor) -> npt.NDArray[np.float64]:
    """(T, B, H) of the batch's mean loss -> (T,): the mean over the batch of one example's norm.

    An example's own loss is B times its share of the mean, so the mean of B norms, each times B, is their
    sum. In float64, since the square of a small float32 is 0.
    """
    return torch.linalg.vector_norm(gradient, dim=2, dtype=torch.float64).sum(1).numpy()


def _factor(g: npt.NDArray[np.float64]) -> float | None:
    used = np.flatnonzero((g > 0) & np.isfinite(g))
    if used.size < 2:
        return None
    lag = (g.size - 1 - used).astype(np.float64)
    lag -= lag.mean()
    slope = float(lag @ np.log(g[used]) / (lag @ lag))
    with np.errstate(over="ignore"):
        r = float(np.exp(slope))
    return r if np.isfinite(r) else None


def _check_shapes(weights: NetworkWeights, inputs: Tensor, targets: Tensor, loss_on: LossOn) -> None:
    """Raise ValueError unless the shapes fit one another and the network."""
    outputs, features = weights.readout_weight.shape[0], weights.layers[0].weight_ih.shape[1]
    if weights.embedding is not None:
        if inputs.dim() != 2 or inputs.is_floating_point():
            raise ValueError(f"inputs must be token ids (batch, T), not {inputs.dtype} {tuple(inputs.shape)}")
    elif inputs.dim() != 3 or inputs.shape[2] != features:
        raise ValueError(f"inputs must have shape (batch, T, {features}), not {tuple(inputs.shape)}")
    if loss_on not in ("last", "all"):
        raise ValueError(f"loss_on must be 'last' or 'all', not {loss_on!r}")
    leading = inputs.shape[:1] if loss_on == "last" else inputs.shape[:2]
    wanted = (*leading, outputs) if targets.is_floating_point() else tuple(leading)
    if tuple(targets.shape) != wanted:
        raise ValueError(f"targets must have shape {wanted}, not {tuple(targets.shape)}")
    if 0 in inputs.shape:
        raise ValueError(f"inputs are empty: {tuple(inputs.shape)}")
