"""Sequences of unequal length in one batch: at a padded timestep an example keeps its state, and hands its gradient on.

So the state after T timesteps is that of the last real one, and no content of the padding enters a state, a loss or a
gradient. `Padding` has for every timestep which examples are only padded there, (B, 1) bool; None means nowhere any.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

Padding = list[Tensor] | None


def padding_of(real: Tensor | None) -> Padding:
    """From a mask (T, B) that is True where a timestep belongs to the example."""
    return None if real is None else list((~real).unsqueeze(-1).unbind())


def keep_state(padding: Padding, t: int, states: Sequence[Tensor]) -> None:
    """Forward, at timestep t counted from 0: `states` are h (or c) of t = 0 .. T, and states[t + 1] was just computed."""
    if padding is not None:
        torch.where(padding[t], states[t], states[t + 1], out=states[t + 1])


def take_back(padding: Padding, t: int, gradients: Sequence[Tensor]) -> Tensor | None:
    """Back: take what reached the padded examples at timestep t out of `gradients`; `pass_on` gives it to t - 1."""
    if padding is None:
        return None
    kept = gradients[t] * padding[t]
    gradients[t].masked_fill_(padding[t], 0)
    return kept


def pass_on(t: int, kept: Tensor | None, gradients: Sequence[Tensor]) -> None:
    """Back: a padded timestep had the state of the one before it, so what reached it goes there whole."""
    if t and kept is not None:
        gradients[t - 1].add_(kept)
