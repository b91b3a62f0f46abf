"""The two losses, each with its gradient: how far outputs are from targets, and which way to move them.

Both are means over everything they are given, so that the loss on all timesteps is L = 1/T sum L_t; where sequences
differ in length, over what is asked.
"""

import torch
from torch import Tensor


def mean_squared_error(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of (y - target)², and its gradient with respect to the outputs y; both of the same shape."""
    difference = outputs - targets
    return difference.square().mean(), difference * (2 / difference.numel())


def cross_entropy(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of -ln p(target), p = softmax(y), in nats, and its gradient (p - [1 at the target]) / count.

    `outputs` (..., classes), `targets` (...) integers.
    """
    log_p = torch.log_softmax(outputs, dim=-1)
    at_target = targets.unsqueeze(-1)
    chosen = log_p.gather(-1, at_target)
    gradient = log_p.exp()
    gradient.scatter_add_(-1, at_target, torch.full_like(chosen, -1.0))
    return -chosen.mean(), gradient / targets.numel()


def loss_of(outputs: Tensor, targets: Tensor, asked: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The loss that the targets call for: cross-entropy for integers, mean squared error for floats.

    `asked`, as many as there are outputs (of the shape of `outputs` without its last dimension), says which of them
    count; the others have a gradient of exact zeros. None: all of them.
    """
    measure = mean_squared_error if targets.is_floating_point() else cross_entropy
    if asked is None:
        return measure(outputs, targets)
    loss, gradient = measure(outputs[asked], targets[asked])
    return loss, outputs.new_zeros(outputs.shape).masked_scatter_(asked.unsqueeze(-1), gradient)
