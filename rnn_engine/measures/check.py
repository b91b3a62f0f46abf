"""Is the measured gradient flow exact for this very network? Two checks by central differences, in float64.

(a) Recursion. At every t, dl/dh_t must be the derivative of <dl/dh_{t+1}, h_{t+1}(h_t)> + l_t(h_t). With several layers
    h_t of a layer also enters the layer above at the same t, which adds <dl/dh_t of that layer, its h_t(h_t below)>;
    l_t is read from the top layer alone. For the LSTM all of this is over (h, c).
(b) End to end. h_t itself (c_t for the LSTM) is moved, the network runs on to T, and the losses' differences must give
    G_t: this finds what (a) cannot, an error that all timesteps share.

Differences know only the forward pass, the cells of `cells.py`, so they can contradict `bptt.py`.
"""

from copy import deepcopy
from itertools import product
from math import inf, isfinite, nan

import torch
from torch import Tensor

from rnn_engine.cells import CELLS
from rnn_engine.measures.differences import PLACES, Trajectory, derivative
from rnn_engine.measures.gradient_flow import flow_from, gradient_flow
from rnn_engine.measures.results import END_TO_END_LIMIT, Trust
from rnn_engine.network.cells import State
from rnn_engine.network.recurrent import Network
from rnn_engine.tasks.base import LossOn, evenly_spaced

FLOPS, CELL_STEPS = 8e9, 5000  # that check (b) may take: a second or two
MOST_TIMESTEPS = 100  # that check (a) looks at
SIZES = ((8, 64), (4, 32), (2, 16), (1, 16), (1, 4), (1, 1))  # examples and directions to try, the first that fits
SETTLED = 3e-5  # how far differences at two distances may differ, as a share of the gradient's norm
SMALLEST = 1e-290  # below this float64 itself loses digits


def check_gradient_flow(network: Network, inputs: Tensor, targets: Tensor, loss_on: LossOn = "last") -> Trust:
    """Check the gradient flow of `network` on one batch; arguments and errors as for `gradient_flow`.

    Works on a float64 copy and draws no random numbers. For big networks it looks at fewer examples, directions and
    timesteps, as the answer says. Where G_t grows more than about 1e4-fold going back, or falls as much at a single
    timestep, the differences' own errors may pass the limits: an error of 1e-6 there proves nothing against the
    gradient. (a) has no such trouble with growth, and is the one to look at then.
    """
    network = deepcopy(network).double().requires_grad_(False)
    gradient_flow(network, inputs[:1], targets[:1], loss_on)  # refuses shapes that do not fit
    examples, directions, moments = _affordable(network, *inputs.shape[:2])
    trajectory = Trajectory.of(network, inputs[:examples], targets[:examples], loss_on)
    chosen = torch.from_numpy(evenly_spaced(network.hidden_size, directions))
    timesteps = evenly_spaced(inputs.shape[1], MOST_TIMESTEPS)
    with torch.no_grad():
        recursion, compared, skipped = _recursion(trajectory, chosen, timesteps.tolist())
        end_to_end, more, kinks = _end_to_end(trajectory, chosen, evenly_spaced(inputs.shape[1], moments).tolist())
    return Trust(
        recursion_error=recursion,
        end_to_end_error=end_to_end,
        derivatives=compared + more,
        skipped=skipped + kinks,
        examples=len(trajectory.inputs),
        directions=len(chosen),
        timesteps=len(timesteps),
        end_to_end_timesteps=min(moments, inputs.shape[1]),
    )


def _affordable(network: Network, batch: int, timesteps: int) -> tuple[int, int, int]:
    """Examples, directions and timesteps of check (b) that FLOPS allow, two timesteps at the least."""
    hidden, layers = network.hidden_size, network.num_layers
    one = layers * 4 * len(CELLS[network.cell].blocks) * hidden**2 + 2 * network.weights().readout_weight.numel()
    places = len(PLACES) * layers * (2 if CELLS[network.cell].has_cell_state else 1)
    fits = 0
    for examples, directions in SIZES:
        examples, directions = min(examples, batch), min(directions, hidden)
        fits = int(FLOPS / (one * places * examples * directions * (timesteps + 1) / 2))
        if fits >= min(timesteps, 8):
            break
    return examples, directions, max(2, min(fits, timesteps, int(2 * CELL_STEPS / (layers * timesteps))))


def _step(trajectory: Trajectory) -> float:
    """How far to move: for smooth cells so that differences are right to about 1e-12, for ReLU (linear) less."""
    if not CELLS[trajectory.network.cell].smooth:
        return 1e-4 * max(1.0, float(trajectory.hidden.abs().max()))
    tensors = [weight for layer in trajectory.weights.layers for weight in (layer.weight_hh, layer.weight_ih)]
    return 5e-4 / max(1.0, *(float(weight.abs().max()) for weight in tensors))


def _parts(trajectory: Trajectory) -> tuple[str, ...]:
    return ("hidden",) if trajectory.cell is None else ("hidden", "cell")


def _recursion(trajectory: Trajectory, chosen: Tensor, timesteps: list[int]) -> tuple[float, int, int]:
    """Check (a): the largest error, the derivatives compared and those left out."""
    step, errors, compared, skipped = _step(trajectory), [0.0], 0, 0
    for k in range(len(trajectory.below)):
        for t, part in product(timesteps, _parts(trajectory)):
            found, clear = _one_timestep_on(trajectory, k, t, part, chosen, step)
            dh, dc = (None if total is None else total[t] for total in trajectory.totals[k])
            ours = dh
            if part == "cell":
                assert dh is not None
                ours, found = dc, found + (dh * trajectory.into_cell(k, t))[:, chosen].t()
            assert ours is not None
            difference = (found - ours[:, chosen].t())[clear]
            errors.append(_relative(difference, float(ours.abs().max())))
            compared, skipped = compared + int(clear.sum()), skipped + int((~clear).sum())
    return max(errors) if compared else nan, compared, skipped


def _relative(difference: Tensor, scale: float) -> float:
    """The largest |difference| as a share of `scale`; infinite where a number is not finite."""
    if not difference.numel():
        return 0.0
    share = float(difference.abs().max()) / max(scale, SMALLEST)
    return share if isfinite(share) and isfinite(scale) else inf


def _one_timestep_on(
    trajectory: Trajectory, k: int, t: int, part: str, chosen: Tensor, step: float
) -> tuple[Tensor, Tensor]:
    """What layer k's h_t (or c_t, with h_t held) does to l_t and, weighed by their gradients, to the states it enters.

    Returns derivatives, (directions, B), and where no ReLU's kink lay in reach.
    """
    state = trajectory.moved(k, t, part, chosen, step)
    # Layer and timestep, what it reads, and its state before.
    entered: list[tuple[int, int, Tensor, State]] = []
    if t + 1 < trajectory.timesteps:
        entered.append((k, t + 1, trajectory.below[k][t + 1], state))
    if k + 1 < len(trajectory.below) and part == "hidden":
        entered.append((k + 1, t, state.hidden, trajectory.before(k + 1, t)))
    found = torch.zeros(state.hidden.shape[1:3], dtype=state.hidden.dtype)
    clear = torch.ones_like(found, dtype=torch.bool)
    if k + 1 == len(trajectory.below) and part == "hidden":
        found += derivative(trajectory.loss_at(state.hidden, t), step)
    for layer, when, below, before in entered:
        after = trajectory.advance(layer, below, before)
        dh, dc = trajectory.totals[layer]
        found += (derivative(after.hidden, step) * dh[when]).sum(-1)
        if after.cell is not None and dc is not None:
            # h_t holds a part of c_t, which must not be counted with c_t again.
            direct = dc[when] - dh[when] * trajectory.into_cell(layer, when)
            found += (derivative(after.cell, step) * direct).sum(-1)
        if not CELLS[trajectory.network.cell].smooth:
            clear &= _same(trajectory.active(layer, below, before.hidden))
    return found, clear


def _end_to_end(trajectory: Trajectory, chosen: Tensor, timesteps: list[int]) -> tuple[float, int, int]:
    """Check (b): the largest error, the derivatives compared and those left out."""
    count = len(trajectory.inputs)  # `flow_from` wants gradients of the batch's mean
    whole = flow_from(
        [(dh / count, None if dc is None else dc / count) for dh, dc in trajectory.totals], trajectory.loss_on
    )
    errors, compared, skipped = [0.0], 0, 0
    for k, part in product(range(len(trajectory.below)), _parts(trajectory)):
        flow = whole.hidden if part == "hidden" else whole.cell
        assert flow is not None
        g, largest = flow[k], float(flow.max())
        for t in timesteps:
            # A state whose effect grows on the way to T is moved less: a large step would leave the linear range.
            growth = min(max(g[t] / max(whole.hidden[-1, -1], SMALLEST), 1.0), 1e4)
            step, least = _step(trajectory) / growth, 0.1 * END_TO_END_LIMIT * largest
            found, clear = _to_the_end(trajectory, k, t, part, chosen, step, least)
            total = trajectory.totals[k][0 if part == "hidden" else 1]
            assert total is not None
            ours = torch.where(clear, total[t][:, chosen].t(), 0)
            sides = [delta.t().unsqueeze(0) / count for delta in (torch.where(clear, found, 0), ours)]
            by_differences, by_us = (flow_from([(side, None)], trajectory.loss_on).hidden[0] for side in sides)
            errors.append(_relative(torch.from_numpy(by_differences - by_us), largest))
            compared, skipped = compared + int(clear.sum()), skipped + int((~clear).sum())
    return max(errors) if compared else nan, compared, skipped


def _same(active: Tensor) -> Tensor:
    """(places, directions, B, units) -> (directions, B): whether every place has the same units on."""
    return (active == active[0]).all(-1).all(0)


def _to_the_end(
    trajectory: Trajectory, k: int, t: int, part: str, chosen: Tensor, step: float, least: float
) -> tuple[Tensor, Tensor]:
    """dl/dh_t or dl/dc_t of layer k by running on to T, (directions, B), and where that can be relied on.

    That is where no ReLU's kink lay in reach and two distances agree; disagreeing by `least` is always agreeing.
    """
    state = trajectory.moved(k, t, part, chosen, step)
    if part == "cell":
        assert state.cell is not None
        state = State(trajectory.output_gate(k, t) * torch.tanh(state.cell), state.cell)
    states = [trajectory.now(j, t) for j in range(k)] + [state]
    for j in range(k + 1, len(trajectory.below)):
        states.append(trajectory.advance(j, states[-1].hidden, trajectory.before(j, t)))
    shape = state.hidden.shape  # (places, directions, B, H)
    hidden = torch.stack([s.hidden.expand(shape) for s in states])  # (layers, places, directions, B, H)
    losses = trajectory.loss_at(hidden[-1], t)
    clear = torch.ones(shape[1:3], dtype=torch.bool)
    kinked = not CELLS[trajectory.network.cell].smooth
    for j in range(k + 1, len(trajectory.below)) if kinked else ():
        clear &= _same(trajectory.active(j, hidden[j - 1], trajectory.before(j, t).hidden))
    if t + 1 < trajectory.timesteps:
        memories = [s.cell.expand(shape) for s in states if s.cell is not None]
        rest = trajectory.inputs[:, t + 1 :]
        start = State(hidden.flatten(1, 3), torch.stack(memories).flatten(1, 3) if memories else None)
        after = trajectory.network(rest.expand(*shape[:2], *rest.shape).flatten(0, 2), start)
        later = after.hidden.unflatten(2, shape[:3])  # (layers, T - t, places, directions, B, H)
        for i, when in enumerate(range(t + 1, trajectory.timesteps)):
            if trajectory.loss_on == "all" or when + 1 == trajectory.timesteps:
                losses = losses + trajectory.loss_at(later[-1, i], when)
        for j in range(len(trajectory.below)) if kinked else ():
            below = later[j - 1] if j else trajectory.below[0][t + 1 :, None, None]
            before = torch.cat([hidden[j].unsqueeze(0), later[j, :-1]])
            clear &= _same(trajectory.active(j, below, before).movedim(0, -1).flatten(-2))
    # What lies twice as far off gives the same derivative, unless it bends there or drowns in rounding.
    near, far = (losses[0] - losses[1]) / (2 * step), (losses[2] - losses[3]) / (4 * step)
    return derivative(losses, step), clear & ((near - far).abs() <= (SETTLED * near.norm(dim=0)).clamp(min=least))
