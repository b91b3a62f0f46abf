"""What Python calls: one whole training step, or a part of it, without going back to Python; and its gradient flow."""

from math import isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np

from rnn_engine.training.kernels import passes, update
from rnn_engine.training.kernels.compiler import called_from_python
from rnn_engine.training.kernels.layout import Floats
from rnn_engine.training.kernels.products import add_transposed_product

EVALUATE, MEASURE, TRAIN = range(3)  # forward only; and back; and a step
DONE, LOSS_NOT_FINITE, GRADIENT_NOT_FINITE, STEP_NOT_FINITE = range(4)


class Vectors(NamedTuple):
    """A network's weights laid end to end, and what is as long as they."""

    weights: Floats
    gradient: Floats
    before: Floats  # the weights before the last step
    first: Floats  # what the optimiser remembers; empty where it has no use for it
    second: Floats


class Rule(NamedTuple):
    """How to step."""

    optimizer: int = 0  # one of OPTIMIZER_NUMBERS
    steps: int = 1  # made with this one
    rate: float = 0.0
    clip_norm: float = np.inf
    clip_value: float = np.inf


@called_from_python
def step(how_far: int, shape: Any, batch: Any, panels: Any, buffers: Any, vectors: Any, rule: Any, last: Any) -> Any:
    """Outcome, loss, gradient norm, and what clipping left of it: norm and angle. Only TRAIN moves the weights, if DONE.

    EVALUATE writes to `last` (B,) the first output at the last timestep, or for classes the share of right answers.
    """
    passes.forward(shape, vectors.weights, batch, panels, buffers)
    if how_far == EVALUATE:
        start = (shape.losses - 1) * buffers.states.shape[2]
        for b in range(shape.batch):
            last[b] = buffers.outputs[start + b, 0]
            if shape.classes > 0:
                last[b] = passes.right_answers(shape, batch, buffers, b)
    loss = passes.losses(shape, batch, buffers)
    if how_far == EVALUATE:
        return DONE, loss, 0.0, 0.0, 0.0
    if not isfinite(loss):
        return LOSS_NOT_FINITE, loss, 0.0, 0.0, 0.0
    passes.backward(shape, vectors.weights, vectors.gradient, batch, panels, buffers)
    norm = update.norm(vectors.gradient)
    if how_far == MEASURE:
        return DONE, loss, norm, 0.0, 0.0
    if not isfinite(norm):
        return GRADIENT_NOT_FINITE, loss, norm, 0.0, 0.0
    clipped, angle = update.clip(vectors.gradient, norm, rule.clip_norm, rule.clip_value)
    vectors.before[:] = vectors.weights
    update.descend(vectors, rule)
    if not isfinite(update.total(vectors.weights)):
        vectors.weights[:] = vectors.before
        return STEP_NOT_FINITE, loss, norm, clipped, angle
    return DONE, loss, norm, clipped, angle


@called_from_python
def mean_norms(shape: Any, gradient: Any, out: Any) -> None:
    """G_t: from the batch's mean loss's gradient (L, T, Bp, Hp) to `out` (L, T), the mean over the batch of one
    example's norm, as gradient_flow.py has it. In float64, since the square of a small float32 is 0.
    """
    squares = np.empty(shape.batch)
    for layer in range(gradient.shape[0]):
        for t in range(gradient.shape[1]):
            rows = gradient[layer, t]
            for b in range(shape.batch):
                squares[b] = 0.0
                for j in range(rows.shape[1]):
                    squares[b] += np.float64(rows[b, j]) * np.float64(rows[b, j])
            total = 0.0
            for b in range(shape.batch):
                total += sqrt(squares[b])
            out[layer, t] = total


@called_from_python
def part_norms(through: Any, states: Any, out: Any) -> None:
    """(L, T), the norm of what timestep t adds to dL/dW_hh: dL/da_t^T h_{t-1}, of `through` (L, T, Bp, G * Hp) and `states`."""
    part = np.empty((through.shape[3], states.shape[3]), through.dtype)
    for layer in range(through.shape[0]):
        for t in range(through.shape[1]):
            part[:] = 0
            add_transposed_product(part, through[layer, t], states[layer, t])
            out[layer, t] = update.norm(part.reshape(part.size))
