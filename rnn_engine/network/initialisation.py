"""How a network's first weights are drawn."""

from collections.abc import Callable
from math import sqrt
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import init

from rnn_engine.architectures import NetworkConfig
from rnn_engine.cells import CELLS
from rnn_engine.network.cells import LayerWeights
from rnn_engine.network.weights import NetworkWeights

Matrix = TypeVar("Matrix", Tensor, npt.NDArray[np.floating])


def spectral_radius(matrix: Tensor | npt.NDArray[np.floating]) -> float:
    """The largest |eigenvalue| of a square matrix, in float64; NaN where an entry is not finite."""
    entries = matrix.detach().double().numpy() if isinstance(matrix, Tensor) else np.asarray(matrix, dtype=np.float64)
    if entries.ndim != 2 or entries.shape[0] != entries.shape[1] or not entries.size:
        raise ValueError(f"a spectral radius needs a square matrix, not shape {tuple(entries.shape)}")
    if not np.isfinite(entries).all():
        return float("nan")
    return float(np.abs(np.linalg.eigvals(entries)).max())


def set_spectral_radius(matrix: Matrix, rho: float) -> Matrix:
    """`matrix`, scaled to the spectral radius `rho`: a new one, of the same kind and type.

    Raises ValueError for a spectral radius that no factor turns into `rho`: 0 (unless rho is 0) or not finite.
    """
    radius = spectral_radius(matrix)
    if rho == 0:
        return matrix * 0
    if not 0 < radius < np.inf:
        raise ValueError(f"a matrix of spectral radius {radius} cannot be scaled to {rho}")
    return matrix * (rho / radius)


def initialise(weights: NetworkWeights, config: NetworkConfig, generator: torch.Generator) -> None:
    """Draw the initial weights, in place.

    PyTorch's own draws come first whatever the initialisation, so that with one seed all of them share what
    they do not replace: the embedding, the readout and, for orthogonal, identity and spectral, W_ih.
    """
    bound = 1 / sqrt(config.hidden_size)
    if weights.embedding is not None:
        init.normal_(weights.embedding, generator=generator)
    for layer in weights.layers:
        for tensor in layer:
            init.uniform_(tensor, -bound, bound, generator=generator)
    init.kaiming_uniform_(weights.readout_weight, a=sqrt(5), generator=generator)  # nn.Linear's way to say ±bound
    init.uniform_(weights.readout_bias, -bound, bound, generator=generator)
    for layer in weights.layers:
        if config.init != "pytorch":
            layer.bias_ih.zero_()
            layer.bias_hh.zero_()
        if config.init in ("xavier", "he"):
            for gate in layer.weight_ih.split(config.hidden_size):
                _REPLACE[config.init](gate, generator)
        if config.init in _REPLACE:
            for gate in layer.weight_hh.split(config.hidden_size):
                _REPLACE[config.init](gate, generator)
        layer.weight_hh.mul_(config.gain)
        if CELLS[config.cell].has_forget_gate and config.forget_bias is not None:
            forget = CELLS[config.cell].rows_of("f", config.hidden_size)
            layer.bias_ih[forget] = config.forget_bias
            layer.bias_hh[forget] = 0  # the two biases add up
        if config.chrono is not None and CELLS[config.cell].gated:
            _chrono(layer, config, generator)


def _chrono(layer: LayerWeights, config: NetworkConfig, generator: torch.Generator) -> None:
    """Biases that let units remember for between 1 and `chrono` timesteps: ln u, u uniform in [1, chrono - 1], of the
    LSTM's forget gates, whose input gates get the negative, or of the GRU's update gates (Tallec and Ollivier 2018).
    """
    cell, size = CELLS[config.cell], config.hidden_size
    assert config.chrono is not None
    assert cell.keeping is not None
    remember = torch.empty(size).uniform_(1, config.chrono - 1, generator=generator).log()
    keeping = cell.rows_of(cell.keeping, size)
    layer.bias_ih[keeping], layer.bias_hh[keeping] = remember, 0
    if "i" in cell.blocks:
        entering = cell.rows_of("i", size)
        layer.bias_ih[entering], layer.bias_hh[entering] = -remember, 0


#: How each initialisation fills one gate's matrix, where it differs from PyTorch's.
_REPLACE: dict[str, Callable[[Tensor, torch.Generator], object]] = {
    "xavier": lambda gate, generator: init.xavier_uniform_(gate, generator=generator),  # Glorot and Bengio 2010
    "he": lambda gate, generator: init.kaiming_uniform_(gate, nonlinearity="relu", generator=generator),  # He 2015
    "orthogonal": lambda gate, generator: init.orthogonal_(gate, generator=generator),  # Saxe et al. 2014
    "identity": lambda gate, generator: init.eye_(gate),  # Le, Jaitly and Hinton 2015
    "spectral": lambda gate, generator: gate.copy_(
        set_spectral_radius(init.normal_(gate, std=1 / sqrt(len(gate)), generator=generator), 1.0)
    ),
}
