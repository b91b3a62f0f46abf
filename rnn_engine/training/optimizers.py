"""Rules that turn a gradient into a step, each on one flat vector of all parameters.

The same rules, with the same defaults, as in torch.optim, which the tests compare them with; importing that
would cost every worker process seconds and tens of megabytes. Everything happens in place.
"""

from abc import ABC, abstractmethod
from math import acos, degrees, sqrt
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from rnn_engine.configs import Optimizer as Name


class Optimizer(ABC):
    """Steps downhill. Its memory is in `state`: vectors as long as the parameters, zeros at first."""

    remembers: ClassVar[tuple[str, ...]] = ()  # the names in `state`

    def __init__(self, parameters: Tensor) -> None:
        self.steps = 0
        self.state = {name: torch.zeros_like(parameters) for name in self.remembers}

    @abstractmethod
    def step(self, parameters: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """Change `parameters` in place; both are flat."""


class SGD(Optimizer):
    """w <- w - rate * g."""

    def step(self, parameters: Tensor, gradient: Tensor, learning_rate: float) -> None:
        parameters.add_(gradient, alpha=-learning_rate)


class Momentum(Optimizer):
    """v <- 0.9 v + g;  w <- w - rate * v (Polyak 1964)."""

    remembers = ("velocity",)

    def step(self, parameters: Tensor, gradient: Tensor, learning_rate: float) -> None:
        velocity = self.state["velocity"].mul_(0.9).add_(gradient)
        parameters.add_(velocity, alpha=-learning_rate)


class RMSprop(Optimizer):
    """s <- 0.99 s + 0.01 g²;  w <- w - rate * g / (sqrt(s) + 1e-8) (Tieleman and Hinton 2012)."""

    remembers = ("square",)

    def step(self, parameters: Tensor, gradient: Tensor, learning_rate: float) -> None:
        square = self.state["square"].mul_(0.99).addcmul_(gradient, gradient, value=0.01)
        parameters.addcdiv_(gradient, square.sqrt().add_(1e-8), value=-learning_rate)


class Adam(Optimizer):
    """m <- 0.9 m + 0.1 g;  s <- 0.999 s + 0.001 g²;  w <- w - rate * m' / (sqrt(s') + 1e-8).

    m' = m / (1 - 0.9^n) and s' = s / (1 - 0.999^n) undo m's and s's start from zero (Kingma and Ba 2015).
    """

    remembers = ("mean", "square")

    def step(self, parameters: Tensor, gradient: Tensor, learning_rate: float) -> None:
        self.steps += 1
        mean = self.state["mean"].lerp_(gradient, 0.1)
        square = self.state["square"].mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        root = square.sqrt().div_(sqrt(1 - 0.999**self.steps)).add_(1e-8)
        parameters.addcdiv_(mean, root, value=-learning_rate / (1 - 0.9**self.steps))


OPTIMIZERS: dict[Name, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
}


class Clipped(NamedTuple):
    """What clipping left of a gradient."""

    norm: float  # after clipping
    angle: float  # degrees between the raw gradient and the clipped one; 0 by norm


def clip(gradient: Tensor, norm: float, clip_norm: float | None, clip_value: float | None) -> Clipped:
    """Shorten the flat `gradient` of norm `norm` to `clip_norm`; then cut its entries at ±`clip_value`.

    Clipping by norm keeps the direction (Pascanu, Mikolov and Bengio 2013), clipping by value changes it.
    """
    if clip_norm is not None and norm > clip_norm:
        gradient.mul_(clip_norm / norm)
        norm = clip_norm
    if clip_value is None:
        return Clipped(norm, 0.0)
    raw = gradient.to(torch.float64, copy=True)
    clipped = gradient.clamp_(-clip_value, clip_value).double()
    length = torch.linalg.vector_norm(clipped).item()
    if not norm or not length:
        return Clipped(length, 0.0)
    cosine = (torch.dot(raw, clipped) / (torch.linalg.vector_norm(raw) * length)).item()
    return Clipped(length, degrees(acos(min(1.0, cosine))))
