"""The LSTM in float32 through torch's fused kernel, which is faster than any loop over timesteps.

The kernel gives the weights' gradients but hides dL/dh_t and dL/dc_t. They are found afterwards, and only if
somebody asks: the hidden states that it does return settle every gate by one matrix product, and with the
gates known the way back is that of `bptt.LstmLayer`, the written-out LSTM that this one is tested against.
"""

import torch
from torch import Tensor

from rnn_engine.bptt import LstmLayer
from rnn_engine.cells import LayerWeights


class FusedLstmLayer:
    """One LSTM layer, unrolled over T timesteps for a batch of B, starting from zeros; float32."""

    def __init__(self, timesteps: int, batch: int, hidden_size: int) -> None:
        self._zeros = torch.zeros(1, batch, hidden_size)
        self._written_out: LstmLayer | None = None  # made when first asked for
        self._totals_known = False
        self.hidden = torch.empty(timesteps, batch, hidden_size)
        #: (T, B, H), the direct part of dL/dh_t
        self.hidden_gradient = torch.empty(timesteps, batch, hidden_size)

    def forward(self, weights: LayerWeights, inputs: Tensor, *, differentiable: bool) -> None:
        """Read `inputs` (T, B, I) and fill `hidden`."""
        self._leaves = [tensor.detach().requires_grad_(differentiable) for tensor in (inputs, *weights)]
        zeros = (self._zeros, self._zeros)
        with torch.set_grad_enabled(differentiable):
            # has biases, one layer, no dropout, training, one direction, time first
            output, _, _ = torch.lstm(self._leaves[0], zeros, self._leaves[1:], True, 1, 0.0, True, False, False)
        self._output, self.hidden = output, output.detach()

    def backward(self, weights: LayerWeights, gradients: LayerWeights, inputs: Tensor) -> None:
        """Write the weights' gradients, from the direct parts in `hidden_gradient`."""
        with torch.enable_grad():
            # Its gradient is `hidden_gradient`. Handing that to autograd directly would import sympy.
            handle = torch.dot(self._output.flatten(), self.hidden_gradient.flatten())
        self._input_gradient, *found = torch.autograd.grad(handle, self._leaves)
        for gradient, value in zip(gradients, found, strict=True):
            gradient.copy_(value)
        self._totals_known = False

    def input_gradient(self, weights: LayerWeights, out: Tensor) -> None:
        """After `backward`: write dL/dx_t to `out` (T, B, I), for the layer below."""
        out.copy_(self._input_gradient)

    def totals(self, weights: LayerWeights) -> tuple[Tensor, Tensor | None]:
        """After `backward`: the total dL/dh_t and dL/dc_t, (T, B, H) each; `weights` as they were then."""
        if self._written_out is None:
            timesteps, batch, hidden_size = self.hidden.shape
            self._written_out = LstmLayer("lstm", timesteps, batch, hidden_size, torch.float32)
        layer = self._written_out
        if not self._totals_known:
            layer.hidden.copy_(self.hidden)
            layer.hidden_gradient.copy_(self.hidden_gradient)
            layer.gates_from_hidden(weights, self._leaves[0].detach())
            layer.backward_through_time(weights)
            self._totals_known = True
        return layer.hidden_gradient, layer.cell_gradient
