"""How a network's state passes on small changes, direction by direction: Jacobians, their products, their growth.

J_t = d state_t / d state_{t-1} is the factor that backpropagation through time multiplies by at timestep t. Its
product over k timesteps, d state_T / d state_{T-k} = J_T ... J_{T-k+1}, stretches some directions and shrinks others:
its singular values say by how much. The Jacobians come from the network's own `step`, followed by autograd, in
float64; nothing here has a recurrence of its own. Knows nothing of losses.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnn_engine.cells import CELLS
from rnn_engine.network.cells import State
from rnn_engine.network.recurrent import Network

Array = npt.NDArray[np.float64]

BYTES_AT_ONCE = 100e6  # that one batch of rows may take while autograd follows it
BYTES_LIMIT = 2e9  # for the Jacobians of one sequence
PASSES = 3  # over the triangular factor: see `spectrum_of`
DIRECT = 18.0  # e^18: a product whose rows differ in length by less goes to the ordinary SVD


def state_jacobians(network: Network, inputs: Tensor) -> Array:
    """J_t = d state_t / d state_{t-1} for t = 1 .. T, (T, S, S) float64, along the network's own way from state zero.

    `inputs`: one sequence, values (T, features) or tokens (T,). The state is every layer's h, then (LSTM) every
    layer's c: S is layers * H, for the LSTM twice that. Row i holds the derivatives of state_t's entry i. Raises
    ValueError for another shape, for states that are not finite, and for Jacobians of more than 2 GB.
    """
    network = deepcopy(network).double().requires_grad_(False)
    readout = network.readout
    assert isinstance(readout.weight, Tensor)
    assert isinstance(readout.bias, Tensor)
    # No output is needed: a readout of no rows spares the largest product of a network over characters.
    readout.weight, readout.bias = nn.Parameter(readout.weight[:0], False), nn.Parameter(readout.bias[:0], False)
    wanted = 2 if network.weights().embedding is None else 1
    if inputs.dim() != wanted or not len(inputs):
        raise ValueError(f"inputs must be one sequence, (T, features) or tokens (T,), not {tuple(inputs.shape)}")
    timesteps, layers, hidden = len(inputs), network.num_layers, network.hidden_size
    parts = 2 if CELLS[network.cell].has_cell_state else 1
    size = parts * layers * hidden
    if timesteps * size * size * 8 > BYTES_LIMIT:
        raise ValueError(f"{timesteps} Jacobians of {size} x {size} are too many to keep")
    with torch.no_grad():
        result = network(inputs.unsqueeze(0))
    both = [result.hidden] if result.cell is None else [result.hidden, result.cell]
    after = torch.stack(both)[:, :, :, 0].permute(2, 0, 1, 3).reshape(timesteps, size)  # state_1 .. state_T
    if not after.isfinite().all():
        raise ValueError("the network's states are not finite")
    before = torch.cat([torch.zeros(1, size, dtype=torch.float64), after[:-1]])
    jacobians = np.empty((timesteps, size, size))
    # Every state before is known by now, so all timesteps go through one step at once; S copies of each, since one
    # backward pass gives one row of a Jacobian. 16 numbers a state entry: gates, their gradients, what cells keep.
    chunk = max(1, int(BYTES_AT_ONCE / (size * size * 8 * 16)))
    identity = torch.eye(size, dtype=torch.float64)
    for start in range(0, timesteps, chunk):
        some = slice(start, start + chunk)
        rows = before[some].repeat_interleave(size, 0).requires_grad_()
        by_layer = rows.unflatten(1, (parts, layers, hidden)).permute(1, 2, 0, 3)  # (parts, layers, rows, H)
        state = State(by_layer[0], by_layer[1] if parts == 2 else None)
        _, now = network.step(inputs[some].repeat_interleave(size, 0), state)
        flat = torch.stack([part for part in now if part is not None]).permute(2, 0, 1, 3).reshape(len(rows), size)
        # A scalar to differentiate: autograd.grad with grad_outputs of its own would import sympy.
        chosen = torch.dot(flat.flatten(), identity.repeat(len(rows) // size, 1).flatten())
        (gradient,) = torch.autograd.grad(chosen, rows)
        jacobians[some] = gradient.unflatten(0, (-1, size)).numpy()
    return jacobians


@dataclass(frozen=True, eq=False)
class JacobianSpectrum:
    """Singular values of d state_T / d state_{T-k} at the lags k = 1 .. T - 1; row k - 1 is lag k. Read-only."""

    #: (T - 1, S): natural logarithms, largest first; -inf for a direction that is lost altogether.
    log_singular: Array
    #: (T - 1,): of the largest singular value, from the product itself, rescaled at every factor.
    log_norm: Array


def jacobian_spectrum(network: Network, inputs: Tensor) -> JacobianSpectrum:
    """How far every direction of the state reaches back, along one sequence: see `state_jacobians`, `spectrum_of`.

    For a sequence of T timesteps there are T - 1 lags: state_0 is zero and nobody's choice. Raises ValueError for
    T < 2.
    """
    return spectrum_of(state_jacobians(network, inputs)[1:])


def spectrum_of(jacobians: Array) -> JacobianSpectrum:
    """Singular values of J_n, J_n J_{n-1}, ..., J_n ... J_1, from `jacobians` (n, S, S) in their order in time.

    Never by multiplying out, which leaves only rounding of everything 1e16 times smaller than the largest. A first
    sweep through time finds the directions in which the sequence ends, Q_0. The second goes back: Q_k R_k = J^T
    Q_{k-1}, so that R_k ... R_1, triangular, has the singular values wanted. log|diag R|, added up, would only estimate
    them (right in the limit of long lags, where they lie far apart). So the triangular product is kept with its rows'
    lengths apart, as logarithms, and finished at every lag: by the SVD where those lengths lie within e^18 of each
    other; else by three passes of QR over the factor, after which only values within e^6 of each other still mix, and
    the SVD of windows along the diagonal. Against 200 digits the logarithms are right to about 1e-11 for all four cells
    (tests/engine/test_spectra.py). That is what is true of these Jacobians: they themselves are rounded at 1e-16 of
    their largest entry, so a saturated unit, whose factor is near that, adds noise to its own direction. A factor below
    S * 2.2e-16 of its Jacobian's largest cannot be told from rounding and counts as zero.

    Sources: Dieci, Russell and Van Vleck 1997 (QR in time); Stewart 1997, "On graded QR decompositions of products of
    matrices"; Demmel and Veselic 1992 (why rows of very different length do no harm).
    """
    if len(jacobians) < 1:
        raise ValueError("a spectrum needs at least one Jacobian: two timesteps")
    size = jacobians.shape[1]
    basis = np.eye(size)
    for jacobian in jacobians:
        basis = np.linalg.qr(jacobian @ basis)[0]
    lengths, rows = np.zeros(size), np.eye(size)  # the triangular product is diag(e^lengths) @ rows
    product, scale = np.eye(size), 0.0
    log_singular, log_norm = np.empty((len(jacobians), size)), np.empty(len(jacobians))
    for k, jacobian in enumerate(jacobians[::-1]):
        basis, factor = np.linalg.qr(jacobian.T @ basis)
        lengths, rows = _times(factor, lengths, rows)
        log_singular[k] = _log_singular(lengths, rows)
        product = product @ jacobian
        norm = float(np.linalg.norm(product, 2))
        scale += float(_log(norm))
        product = product / norm if norm else product
        log_norm[k] = scale
    for array in (log_singular, log_norm):
        array.flags.writeable = False
    return JacobianSpectrum(log_singular, log_norm)


def _log(values: Array | float) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(values, dtype=np.float64))


def _times(factor: Array, lengths: Array, rows: Array) -> tuple[Array, Array]:
    """factor @ diag(e^lengths) @ rows, again as logarithms of the rows' lengths, and rows of length 1 (or 0)."""
    size = np.abs(factor)
    terms = _log(np.where(size > len(factor) * np.finfo(float).eps * size.max(), size, 0)) + lengths
    largest = terms.max(1)
    largest[np.isneginf(largest)] = 0  # a row of zeros
    made = (np.sign(factor) * np.exp(terms - largest[:, None])) @ rows
    norm = np.linalg.norm(made, axis=1)
    return largest + _log(norm), made / np.where(norm > 0, norm, 1)[:, None]


def _log_singular(lengths: Array, rows: Array) -> Array:
    """Logarithms of the singular values of diag(e^lengths) @ rows, largest first, as many as there are rows."""
    order = np.argsort(-lengths, kind="stable")
    found = np.full(len(lengths), -np.inf)
    order = order[: np.count_nonzero(np.isfinite(lengths))]
    if not len(order):
        return found
    lengths, rows = lengths[order], rows[order]
    if lengths[0] - lengths[-1] < DIRECT:
        values = np.linalg.svd(np.exp(lengths - lengths[0])[:, None] * rows, compute_uv=False)
        found[: len(order)] = lengths[0] + _log(
            np.where(values > len(rows) * np.finfo(float).eps * values[0], values, 0)
        )
        return found
    # The transpose is M diag(e^lengths), M = rows^T = Q R. So R diag(e^lengths) has the same singular values, and its
    # transpose is again of that form with M = diag(e^lengths) R^T diag(e^-lengths): entries below the diagonal are
    # multiplied by ratios below 1, and M becomes diagonal.
    ratios = np.tril(np.exp(np.minimum(lengths[:, None] - lengths, 0)))
    m = rows.T
    for _ in range(PASSES):
        r: Array = np.asarray(np.linalg.qr(m, mode="r"))
        m = ratios * r.T
    # By now only entries of nearly equal length still mix: the SVD of a window around a few of them finds these.
    start = 0
    while start < len(lengths):
        core = np.flatnonzero(lengths[start:] > lengths[start] - DIRECT / 3) + start
        near = np.flatnonzero((lengths < lengths[core[0]] + DIRECT / 3) & (lengths > lengths[core[-1]] - DIRECT / 3))
        window = r[np.ix_(near, near)] * np.exp(lengths[near] - lengths[start])
        values = np.linalg.svd(window, compute_uv=False)[core - near[0]]
        found[core] = lengths[start] + _log(np.where(values > 0, values, 0))
        start = core[-1] + 1
    return -np.sort(-found)


def lyapunov_exponents(network: Network, inputs: Tensor) -> Array:
    """Mean growth of small changes at a timestep, (S,), largest first: ln of a factor, driven by the actual input.

    The largest says what most changes of the state do: above 0 they grow (gradients explode), below 0 they shrink
    (gradients vanish). Over T timesteps, from state zero: see `state_jacobians` for `inputs` and S.
    """
    return lyapunov_of(state_jacobians(network, inputs))


def lyapunov_of(jacobians: Iterable[Array]) -> Array:
    """Lyapunov exponents (S,), largest first, from Jacobians (S, S) in their order in time: (1/T) sum ln |R_ii|.

    Q_t R_t = J_t Q_{t-1} from Q_0 = 1 (Benettin et al. 1980; Vogt, Puelma Touzel, Shlizerman and Lajoie 2022 for
    driven networks). Exact in the limit of many timesteps. Raises ValueError without any Jacobian.
    """
    basis, total, count = None, np.zeros(0), 0
    for jacobian in jacobians:
        basis, factor = np.linalg.qr(jacobian if basis is None else jacobian @ basis)
        growth = _log(np.abs(np.diag(factor)))
        total, count = (total + growth if count else growth), count + 1
    if not count:
        raise ValueError("Lyapunov exponents need at least one Jacobian")
    return -np.sort(-total / count)
