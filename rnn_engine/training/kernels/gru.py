"""h_t = n + z * (h_{t-1} - n);  r, z = sigmoid(x-part + h-part);  n = tanh(x-part + r * h-part).

One layer through time, forward and back; `GruLayer` in bptt.py says the same in torch.
"""

from typing import Any

from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.curves import sigmoid, tanh
from rnn_engine.training.kernels.products import add_product
from rnn_engine.training.kernels.vectors import LANES, load, spread, store


@kernel
def forward(states: Any, gates: Any, from_hidden: Any, weights_t: Any) -> None:
    """gates[t] holds W_ih x_t + b_ih and becomes r, z, n; from_hidden[t] holds b_hh and becomes W_hh h_{t-1} + b_hh."""
    width = states.shape[2]
    for t in range(gates.shape[0]):
        a, m, h_before, h = gates[t], from_hidden[t], states[t], states[t + 1]
        add_product(m, h_before, weights_t)
        for b in range(h.shape[0]):
            for j in range(0, width, LANES):
                r = sigmoid(load(a, b, j) + load(m, b, j))
                z = sigmoid(load(a, b, width + j) + load(m, b, width + j))
                n = tanh(load(a, b, 2 * width + j) + r * load(m, b, 2 * width + j))
                store(a, b, j, r)
                store(a, b, width + j, z)
                store(a, b, 2 * width + j, n)
                store(h, b, j, n + z * (load(h_before, b, j) - n))


@kernel
def backward(
    states: Any,
    gates: Any,
    from_hidden: Any,
    gradient: Any,
    weights: Any,
    window: int,
    direct: bool,
    start: int,
    stop: int,
) -> None:
    """`gradient` becomes the total dL/dh_t, `gates` and `from_hidden` dL/d(x-part) and dL/d(h-part).

    `gradient` holds the direct part of dL/dh_t, or, unless `direct`, only h_T has one. From timestep `stop` back to
    `start`, counted from 0: what follows has been there before.
    """
    timesteps, width = gradient.shape[0], gradient.shape[2]
    for t in range(stop - 1, start - 1, -1):
        a, m, h_before = gates[t], from_hidden[t], states[t]
        dh, dh_before = gradient[t], gradient[max(t - 1, 0)]
        goes_on = t > 0 and not (window > 0 and (timesteps - t) % window == 0)
        for b in range(dh.shape[0]):
            for j in range(0, width, LANES):
                r, z, n = load(a, b, j), load(a, b, width + j), load(a, b, 2 * width + j)
                dh_t = load(dh, b, j)
                dn = dh_t * (1.0 - z) * (1.0 - n * n)
                dz = dh_t * (load(h_before, b, j) - n) * z * (1.0 - z)
                dr = dn * load(m, b, 2 * width + j) * r * (1.0 - r)
                store(a, b, j, dr)
                store(a, b, width + j, dz)
                store(a, b, 2 * width + j, dn)
                store(m, b, j, dr)
                store(m, b, width + j, dz)
                store(m, b, 2 * width + j, dn * r)  # r multiplies the h-part only
                past = dh_t * z if goes_on else spread(0.0, dh_t)
                if t > 0:  # past the gates
                    store(dh_before, b, j, load(dh_before, b, j) + past if direct else past)
        if goes_on:  # and through them
            add_product(dh_before, m, weights)
