"""The microscope's probe: one untrained network, one sequence, and how its state passes on small changes.

Two networks of two units are there besides those that are drawn at random, because they show that no single number
of W_hh says whether gradients vanish or explode: `non_normal` and `nilpotent`.
"""

from math import atanh

import numpy as np
import torch
from torch import Tensor

from rnn_engine.architectures import NetworkConfig
from rnn_engine.cells import CELLS
from rnn_engine.measures.spectra import lyapunov_of, spectrum_of, state_jacobians
from rnn_engine.network.initialisation import spectral_radius
from rnn_engine.network.recurrent import Network
from rnn_engine.network.unrolled import Unrolled
from rnn_engine.plain import number, row
from rnn_engine.questions.kinds import Input, MicroscopeAnswer, MicroscopeQuestion, Saturation

MOST_LINES = 9  # singular values handed out at every lag, evenly from the largest to the smallest
BINS = 20  # of the histogram
SINE_FREQUENCY = 0.1  # the chapter's


def microscope(question: MicroscopeQuestion) -> MicroscopeAnswer:
    """Look at an untrained network reading one sequence, in float64.

    Raises ValueError where the states leave the range of numbers.
    """
    generator = torch.Generator().manual_seed(question.seed)
    if question.weights == "drawn":
        model = drawn_network(question.network, generator)
        inputs = inputs_of(question.input, question.sequence_length, generator)
    else:
        model = drawn_network(NetworkConfig(cell="rnn_tanh", hidden_size=2), generator)
        inputs = _NAMED[question.weights](model, question.sequence_length)
    jacobians = state_jacobians(model, inputs)
    spectrum = spectrum_of(jacobians[1:])
    size = jacobians.shape[1]
    chosen = sorted({round(place) for place in np.linspace(0, size - 1, min(size, MOST_LINES))})
    parts = dict(
        zip(CELLS[model.cell].blocks, model.weights().layers[0].weight_hh.split(model.hidden_size), strict=True)
    )
    candidate = parts[CELLS[model.cell].candidate]
    return MicroscopeAnswer(
        lags=list(range(1, question.sequence_length)),
        places=[place + 1 for place in chosen],
        singular=[row(spectrum.log_singular[:, place]) for place in chosen],
        norm=row(spectrum.log_norm),
        size=size,
        spectral_radius=spectral_radius(candidate),
        sigma_max=float(torch.linalg.matrix_norm(candidate, 2)),
        lyapunov=number(lyapunov_of(jacobians)[0]),
        eigenvalues={name: _eigenvalues(part) for name, part in parts.items()},
        saturation=_saturation(model, inputs),
        matrix=candidate.tolist() if size <= 2 else None,
    )


def drawn_network(config: NetworkConfig, generator: torch.Generator) -> Network:
    """A network that reads one value and says one, in float64."""
    return Network(config, input_size=1, output_size=1, vocabulary_size=None, generator=generator, dtype=torch.float64)


def inputs_of(kind: Input, timesteps: int, generator: torch.Generator) -> Tensor:
    """One sequence (T, 1)."""
    if kind == "noise":
        return torch.randn(timesteps, 1, generator=generator, dtype=torch.float64)
    if kind == "sine":
        return torch.sin(SINE_FREQUENCY * torch.arange(timesteps, dtype=torch.float64)).unsqueeze(1)
    return torch.zeros(timesteps, 1, dtype=torch.float64)


def _non_normal(model: Network, timesteps: int) -> Tensor:
    """W = [[.9, 5], [0, .9]]: both eigenvalues .9, yet |W^k| is 19.4 at k = 10. Without input or bias J = W."""
    layer = model.weights().layers[0]
    layer.weight_hh.copy_(torch.tensor([[0.9, 5.0], [0.0, 0.9]], dtype=torch.float64))
    for tensor in (layer.weight_ih, layer.bias_ih, layer.bias_hh):
        tensor.zero_()
    return torch.zeros(timesteps, 1, dtype=torch.float64)


def _nilpotent(model: Network, timesteps: int) -> Tensor:
    """W = [[8, 8], [-8, -8]]: both eigenvalues 0, yet gradients double each timestep around h* = (0, .5).

    There J = diag(1 - h*²) W has the eigenvalue 2, so nearby states move away from h*: the first input puts the state
    right on it, and rounding drives it off only after some fifty timesteps. b = atanh(h*) - W h*.
    """
    layer = model.weights().layers[0]
    w = torch.tensor([[8.0, 8.0], [-8.0, -8.0]], dtype=torch.float64)
    from_fixed_point = 0.5 * w[:, 1]  # W h*
    layer.weight_hh.copy_(w)
    layer.weight_ih.copy_(from_fixed_point.unsqueeze(1))  # with x_1 = 1 in place of W h_0, which is 0
    layer.bias_ih.copy_(torch.tensor([0.0, atanh(0.5)], dtype=torch.float64))
    layer.bias_hh.copy_(-from_fixed_point)
    inputs = torch.zeros(timesteps, 1, dtype=torch.float64)
    inputs[0] = 1
    return inputs


_NAMED = {"non_normal": _non_normal, "nilpotent": _nilpotent}


def _saturation(model: Network, inputs: Tensor) -> dict[str, Saturation]:
    """Over all units and timesteps: what every gate lets pass, and the slope of the candidate's nonlinearity.

    Each as its mean and the shares in BINS equal parts of 0 to 1. A slope near 0 is a saturated unit.
    """
    weights = model.weights()
    unrolled = Unrolled(model.cell, weights, timesteps=len(inputs), batch=1, loss_on="last")
    with torch.no_grad():
        unrolled.forward(weights, inputs.unsqueeze(1))
    layer, cell = unrolled.layers[0], CELLS[model.cell]
    if cell.gated:
        values = dict(zip(cell.blocks, layer.gates.split(model.hidden_size, dim=2), strict=True))
        values["slope"] = 1 - values.pop(cell.candidate).square()
    else:
        values = {"slope": 1 - layer.hidden.square() if cell.smooth else layer.hidden.sign()}
    return {
        name: Saturation(
            mean=float(value.mean()),
            shares=(torch.histc(value.round(decimals=3), BINS, 0, 1) / value.numel()).tolist(),
        )
        for name, value in values.items()
    }


def _eigenvalues(matrix: Tensor) -> list[tuple[float, float]]:
    return [(float(value.real), float(value.imag)) for value in np.linalg.eigvals(matrix.numpy())]
