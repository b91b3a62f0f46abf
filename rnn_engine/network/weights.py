"""All weights of a network as plain tensors, by their places in the formulas."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from rnn_engine.network.cells import LayerWeights


class NetworkWeights(NamedTuple):
    """All weights of a network, or their gradients, as plain tensors."""

    layers: tuple[LayerWeights, ...]  # the first layer first
    readout_weight: Tensor  # (outputs, H), W_hy of the formulas
    readout_bias: Tensor  # (outputs,)
    embedding: Tensor | None  # (vocabulary, I); tokens only

    @classmethod
    def named(cls, tensors: Mapping[str, Tensor]) -> "NetworkWeights":
        """From tensors under the names of `Network.state_dict()`."""
        count = sum(name.startswith("rnn.weight_hh_l") for name in tensors)
        return cls(
            layers=tuple(
                LayerWeights(*(tensors[f"rnn.{field}_l{k}"] for field in LayerWeights._fields)) for k in range(count)
            ),
            readout_weight=tensors["readout.weight"],
            readout_bias=tensors["readout.bias"],
            embedding=tensors.get("embedding.weight"),
        )

    def empty_like(self) -> "NetworkWeights":
        """As many numbers, to be written over."""
        layers = tuple(LayerWeights(*map(torch.empty_like, layer)) for layer in self.layers)
        embedding = None if self.embedding is None else torch.empty_like(self.embedding)
        return NetworkWeights(
            layers, torch.empty_like(self.readout_weight), torch.empty_like(self.readout_bias), embedding
        )
