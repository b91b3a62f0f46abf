"""A network's weights laid end to end in one vector, so that a step is a few operations on it."""

import torch
from torch import Tensor, nn


class FlatWeights:
    """One vector for all weights, one for their gradient, and one for the weights before the last step.

    The network's parameters become views of the first and their `.grad` views of the second, so both stay
    readable and writable under torch's own names.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self._parameters = dict(module.named_parameters())
        self.values = torch.cat([parameter.detach().flatten() for parameter in self._parameters.values()])
        self.gradient = torch.zeros_like(self.values)
        self.before = self.values.clone()
        values, gradients = self.named(self.values), self.named(self.gradient)
        for name, parameter in self._parameters.items():
            parameter.data = values[name]
            parameter.grad = gradients[name]
        self._places = [parameter.data_ptr() for parameter in self._parameters.values()]

    @property
    def hold(self) -> bool:
        """Whether the parameters are still views of `values`; `.double()`, for one, moves them elsewhere."""
        places = zip(self._parameters.values(), self._places, strict=True)
        return all(parameter.data_ptr() == place for parameter, place in places)

    def named(self, flat: Tensor) -> dict[str, Tensor]:
        """The pieces of a vector as long as `values`, under the parameters' names and in their shapes."""
        sizes = [parameter.numel() for parameter in self._parameters.values()]
        pieces = zip(self._parameters.items(), flat.split(sizes), strict=True)
        return {name: piece.view(parameter.shape) for (name, parameter), piece in pieces}
