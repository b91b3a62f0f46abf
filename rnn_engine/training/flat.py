"""A network's weights laid end to end in one vector, so that a step is a few operations on it."""

from collections.abc import Iterator

import torch
from torch import Tensor

from rnn_engine.network.recurrent import Network
from rnn_engine.network.weights import NetworkWeights


class FlatWeights:
    """One vector for all weights, one for their gradient, and one for the weights before the last step.

    The network's parameters become views of the first and their `.grad` views of the second, so both stay
    readable and writable under torch's own names.
    """

    def __init__(self, network: Network) -> None:
        self._parameters = dict(network.named_parameters())
        self.values = torch.cat([parameter.detach().flatten() for parameter in self._parameters.values()])
        self.gradient = torch.zeros_like(self.values)
        self.before = self.values.clone()
        self.weights = NetworkWeights.named(dict(self._views(self.values)))
        self.gradients = NetworkWeights.named(dict(self._views(self.gradient)))
        self.weights_before = NetworkWeights.named(dict(self._views(self.before)))
        views = zip(self._parameters.values(), self._views(self.values), self._views(self.gradient), strict=True)
        for parameter, (_, value), (_, gradient) in views:
            parameter.data = value
            parameter.grad = gradient
        self._places = [parameter.data_ptr() for parameter in self._parameters.values()]

    @property
    def hold(self) -> bool:
        """Whether the parameters are still views of `values`; `.double()`, for one, moves them elsewhere."""
        places = zip(self._parameters.values(), self._places, strict=True)
        return all(parameter.data_ptr() == place for parameter, place in places)

    def _views(self, flat: Tensor) -> Iterator[tuple[str, Tensor]]:
        start = 0
        for name, parameter in self._parameters.items():
            yield name, flat[start : start + parameter.numel()].view(parameter.shape)
            start += parameter.numel()
