"""The nonlinearities, sixteen numbers at once.

In float32 they rest on a sum of a few powers, the library Cephes' (S. Moshier) for exp, and are off by two or three units in
the last place at most; in float64, which is for checking and not for speed, the C library's.
"""

from typing import Any

from numba.core import types
from numba.extending import overload

from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.vectors import (
    WHOLE,
    Vector,
    exp_lane_by_lane,
    power_of_two,
    spread,
    tanh_lane_by_lane,
    where_greater,
)


def exp(x: Any) -> Any:
    """e to the power of a vector; for compiled code only."""
    raise NotImplementedError


def tanh(x: Any) -> Any:
    """tanh of a vector; for compiled code only."""
    raise NotImplementedError


@overload(exp)
def _exp(x: Any) -> Any:
    if not isinstance(x, Vector):
        return None
    return _exp32 if x.dtype == types.float32 else _exp64


@overload(tanh)
def _tanh(x: Any) -> Any:
    if not isinstance(x, Vector):
        return None
    return _tanh32 if x.dtype == types.float32 else _tanh64


@kernel
def _exp_minus_one(r: Any) -> Any:
    """e^r - 1 for |r| at most ln 2 / 2, precisely also where r is tiny."""
    p = r * 1.9875691500e-4 + 1.3981999507e-3
    p = r * p + 8.3334519073e-3
    p = r * p + 4.1665795894e-2
    p = r * p + 1.6666665459e-1
    p = r * p + 5.0000001201e-1
    return r * r * p + r


@kernel
def _divided(x: Any) -> Any:
    """x as n ln 2 + r with n whole: n + WHOLE, of which `power_of_two` makes 2^n, and r, |r| at most ln 2 / 2."""
    shifted = x * 1.44269504088896341 + WHOLE
    n = shifted - WHOLE
    return shifted, (x - n * 0.693359375) - n * -2.12194440e-4  # ln 2 in two parts, of which n times the first is exact


def _exp32(x: Any) -> Any:
    x = where_greater(x, 88.0, spread(88.0, x), where_greater(0.0 - x, 87.0, spread(-87.0, x), x))
    shifted, r = _divided(x)
    return (_exp_minus_one(r) + 1.0) * power_of_two(shifted)


def _tanh32(x: Any) -> Any:
    size = where_greater(x, 0.0, x, 0.0 - x)
    shifted, r = _divided(2.0 * where_greater(size, 40.0, spread(40.0, x), size))
    power = power_of_two(shifted)
    e = _exp_minus_one(r) * power + (power - 1.0)  # e^(2|x|) - 1
    y = e / (e + 2.0)
    return where_greater(x, 0.0, y, 0.0 - y)


def _exp64(x: Any) -> Any:
    return exp_lane_by_lane(x)


def _tanh64(x: Any) -> Any:
    return tanh_lane_by_lane(x)


@kernel
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)) of a vector."""
    return 1.0 / (1.0 + exp(0.0 - x))


@kernel
def relu(x: Any) -> Any:
    """max(0, x) of a vector."""
    return where_greater(0.0 - x, 0.0, spread(0.0, x), x)


@kernel
def relu_slope(y: Any) -> Any:
    """1 where y = max(0, x) is greater than 0, else 0."""
    return where_greater(y, 0.0, spread(1.0, y), y)
