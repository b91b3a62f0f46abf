"""A whole network unrolled over T timesteps: layers of `bptt.py` between inputs and readout, both passes.

Made once for a shape and used for every batch of that shape. Time first throughout: values (T, B, features),
tokens (T, B). Weights are given with every call, so the same buffers serve whichever weights are to be
measured.
"""

import torch
from torch import Tensor

from rnn_engine.cells import Cell
from rnn_engine.experiment import Experiment
from rnn_engine.network.bptt import LAYERS, UnrolledLayer
from rnn_engine.network.padding import padding_of
from rnn_engine.network.remedies import RemediedLayer, vanishing_penalty
from rnn_engine.network.weights import NetworkWeights
from rnn_engine.tasks.base import LossOn


class Unrolled:
    """The passes of one network, for batches of `batch` sequences of `timesteps` timesteps, from h_0 = 0."""

    def __init__(
        self,
        cell: Cell,
        weights: NetworkWeights,
        *,
        timesteps: int,
        batch: int,
        loss_on: LossOn,
        skip: float = 0.0,
        layer_norm: bool = False,
        truncate: int | None = None,
        regulariser: float = 0.0,
    ) -> None:
        hidden_size, dtype = weights.readout_weight.shape[1], weights.readout_weight.dtype
        self.loss_on, self.regulariser = loss_on, regulariser
        self.layers: list[UnrolledLayer] = []
        for _ in weights.layers:
            if skip or layer_norm:
                self.layers.append(RemediedLayer(cell, timesteps, batch, hidden_size, dtype, skip, layer_norm))
            else:
                self.layers.append(LAYERS[cell](cell, timesteps, batch, hidden_size, dtype))
            if truncate is not None:
                self.layers[-1].truncate(truncate)

    @classmethod
    def of(cls, experiment: Experiment, weights: NetworkWeights, batch: int) -> "Unrolled":
        """The passes of the network that `experiment` trains, as it trains it."""
        network, training = experiment.network, experiment.training
        return cls(
            network.cell,
            weights,
            timesteps=training.sequence_length,
            batch=batch,
            loss_on=training.loss_on,
            skip=network.skip,
            layer_norm=network.layer_norm,
            truncate=training.truncate,
            regulariser=training.regulariser,
        )

    def forward(self, weights: NetworkWeights, inputs: Tensor, real: Tensor | None = None) -> Tensor:
        """The outputs that the loss is on: (B, outputs) of the last timestep, or (T, B, outputs) of all.

        Where `real` (T, B) is False a timestep is padding: every state stays what it was, so that the last one is that
        of the last real timestep, whatever stands in the padding. None: all timesteps are real.
        """
        padding = padding_of(real)
        self._tokens = None if weights.embedding is None else inputs
        if weights.embedding is not None:
            inputs = weights.embedding.index_select(0, inputs.flatten()).unflatten(0, inputs.shape)
        self._inputs = inputs
        for layer, layer_weights in zip(self.layers, weights.layers, strict=True):
            layer.padding = padding
            layer.forward(layer_weights, inputs)
            inputs = layer.hidden
        self._read = inputs[-1] if self.loss_on == "last" else inputs.flatten(0, 1)
        outputs = torch.addmm(weights.readout_bias, self._read, weights.readout_weight.t())
        return outputs if self.loss_on == "last" else outputs.unflatten(0, inputs.shape[:2])

    def backward(self, weights: NetworkWeights, gradients: NetworkWeights, output_gradient: Tensor) -> None:
        """After `forward`: from dL/d(outputs), write the gradient of every weight."""
        d_outputs = output_gradient.reshape(-1, output_gradient.shape[-1])
        torch.mm(d_outputs.t(), self._read, out=gradients.readout_weight)
        torch.sum(d_outputs, 0, out=gradients.readout_bias)
        direct = self.layers[-1].hidden_gradient
        if self.loss_on == "last":
            direct[:-1] = 0
            torch.mm(d_outputs, weights.readout_weight, out=direct[-1])
        else:
            torch.mm(d_outputs, weights.readout_weight, out=direct.flatten(0, 1))
        for k in range(len(self.layers) - 1, 0, -1):
            below = self.layers[k - 1]
            self.layers[k].backward(weights.layers[k], gradients.layers[k], below.hidden)
            self.layers[k].input_gradient(weights.layers[k], out=below.hidden_gradient)
        self.layers[0].backward(weights.layers[0], gradients.layers[0], self._inputs)
        if self.regulariser:
            for layer, layer_weights, layer_gradients in zip(
                self.layers, weights.layers, gradients.layers, strict=True
            ):
                gradient, through = layer.hidden_gradient, layer.gradient_from_hidden
                _, found = vanishing_penalty(gradient, through, layer_weights.weight_hh)
                layer_gradients.weight_hh.add_(found, alpha=self.regulariser)
        if gradients.embedding is not None:
            assert self._tokens is not None
            d_inputs = torch.empty_like(self._inputs)
            self.layers[0].input_gradient(weights.layers[0], out=d_inputs)
            gradients.embedding.zero_().index_add_(0, self._tokens.flatten(), d_inputs.flatten(0, 1))

    def weight_parts(self) -> list[tuple[Tensor, Tensor]]:
        """After `backward`: for each layer what timestep t's part of dL/dW_hh is the product of: its dL/da_t (T, B, G * H)
        and its h_{t-1} (T, B, H).
        """
        return [(layer.gradient_from_hidden, layer.before) for layer in self.layers]

    def totals(self) -> list[tuple[Tensor, Tensor | None]]:
        """After `backward`: each layer's total dL/dh_t and, for the LSTM, dL/dc_t, (T, B, H) each."""
        return [(layer.hidden_gradient, layer.cell_gradient) for layer in self.layers]
