"""h_t = phi(a_t), a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh; phi is tanh, or max(0, ·) where `rectified`.

One layer through time, forward and back; `ElmanLayer` in bptt.py says the same in torch.
"""

from typing import Any

from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.curves import relu, relu_slope, tanh
from rnn_engine.training.kernels.products import add_product
from rnn_engine.training.kernels.vectors import LANES, load, store


@kernel
def forward(states: Any, weights_t: Any, rectified: bool) -> None:
    """states[t + 1] holds W_ih x_t + b_ih + b_hh and becomes h_t."""
    for t in range(states.shape[0] - 1):
        h = states[t + 1]
        add_product(h, states[t], weights_t)
        for b in range(h.shape[0]):
            for j in range(0, h.shape[1], LANES):
                a = load(h, b, j)
                store(h, b, j, relu(a) if rectified else tanh(a))


@kernel
def backward(
    states: Any,
    gates: Any,
    gradient: Any,
    weights: Any,
    rectified: bool,
    window: int,
    direct: bool,
    start: int,
    stop: int,
) -> None:
    """`gradient` holds the direct part of dL/dh_t, or, unless `direct`, only h_T has one, and becomes the total; `gates`
    becomes dL/da_t. From timestep `stop` back to `start`, counted from 0: what follows has been there before.
    """
    timesteps = gradient.shape[0]
    for t in range(stop - 1, start - 1, -1):
        h, da, dh = states[t + 1], gates[t], gradient[t]
        for b in range(h.shape[0]):
            for j in range(0, h.shape[1], LANES):
                phi = load(h, b, j)
                slope = relu_slope(phi) if rectified else 1.0 - phi * phi
                store(da, b, j, load(dh, b, j) * slope)
        if t > 0 and window > 0 and (timesteps - t) % window == 0:
            if not direct:
                gradient[t - 1] = 0
        elif t > 0:
            add_product(gradient[t - 1], da, weights, not direct)  # dL/dh_{t-1} = direct part + dL/da_t W_hh
