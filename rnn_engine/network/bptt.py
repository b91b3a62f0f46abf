"""Backpropagation through time, written out: how a loss at the end reaches every earlier timestep.

Forward, a cell turns h_{t-1} into h_t. Backward, the same timesteps are walked from T to 1, and the gradient
of the loss L with respect to the hidden state is handed down:

    dL/dh_{t-1}  =  what the loss takes from h_{t-1} directly  +  dL/dh_t · dh_t/dh_{t-1}

dh_t/dh_{t-1} is a factor known from the forward pass (the slope of the cell's nonlinearity) times W_hh: where
the product of many such factors shrinks, gradients vanish; where it grows, they explode. Each layer below is
the same three movements. Before the loop, the factors of all timesteps at once. In the loop, only what must
wait for the timestep after: it leaves the exact total dL/dh_t of every t in `hidden_gradient`, which is what
the playground shows. After the loop, the weights' gradients: since every timestep uses the same weights, each
is a sum over timesteps, and that sum is one matrix product.

Shapes, time first: T timesteps, B batch, I input, H hidden, G gates (as in `cells.py`, whose equations these
are). Buffers are made once and filled in place. Method: Rumelhart, Hinton and Williams 1986; Werbos 1990.
Knows nothing of autograd, tasks or training; `unrolled.py` stacks the layers.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection

import torch
from torch import Tensor

from rnn_engine.cells import CELLS, Cell
from rnn_engine.network.cells import LayerWeights
from rnn_engine.network.padding import Padding, keep_state, pass_on, take_back


class UnrolledLayer(ABC):
    """One layer, unrolled over T timesteps for a batch of B, starting from zeros."""

    #: Timesteps, counted from 0, from which no gradient goes back to the one before: see `truncate`.
    cuts: Collection[int] = ()

    padding: Padding = None  # which timesteps of which examples are not real: see `padding.py`

    def __init__(self, cell: Cell, timesteps: int, batch: int, hidden_size: int, dtype: torch.dtype) -> None:
        self.states = torch.empty(timesteps + 1, batch, hidden_size, dtype=dtype)
        self.states[0] = 0
        self.hidden = self.states[1:]  # (T, B, H), h_1 .. h_T
        self.before = self.states[:-1]  # (T, B, H), h_0 .. h_{T-1}
        #: (T, B, H). Before `backward` the direct part of dL/dh_t, after it the total.
        self.hidden_gradient = torch.empty_like(self.hidden)
        #: (T, B, H), the total dL/dc_t after `backward`; LSTM only.
        self.cell_gradient: Tensor | None = None
        #: (T, B, G * H). The gates after `forward`, dL/d(what enters them from the input) after `backward`.
        self.gates = torch.empty(timesteps, batch, len(CELLS[cell].blocks) * hidden_size, dtype=dtype)
        #: Where W_ih x_t + b_ih is put for all timesteps before the loop of `forward`.
        self.entry = self.gates
        # Views of single timesteps, made once: slicing in the loop would cost more than the arithmetic.
        self.h = self.states.unbind()  # h[t] is h_t; the list begins with h_0
        self.dh = self.hidden_gradient.unbind()  # the list begins with the gradient at h_1
        self.da = self.gates.unbind()

    def forward(self, weights: LayerWeights, inputs: Tensor) -> None:
        """Read `inputs` (T, B, I) and fill `hidden`."""
        rows, entry, bias = inputs.flatten(0, 1), self.entry.flatten(0, 1), self.entry_bias(weights)
        if rows.shape[1] == 1:  # one number a timestep: an outer product
            torch.addcmul(bias, rows, weights.weight_ih.t(), out=entry)
        else:
            torch.addmm(bias, rows, weights.weight_ih.t(), out=entry)
        self.forward_through_time(weights)

    def backward(self, weights: LayerWeights, gradients: LayerWeights, inputs: Tensor) -> None:
        """Turn `hidden_gradient` from direct parts into totals, and write the weights' gradients."""
        self.backward_through_time(weights)
        torch.mm(self.gates.flatten(0, 1).t(), inputs.flatten(0, 1), out=gradients.weight_ih)
        self.sum_over_timesteps(gradients)

    def input_gradient(self, weights: LayerWeights, out: Tensor) -> None:
        """After `backward`: write dL/dx_t to `out` (T, B, I), for the layer below."""
        torch.mm(self.gates.flatten(0, 1), weights.weight_ih, out=out.flatten(0, 1))

    def truncate(self, window: int) -> None:
        """Let gradients go back `window` timesteps at most, counted off from the end (Williams and Peng 1990)."""
        timesteps = len(self.hidden)
        self.cuts = frozenset(range(timesteps - window, 0, -window))

    @property
    def gradient_from_hidden(self) -> Tensor:
        """After `backward`: (T, B, G * H), dL/d(W_hh h_{t-1} + b_hh), what each timestep adds to W_hh's gradient."""
        return self.gates

    def entry_bias(self, weights: LayerWeights) -> Tensor:
        """The biases that can be added for all timesteps at once: both, where they only ever add up."""
        return weights.bias_ih + weights.bias_hh

    @abstractmethod
    def forward_through_time(self, weights: LayerWeights) -> None:
        """From t = 1 to T: fill `hidden`, and keep what `backward_through_time` needs."""

    @abstractmethod
    def backward_through_time(self, weights: LayerWeights) -> None:
        """From t = T to 1: make `hidden_gradient` total, and turn `gates` into the gates' gradients."""

    def sum_over_timesteps(self, gradients: LayerWeights) -> None:
        """Every timestep used the same W_hh and biases: add up what reached each of them."""
        da = self.gates.flatten(0, 1)  # (T * B, G * H)
        torch.mm(da.t(), self.before.flatten(0, 1), out=gradients.weight_hh)
        torch.sum(da, 0, out=gradients.bias_hh)
        gradients.bias_ih.copy_(gradients.bias_hh)


class ElmanLayer(UnrolledLayer):
    """h_t = phi(a_t) with a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh; phi is tanh or max(0, ·)."""

    def __init__(self, cell: Cell, timesteps: int, batch: int, hidden_size: int, dtype: torch.dtype) -> None:
        super().__init__(cell, timesteps, batch, hidden_size, dtype)
        self.tanh = cell == "rnn_tanh"
        self.entry = self.hidden  # a_t becomes h_t in place

    def forward_through_time(self, weights: LayerWeights) -> None:
        w_hh = weights.weight_hh.t()
        phi = torch.Tensor.tanh_ if self.tanh else torch.Tensor.relu_
        for t, (h_before, h) in enumerate(zip(self.h[:-1], self.h[1:], strict=True)):
            phi(h.addmm_(h_before, w_hh))
            keep_state(self.padding, t, self.h)

    def backward_through_time(self, weights: LayerWeights) -> None:
        # phi'(a_t) can be read off h_t: 1 - h_t² for tanh, 1 or 0 for ReLU.
        if self.tanh:
            torch.mul(self.hidden, self.hidden, out=self.gates).neg_().add_(1)
        else:
            torch.sign(self.hidden, out=self.gates)
        da, dh, w_hh = self.da, self.dh, weights.weight_hh
        for t in range(len(dh) - 1, 0, -1):
            kept = take_back(self.padding, t, dh)
            da[t].mul_(dh[t])  # dL/da_t = dL/dh_t · phi'(a_t)
            if t not in self.cuts:
                dh[t - 1].addmm_(da[t], w_hh)  # dL/dh_{t-1} = direct part + dL/da_t W_hh
            pass_on(t, kept, dh)
        take_back(self.padding, 0, dh)
        da[0].mul_(dh[0])


class GruLayer(UnrolledLayer):
    """h_t = n + z * (h_{t-1} - n);  r, z = sigmoid(x-part + h-part);  n = tanh(x-part + r * m), m its h-part.

    Because r multiplies the h-part only, what reaches the h-part of n is r times what reaches its x-part.
    """

    def __init__(self, cell: Cell, timesteps: int, batch: int, hidden_size: int, dtype: torch.dtype) -> None:
        super().__init__(cell, timesteps, batch, hidden_size, dtype)
        self.from_hidden = torch.empty_like(self.gates)  # r and z parts scratch, n part m; later dL/d(h-part)
        split = (slice(0, hidden_size), slice(hidden_size, 2 * hidden_size), slice(2 * hidden_size, None))
        self.r, self.z, self.n = (self.gates[..., gate] for gate in split)
        self.d_r, self.d_z, self.m = (self.from_hidden[..., gate] for gate in split)
        both = slice(0, 2 * hidden_size)
        self.forward_views = list(
            zip(
                self.from_hidden.unbind(),
                self.from_hidden[..., both].unbind(),
                self.gates[..., both].unbind(),
                *(part.unbind() for part in (self.m, self.r, self.z, self.n)),
                strict=True,
            )
        )
        self.carry = torch.empty_like(self.hidden)  # z, kept while the gates' buffer is reused
        by_gate = self.from_hidden.unflatten(2, (3, hidden_size))
        self.backward_views = list(
            zip(
                self.dh,
                self.hidden_gradient.unsqueeze(2).unbind(),
                self.carry.unbind(),
                by_gate.unbind(),
                self.from_hidden.unbind(),
                strict=True,
            )
        )

    def entry_bias(self, weights: LayerWeights) -> Tensor:
        return weights.bias_ih  # b_hh enters under r

    def forward_through_time(self, weights: LayerWeights) -> None:
        w_hh, b_hh = weights.weight_hh.t(), weights.bias_hh
        for t, (from_hidden, rz_hidden, rz, m, r, z, n) in enumerate(self.forward_views):
            torch.addmm(b_hh, self.h[t], w_hh, out=from_hidden)
            rz.add_(rz_hidden).sigmoid_()
            n.addcmul_(r, m).tanh_()
            torch.lerp(n, self.h[t], z, out=self.h[t + 1])  # n + z * (h_{t-1} - n)
            keep_state(self.padding, t, self.h)

    def backward_through_time(self, weights: LayerWeights) -> None:
        # Everything that dL/dh_t is multiplied by on its way into a gate:
        r, z, n, m = self.r, self.z, self.n, self.m
        self.carry.copy_(z)
        into_n = (1 - z) * (1 - n * n)
        torch.mul((self.before - n).mul_(z), 1 - z, out=self.d_z)
        torch.mul(into_n * m, r * (1 - r), out=self.d_r)
        torch.mul(into_n, r, out=self.m)
        w_hh = weights.weight_hh
        for t in range(len(self.dh) - 1, -1, -1):
            dh, dh_by_gate, z_t, da_by_gate, da = self.backward_views[t]
            kept = take_back(self.padding, t, self.dh)
            da_by_gate.mul_(dh_by_gate)  # (B, 3, H) * (B, 1, H)
            if t and t not in self.cuts:
                self.dh[t - 1].addcmul_(dh, z_t).addmm_(da, w_hh)  # past the gates, and through them
            pass_on(t, kept, self.dh)
        torch.mul(into_n, self.hidden_gradient, out=self.n)
        self.r.copy_(self.d_r)
        self.z.copy_(self.d_z)

    @property
    def gradient_from_hidden(self) -> Tensor:
        return self.from_hidden

    def sum_over_timesteps(self, gradients: LayerWeights) -> None:
        da = self.from_hidden.flatten(0, 1)
        torch.mm(da.t(), self.before.flatten(0, 1), out=gradients.weight_hh)
        torch.sum(da, 0, out=gradients.bias_hh)
        torch.sum(self.gates, (0, 1), out=gradients.bias_ih)


class LstmLayer(UnrolledLayer):
    """c_t = f * c_{t-1} + i * g;  h_t = o * tanh(c_t).

    Two gradients are handed down. The one that lasts is dL/dc_{t-1} = dL/dc_t * f_t: no weights, no slope,
    only the forget gate.
    """

    def __init__(self, cell: Cell, timesteps: int, batch: int, hidden_size: int, dtype: torch.dtype) -> None:
        super().__init__(cell, timesteps, batch, hidden_size, dtype)
        self.memory = torch.empty_like(self.states)  # (T + 1, B, H), c_0 .. c_T
        self.memory[0] = 0
        self.shown = torch.empty_like(self.hidden)  # tanh(c_t); for the way back o * (1 - tanh² c_t)
        self.forget = torch.empty_like(self.hidden)  # f, kept while the gates' buffer is reused
        self.cell_gradient = torch.empty_like(self.hidden)
        self.c, self.dc = self.memory.unbind(), self.cell_gradient.unbind()
        by_gate = self.gates.unflatten(2, (4, hidden_size))  # (T, B, 4, H): i, f, g, o
        self.i, self.f, self.g, self.o = by_gate.unbind(2)
        self.forward_views = list(
            zip(
                self.gates[..., : 2 * hidden_size].unbind(),
                *(part.unbind() for part in (self.i, self.f, self.g, self.o, self.shown)),
                strict=True,
            )
        )
        self.backward_views = list(
            zip(
                self.shown.unbind(),
                by_gate[:, :, :3].unbind(),
                self.o.unbind(),
                self.cell_gradient.unsqueeze(2).unbind(),
                self.forget.unbind(),
                strict=True,
            )
        )

    def forward_through_time(self, weights: LayerWeights) -> None:
        w_hh = weights.weight_hh.t()
        for t, (i_and_f, i, f, g, o, shown) in enumerate(self.forward_views):
            self.da[t].addmm_(self.h[t], w_hh)
            i_and_f.sigmoid_()
            g.tanh_()
            o.sigmoid_()
            torch.mul(f, self.c[t], out=self.c[t + 1]).addcmul_(i, g)
            torch.tanh(self.c[t + 1], out=shown)
            torch.mul(o, shown, out=self.h[t + 1])
            keep_state(self.padding, t, self.c)
            keep_state(self.padding, t, self.h)

    def backward_through_time(self, weights: LayerWeights) -> None:
        i, f, g, o, shown = self.i, self.f, self.g, self.o, self.shown
        assert self.cell_gradient is not None
        self.forget.copy_(f)
        # dL/dc_t is multiplied by these on its way into i, f and g ...
        into_i, into_g = g * i * (1 - i), i * (1 - g * g)
        f.mul_(1 - f).mul_(self.memory[:-1])
        i.copy_(into_i)
        g.copy_(into_g)
        # ... and dL/dh_t by these on its way into c_t and o.
        into_c = o * (1 - shown * shown)
        o.mul_(1 - o).mul_(shown)
        shown.copy_(into_c)
        self.cell_gradient[-1] = 0
        w_hh, dh, dc = weights.weight_hh, self.dh, self.dc
        for t in range(len(dh) - 1, -1, -1):
            into_c_t, da_ifg, da_o, dc_by_gate, f_t = self.backward_views[t]
            kept, kept_c = take_back(self.padding, t, dh), take_back(self.padding, t, dc)
            dc[t].addcmul_(dh[t], into_c_t)  # dL/dc_t = f_{t+1} * dL/dc_{t+1} + dL/dh_t * o * (1 - tanh² c_t)
            da_ifg.mul_(dc_by_gate)  # (B, 3, H) * (B, 1, H)
            da_o.mul_(dh[t])
            if t in self.cuts:
                dc[t - 1].zero_()
            elif t:
                torch.mul(dc[t], f_t, out=dc[t - 1])
                dh[t - 1].addmm_(self.da[t], w_hh)
            pass_on(t, kept, dh)
            pass_on(t, kept_c, dc)


LAYERS: dict[Cell, type[UnrolledLayer]] = {
    "rnn_tanh": ElmanLayer,
    "rnn_relu": ElmanLayer,
    "gru": GruLayer,
    "lstm": LstmLayer,
}
