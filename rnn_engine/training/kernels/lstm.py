"""c_t = f * c_{t-1} + i * g;  h_t = o * tanh(c_t);  i, f, o = sigmoid(·), g = tanh(·) of what enters them.

One layer through time, forward and back; `LstmLayer` in bptt.py says the same in torch.
"""

from typing import Any

from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.curves import sigmoid, tanh
from rnn_engine.training.kernels.products import add_product
from rnn_engine.training.kernels.vectors import LANES, load, store


@kernel
def forward(states: Any, memory: Any, gates: Any, shown: Any, weights_t: Any) -> None:
    """gates[t] holds W_ih x_t + b_ih + b_hh and becomes i, f, g, o."""
    width = states.shape[2]
    for t in range(gates.shape[0]):
        a, c_before, c, h, bent = gates[t], memory[t], memory[t + 1], states[t + 1], shown[t]
        add_product(a, states[t], weights_t)
        for b in range(h.shape[0]):
            for j in range(0, width, LANES):
                i = sigmoid(load(a, b, j))
                f = sigmoid(load(a, b, width + j))
                g = tanh(load(a, b, 2 * width + j))
                o = sigmoid(load(a, b, 3 * width + j))
                c_t = f * load(c_before, b, j) + i * g
                tanh_c = tanh(c_t)
                store(a, b, j, i)
                store(a, b, width + j, f)
                store(a, b, 2 * width + j, g)
                store(a, b, 3 * width + j, o)
                store(c, b, j, c_t)
                store(bent, b, j, tanh_c)
                store(h, b, j, o * tanh_c)


@kernel
def backward(
    memory: Any,
    gates: Any,
    shown: Any,
    gradient: Any,
    cell_gradient: Any,
    weights: Any,
    window: int,
    direct: bool,
    start: int,
    stop: int,
) -> None:
    """`gradient` and `cell_gradient` become the total dL/dh_t and dL/dc_t, `gates` dL/d(what enters them).

    `gradient` holds the direct part of dL/dh_t, or, unless `direct`, only h_T has one. From timestep `stop` back to
    `start`, counted from 0: what follows has been there before.
    """
    timesteps, width = gradient.shape[0], gradient.shape[2]
    if stop == timesteps:
        cell_gradient[timesteps - 1] = 0
    for t in range(stop - 1, start - 1, -1):
        a, dh, dc, c_before, bent = gates[t], gradient[t], cell_gradient[t], memory[t], shown[t]
        dc_before = cell_gradient[max(t - 1, 0)]
        goes_on = t > 0 and not (window > 0 and (timesteps - t) % window == 0)
        if t > 0 and not goes_on:
            dc_before[:] = 0
            if not direct:
                gradient[t - 1] = 0
        for b in range(dh.shape[0]):
            for j in range(0, width, LANES):
                i, f = load(a, b, j), load(a, b, width + j)
                g, o = load(a, b, 2 * width + j), load(a, b, 3 * width + j)
                tanh_c, dh_t = load(bent, b, j), load(dh, b, j)
                dc_t = load(dc, b, j) + dh_t * o * (1.0 - tanh_c * tanh_c)
                store(dc, b, j, dc_t)
                store(a, b, j, dc_t * g * i * (1.0 - i))
                store(a, b, width + j, dc_t * load(c_before, b, j) * f * (1.0 - f))
                store(a, b, 2 * width + j, dc_t * i * (1.0 - g * g))
                store(a, b, 3 * width + j, dh_t * tanh_c * o * (1.0 - o))
                if goes_on:
                    store(dc_before, b, j, dc_t * f)
        if goes_on:
            add_product(gradient[t - 1], a, weights, not direct)
