"""The smallest network whose gradient explodes: one unit, and the cliff in its error surface.

x_t = w sigmoid(x_{t-1}) + b from x_0 = 0.5, fifty timesteps, error (sigmoid(x_50) - 0.7)². Where a small change of
(w, b) moves x_50 from one fixed point's side to another's, the error rises like a wall; at its foot the gradient throws
descent far away, unless its norm is clipped. Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent
neural networks", figures 3 and 6. Knows nothing of torch.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

TIMESTEPS = 50
START = 0.5  # x_0
TARGET = 0.7


def _sigmoid(x: npt.ArrayLike) -> Array:
    return 0.5 * (1 + np.tanh(np.asarray(x, dtype=np.float64) / 2))  # which overflows nowhere


def _states(w: npt.ArrayLike, b: npt.ArrayLike) -> list[Array]:
    """x_0 .. x_50, each of the shape that `w` and `b` broadcast to."""
    weight, bias = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
    states = [np.full(np.broadcast_shapes(weight.shape, bias.shape), START)]
    for _ in range(TIMESTEPS):
        states.append(weight * _sigmoid(states[-1]) + bias)
    return states


def cliff_error(w: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """The error at (w, b), of the shape they broadcast to: 0 is best, 0.49 the most there is."""
    return (_sigmoid(_states(w, b)[-1]) - TARGET) ** 2


def cliff_gradient(w: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Array, Array]:
    """dE/dw and dE/db at (w, b), by backpropagation through time; each of the shape they broadcast to."""
    states, weight = _states(w, b), np.asarray(w, dtype=np.float64)
    y = _sigmoid(states[-1])
    dx = 2 * (y - TARGET) * y * (1 - y)  # dE/dx_50
    dw, db = np.zeros_like(dx), np.zeros_like(dx)
    for before in reversed(states[:-1]):
        s = _sigmoid(before)
        dw += dx * s  # every timestep uses the same w and b
        db += dx
        dx = dx * (weight * s * (1 - s))  # dE/dx_{t-1}
    return dw, db


@dataclass(frozen=True, eq=False)
class CliffPath:
    """Where gradient descent went: n steps, n + 1 points. Arrays are read-only."""

    points: Array  # (n + 1, 2): w and b
    errors: Array  # (n + 1,)
    gradient_norms: Array  # (n + 1,), before clipping

    def __post_init__(self) -> None:
        for array in (self.points, self.errors, self.gradient_norms):
            array.flags.writeable = False


def descend(start: tuple[float, float], learning_rate: float, steps: int, clip_norm: float | None = None) -> CliffPath:
    """Gradient descent on the cliff from `start` = (w, b); `clip_norm` is the gradient norm's ceiling.

    Ends early, with fewer points, where a step would lead to numbers that are not finite.
    """
    points, errors, norms = [np.array(start, dtype=np.float64)], [], []
    with np.errstate(over="ignore", invalid="ignore"):
        while True:
            point = points[-1]
            gradient = np.array(cliff_gradient(*point))
            norm = float(np.linalg.norm(gradient))
            errors.append(float(cliff_error(*point)))
            norms.append(norm)
            if len(points) > steps:
                break
            if clip_norm is not None and norm > clip_norm:
                gradient *= clip_norm / norm
            after = point - learning_rate * gradient
            if not np.isfinite(after).all():
                break
            points.append(after)
    return CliffPath(np.array(points), np.array(errors), np.array(norms))


def saddle_nodes(w: float) -> tuple[float, float] | None:
    """The two b, the smaller first, between which x = w sigmoid(x) + b has three solutions; None for w <= 4.

    There the curve only touches the diagonal: its slope w s (1 - s) is 1, with s = sigmoid(x).
    """
    turns = _turns(w)
    if turns is None:
        return None
    low, high = sorted(x - w * float(_sigmoid(x)) for x in turns)
    return low, high


def fixed_points(w: float, b: float) -> Array:
    """The solutions x of x = w sigmoid(x) + b, ascending: (1,) or (3,), or (2,) just where two of them meet.

    The outer ones attract and the middle one repels; for w < 0 a single one.
    """

    def excess(x: float) -> float:
        return x - w * float(_sigmoid(x)) - b

    ends = [min(b, b + w) - 1, *(_turns(w) or ()), max(b, b + w) + 1]
    found: list[float] = []
    for low, high in pairwise(ends):  # between two turns there is at most one
        if excess(low) * excess(high) > 0:
            continue
        rising = excess(low) < excess(high)
        for _ in range(200):
            middle = (low + high) / 2
            if (excess(middle) < 0) == rising:
                low = middle
            else:
                high = middle
        if not found or (low + high) / 2 - found[-1] > 1e-7:  # touching, both sides find the same one
            found.append((low + high) / 2)
    return np.array(found)


def _turns(w: float) -> tuple[float, float] | None:
    """Where x - w sigmoid(x) turns, ascending; None where it only rises."""
    if w <= 4:
        return None
    s = (1 - np.sqrt(1 - 4 / w)) / 2
    x = float(np.log(s / (1 - s)))
    return x, -x
