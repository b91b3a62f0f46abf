"""Two remedies inside the simple recurrence, and one beside it, with their ways back.

A skip carries a share s of the state past the nonlinearity, h_t = s h_{t-1} + (1 - s) phi(a_t): going back, the factor
is s plus something, not a product of slopes alone (leaky units: Mozer 1992; Jaeger et al. 2007). Layer normalisation
gives every a_t mean 0 and variance 1 over the units before phi (Ba, Kiros and Hinton 2016; without gain and bias).
Pascanu's regulariser asks of W_hh that gradients keep their length from timestep to timestep.
"""

import torch
from torch import Tensor

from rnn_engine.cells import Cell
from rnn_engine.network.bptt import ElmanLayer
from rnn_engine.network.cells import NORM_EPSILON, LayerWeights
from rnn_engine.network.padding import keep_state, pass_on, take_back

LEAST_NORM = 1e-20  # below, a gradient has no direction left to keep


class RemediedLayer(ElmanLayer):
    """h_t = s h_{t-1} + (1 - s) phi(a_t), a_t normalised over the units or not."""

    def __init__(
        self, cell: Cell, timesteps: int, batch: int, hidden_size: int, dtype: torch.dtype, skip: float, norm: bool
    ) -> None:
        super().__init__(cell, timesteps, batch, hidden_size, dtype)
        self.skip, self.norm = skip, norm
        self.entry = self.gates  # a_t, then normalised; after the way back dL/da_t
        self.new = torch.empty_like(self.hidden)  # phi(a_t)
        self.deviation = torch.ones(timesteps, batch, 1, dtype=dtype)  # of a_t over the units

    def forward_through_time(self, weights: LayerWeights) -> None:
        w_hh = weights.weight_hh.t()
        phi = torch.tanh if self.tanh else torch.relu
        for t, a in enumerate(self.gates.unbind()):
            a.addmm_(self.h[t], w_hh)
            if self.norm:
                a.sub_(a.mean(1, keepdim=True))
                self.deviation[t] = (a.square().mean(1, keepdim=True) + NORM_EPSILON).sqrt()
                a.div_(self.deviation[t])
            self.new[t] = phi(a)
            torch.lerp(self.new[t], self.h[t], self.skip, out=self.h[t + 1])
            keep_state(self.padding, t, self.h)

    def backward_through_time(self, weights: LayerWeights) -> None:
        slope = 1 - self.new.square() if self.tanh else self.new.sign()
        into_a = slope.mul_(1 - self.skip)
        for t in range(len(self.dh) - 1, -1, -1):
            kept = take_back(self.padding, t, self.dh)
            d_normal, normal = self.dh[t] * into_a[t], self.da[t]
            if self.norm:  # what shifts or stretches all units alike does not come through
                along = (d_normal * normal).mean(1, keepdim=True)
                d_normal = (d_normal - d_normal.mean(1, keepdim=True) - normal * along) / self.deviation[t]
            self.da[t].copy_(d_normal)
            if t and t not in self.cuts:
                self.dh[t - 1].add_(self.dh[t], alpha=self.skip).addmm_(self.da[t], weights.weight_hh)
            pass_on(t, kept, self.dh)


def vanishing_penalty(gradient: Tensor, through: Tensor, weight_hh: Tensor) -> tuple[float, Tensor]:
    """Pascanu's regulariser and its gradient (H, H) with respect to W_hh (Pascanu, Mikolov and Bengio 2013, eq. 9-10).

    Omega = sum_t (|dL/dh_t dh_t/dh_{t-1}| / |dL/dh_t| - 1)², the mean over the batch; its gradient is the immediate
    one, as in the paper: what reaches the timestep counts as given. `gradient`: the total dL/dh_t (T, B, H) after
    `backward`; `through`: dL/da_t (T, B, H). Where a gradient has vanished altogether nothing is asked.
    """
    before = through[1:] @ weight_hh  # (T - 1, B, H), dL/dh_t dh_t/dh_{t-1}
    length, arrived = gradient[1:].norm(dim=2, keepdim=True), before.norm(dim=2, keepdim=True)
    counts = (length > LEAST_NORM) & (arrived > LEAST_NORM)
    excess = torch.where(counts, arrived / length - 1, 0)
    scale = torch.where(counts, 2 * excess / (arrived * length), 0) / gradient.shape[1]
    penalty = excess.square().sum().item() / gradient.shape[1]
    return penalty, (through[1:] * scale).flatten(0, 1).t() @ before.flatten(0, 1)
