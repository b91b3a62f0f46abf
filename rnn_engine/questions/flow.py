"""The gradient flow of networks that have not trained yet, with the theory it can be compared with, as plain values.

In float64: a gradient that vanishes must not reach zero only because float32 ends at 1e-45.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnn_engine.cells import CELLS
from rnn_engine.experiment import Experiment
from rnn_engine.measures.check import check_gradient_flow
from rnn_engine.measures.gradient_flow import GradientFlow, gradient_flow
from rnn_engine.network.initialisation import spectral_radius
from rnn_engine.network.recurrent import Network
from rnn_engine.tasks import evenly_spaced
from rnn_engine.training.data import Data

#: What a network reads: nothing, chance, or windows of its experiment's own task.
Inputs = Literal["zeros", "noise", "task"]
Values = npt.NDArray[np.float64]


def flow(experiments: Sequence[Experiment], source: Inputs) -> list[dict[str, Any]]:
    """Measure the untrained network of each experiment on one batch; what is not finite is None."""
    return [_measured(experiment, source) for experiment in experiments]


def network_of(experiment: Experiment) -> Network:
    """The untrained network of an experiment of one layer, in float64."""
    task = experiment.task
    return Network(
        experiment.network,
        input_size=experiment.input_size,
        output_size=task.output_size,
        vocabulary_size=task.vocabulary_size,
        generator=torch.Generator().manual_seed(experiment.training.seed),
        dtype=torch.float64,
    )


def batch_of(experiment: Experiment, source: Inputs) -> tuple[Tensor, Tensor]:
    """Inputs (batch, T, ...) and targets, the same for every network with the same task and training.

    Zeros need one sequence only, with target 1; noise is normal and its targets are its next values.
    """
    training = experiment.training
    timesteps, every = training.sequence_length, training.loss_on == "all"
    if source == "zeros":
        return torch.zeros(1, timesteps, 1, dtype=torch.float64), torch.ones(
            (1, timesteps, 1) if every else (1, 1), dtype=torch.float64
        )
    if source == "noise":
        drawn = np.random.default_rng(training.seed).normal(size=(training.batch_size, timesteps + 1, 1))
        noise = torch.from_numpy(drawn)
        return noise[:, :-1], noise[:, 1:] if every else noise[:, -1]
    chosen = evenly_spaced(experiment.task.sequence_size - timesteps, training.batch_size)
    inputs, targets, *_ = Data(experiment).batch(torch.from_numpy(chosen), torch.float64)
    return inputs.transpose(0, 1), targets.transpose(0, 1) if every else targets


def _measured(experiment: Experiment, source: Inputs) -> dict[str, Any]:
    network = network_of(experiment)
    inputs, targets = batch_of(experiment, source)
    measured = gradient_flow(network, inputs, targets, experiment.training.loss_on)
    hidden = measured.hidden[-1]
    found: dict[str, Any] = {
        "cell": experiment.network.cell,
        "forget_bias": experiment.network.forget_bias,
        "hidden": _plain(hidden),
        "memory": None if measured.cell is None else _plain(measured.cell[-1]),
        "zeros": int(np.count_nonzero(hidden == 0)),
        "beyond": int(np.count_nonzero(~np.isfinite(hidden))),
        "points_used": measured.points_used,
        "horizon": measured.horizon,
        "rho": None,
        "sigma_max": None,
        "theory": None,
        "bound": None,
    }
    for name in ("per_step_factor", "cell_per_step_factor", "half_life", "doubling_lag"):
        found[name] = _finite(getattr(measured, name))
    if not CELLS[experiment.network.cell].gated:
        found |= _expected(experiment, source, network, measured)
    return found


def _expected(experiment: Experiment, source: Inputs, network: Network, measured: GradientFlow) -> dict[str, Any]:
    """What is known of an RNN's flow beforehand.

    delta_{t-1} = W_hh^T (phi' * delta_t) with 0 <= phi' <= 1, so where the loss is on the last timestep
    G_t <= sigma_max^(T-t) G_T. For tanh phi' is 1 as long as the state stays zero, and W_hh = rho Q with an orthogonal
    Q keeps lengths: then G_t = rho^(T-t) G_T, exactly.
    """
    weights = network.weights().layers[0].weight_hh
    sigma_max = float(torch.linalg.matrix_norm(weights, ord=2))
    found = {"rho": _finite(spectral_radius(weights)), "sigma_max": _finite(sigma_max)}
    if experiment.training.loss_on == "all":
        return found
    config = experiment.network
    exact = config.cell == "rnn_tanh" and config.init in ("orthogonal", "identity") and source == "zeros"
    last = measured.hidden[-1, -1]
    lag = np.arange(experiment.training.sequence_length)[::-1]
    with np.errstate(over="ignore", invalid="ignore"):
        if exact:
            return {**found, "theory": _plain(last * config.gain**lag)}
        return {**found, "bound": _plain(last * sigma_max**lag)}


def _plain(numbers: Values) -> list[float | None]:
    return [_finite(float(number)) for number in numbers]


def _finite(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else number


def trust(experiment: Experiment, source: Inputs) -> dict[str, Any]:
    """Check the flow of this experiment's untrained network against central differences (see `check.py`)."""
    found = asdict(
        check_gradient_flow(network_of(experiment), *batch_of(experiment, source), experiment.training.loss_on)
    )
    errors = {name: _finite(found[name]) for name in ("recursion_error", "end_to_end_error")}
    return {**found, **errors}
