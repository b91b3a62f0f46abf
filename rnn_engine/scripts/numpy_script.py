"""A trace as a few lines of NumPy that print its numbers again, so that every one can be checked by hand.

The script holds the weights and the sequence as numbers, and both passes as arithmetic: it needs NumPy alone. Row t of
h, c, direct, through and dh belongs to timestep t, with t = 0 the start; row t of x, y, da to timestep t + 1.
"""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnn_engine.cells import CELLS, Cell

if TYPE_CHECKING:
    from rnn_engine.measures.results import Trace

#: The way forward: fills h.
FORWARD: dict[Cell, str] = {
    "rnn_tanh": """\
for t in range(T):
    h[t + 1] = np.tanh(W_xh @ x[t] + W_hh @ h[t] + b_h)""",
    "rnn_relu": """\
for t in range(T):
    h[t + 1] = np.maximum(0, W_xh @ x[t] + W_hh @ h[t] + b_h)""",
    "lstm": """\
c, dc, gates, sigmoid = np.zeros((T + 1, H)), np.zeros(H), [], lambda a: 1 / (1 + np.exp(-a))
for t in range(T):
    i, f, g, o = np.split(W_xh @ x[t] + W_hh @ h[t] + b_h, 4)
    gates.append((sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)))
    i, f, g, o = gates[t]
    c[t + 1] = f * c[t] + i * g
    h[t + 1] = o * np.tanh(c[t + 1])""",
    "gru": """\
dm, gates, sigmoid = np.zeros((T, 3 * H)), [], lambda a: 1 / (1 + np.exp(-a))
for t in range(T):
    a, m = np.split(W_xh @ x[t] + b_h, 3), np.split(W_hh @ h[t], 3)
    r, z, m = sigmoid(a[0] + m[0]), sigmoid(a[1] + m[1]), m[2] + b_hn
    gates.append((r, z, np.tanh(a[2] + r * m), m))
    h[t + 1] = (1 - z) * gates[t][2] + z * h[t]""",
}

#: One timestep back: from dh to da, dL/d(W_xh x_t), and to what goes on to the state before.
BACKWARD: dict[Cell, str] = {
    "rnn_tanh": """\
    da[t] = dh[t + 1] * (1 - h[t + 1] ** 2)
    through[t] = W_hh.T @ da[t]""",
    "rnn_relu": """\
    da[t] = dh[t + 1] * (h[t + 1] > 0)
    through[t] = W_hh.T @ da[t]""",
    "lstm": """\
    (i, f, g, o), s = gates[t], np.tanh(c[t + 1])
    dc = dc + dh[t + 1] * o * (1 - s**2)
    da[t] = np.r_[dc * g * i * (1 - i), dc * c[t] * f * (1 - f), dc * i * (1 - g**2), dh[t + 1] * s * o * (1 - o)]
    through[t], dc = W_hh.T @ da[t], dc * f""",
    "gru": """\
    r, z, n, m = gates[t]
    dn = dh[t + 1] * (1 - z) * (1 - n**2)
    da[t] = np.r_[dn * m * r * (1 - r), dh[t + 1] * (h[t] - n) * z * (1 - z), dn]
    dm[t] = np.r_[da[t, : 2 * H], dn * r]  # what reaches W_hh h[t]: n's part of it stands under r
    through[t] = W_hh.T @ dm[t] + z * dh[t + 1]""",
}


def numpy_script(trace: "Trace", targets: Sequence[float]) -> str:
    """The source of the script, ending in a newline. `targets`: what comes after each timestep, tokens or numbers."""
    cell, tokens, reset = trace.cell, trace.probabilities is not None, CELLS[trace.cell].has_reset_gate
    names = [name for name in trace.parameters if name != "E"]
    softmax = "np.exp(y) / np.exp(y).sum(1, keepdims=True)"
    losses = "np.log(np.exp(y).sum(1)) - y[range(T), target]" if tokens else "(y[:, 0] - target) ** 2"
    slope = f"({softmax} - np.eye(y.shape[1])[target])" if tokens else "2 * (y - target[:, None])"
    lines = ["import numpy as np", ""]
    lines += [_assignment(name, trace.parameters[name]) for name in names]
    lines += [_assignment("x", trace.inputs), f"target = np.array({list(targets)})"]
    lines += ["T, H = len(x), W_hh.shape[1]"]
    lines += ["share = np.ones(T) / T" if trace.loss_on == "all" else "share = np.eye(T)[-1]"]
    lines[-1] += "  # of each L_t in L"
    lines += [
        "",
        "h, through, dh, da = np.zeros((T + 1, H)), np.zeros((T + 1, H)), np.zeros((T + 1, H)), np.zeros((T, len(b_h)))",
    ]
    lines += [FORWARD[cell], "y = h[1:] @ W_hy.T + b_y", f"L_t = {losses}", "L = share @ L_t"]
    lines += [f"dy = {slope} * share[:, None]", "direct = np.vstack([np.zeros(H), dy @ W_hy])"]
    lines += ["for t in reversed(range(T)):", "    dh[t + 1] = direct[t + 1] + through[t + 1]", BACKWARD[cell]]
    lines += ["dh[0] = through[0]"]
    sums = f"da.T @ x, {'dm' if reset else 'da'}.T @ h[:-1], da.sum(0), "
    sums += ("dm[:, 2 * H :].sum(0), " if reset else "") + "dy.T @ h[1:], dy.sum(0)"
    lines += [f"{', '.join(f'd{name}' for name in names)} = {sums}", ""]
    lines += ["for t in range(1, T + 1):", '    print("t =", t, "h =", h[t], "y =", y[t - 1], "L_t =", L_t[t - 1])']
    lines += ['    print("    direct =", direct[t], "through =", through[t], "dL/dh =", dh[t])']
    shown = ", ".join(f'"\\nd{name} =", d{name}' for name in names)
    lines += [f'print("L =", L, {shown})']
    return "\n".join(lines) + "\n"


def _assignment(name: str, array: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> str:
    rows = textwrap.wrap(repr(array.tolist()), 110, break_long_words=False, break_on_hyphens=False)
    if len(rows) == 1:
        return f"{name} = np.array({rows[0]})"
    return f"{name} = np.array(\n    " + "\n    ".join(rows) + "\n)"
