"""From a gradient to a step: its norm, clipping, and the optimisers' rules, as `optimizers.py` states them."""

from math import acos, degrees, isfinite, sqrt
from typing import Any

import numpy as np

from rnn_engine.configs import Optimizer
from rnn_engine.training.kernels.compiler import kernel

SGD, MOMENTUM, RMSPROP, ADAM = range(4)
OPTIMIZER_NUMBERS: dict[Optimizer, int] = {"sgd": SGD, "momentum": MOMENTUM, "rmsprop": RMSPROP, "adam": ADAM}


@kernel
def norm(vector: Any) -> float:
    """Its length, added up in float64."""
    total = 0.0
    for i in range(vector.shape[0]):
        total += np.float64(vector[i]) * np.float64(vector[i])
    return sqrt(total)


@kernel
def clip(gradient: Any, length: float, clip_norm: float, clip_value: float) -> Any:
    """Shorten to `clip_norm`, then cut entries at ±`clip_value`, infinite for none; the new length, and the angle."""
    one = gradient.dtype.type
    if length > clip_norm:
        factor = one(clip_norm / length)
        for i in range(gradient.shape[0]):
            gradient[i] *= factor
        length = clip_norm
    if not isfinite(clip_value):
        return length, 0.0
    raw, clipped, product, limit = 0.0, 0.0, 0.0, one(clip_value)
    for i in range(gradient.shape[0]):
        before = gradient[i]
        gradient[i] = min(max(before, -limit), limit)
        raw += np.float64(before) * np.float64(before)
        clipped += np.float64(gradient[i]) * np.float64(gradient[i])
        product += np.float64(before) * np.float64(gradient[i])
    if length == 0 or clipped == 0:
        return sqrt(clipped), 0.0
    return sqrt(clipped), degrees(acos(min(1.0, product / (sqrt(raw) * sqrt(clipped)))))


@kernel
def descend(vectors: Any, rule: Any) -> None:
    """One step of the rule, in place."""
    weights, gradient, first, second = vectors.weights, vectors.gradient, vectors.first, vectors.second
    one = weights.dtype.type
    if rule.optimizer == SGD:
        by = one(rule.rate)
        for i in range(weights.shape[0]):
            weights[i] -= by * gradient[i]
    elif rule.optimizer == MOMENTUM:
        by, keep = one(rule.rate), one(0.9)
        for i in range(weights.shape[0]):
            first[i] = keep * first[i] + gradient[i]
            weights[i] -= by * first[i]
    elif rule.optimizer == RMSPROP:
        by, keep, take, least = one(rule.rate), one(0.99), one(0.01), one(1e-8)
        for i in range(weights.shape[0]):
            first[i] = keep * first[i] + take * gradient[i] * gradient[i]
            weights[i] -= by * gradient[i] / (sqrt(first[i]) + least)
    else:
        by, root = one(rule.rate / (1 - 0.9**rule.steps)), one(1 / sqrt(1 - 0.999**rule.steps))
        tenth, keep, take, least = one(0.1), one(0.999), one(0.001), one(1e-8)
        for i in range(weights.shape[0]):
            first[i] += tenth * (gradient[i] - first[i])
            second[i] = keep * second[i] + take * gradient[i] * gradient[i]
            weights[i] -= by * first[i] / (sqrt(second[i]) * root + least)


@kernel
def total(vector: Any) -> float:
    """The sum: finite only if every number is."""
    result = 0.0
    for i in range(vector.shape[0]):
        result += np.float64(vector[i])
    return result
