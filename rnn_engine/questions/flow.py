"""The gradient flow of networks that have not trained yet, with the theory it can be compared with.

In float64: a gradient that vanishes must not reach zero only because float32 ends at 1e-45.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from rnn_engine.cells import CELLS
from rnn_engine.experiment import Experiment
from rnn_engine.measures.check import check_gradient_flow
from rnn_engine.measures.gradient_flow import GradientFlow, gradient_flow
from rnn_engine.measures.results import Trust
from rnn_engine.network.initialisation import spectral_radius
from rnn_engine.network.recurrent import Network
from rnn_engine.plain import finite, row
from rnn_engine.questions.kinds import GradientCheckQuestion, GradientFlowAnswer, GradientFlowQuestion, Inputs
from rnn_engine.tasks import evenly_spaced
from rnn_engine.training.data import Data


def flow(question: GradientFlowQuestion) -> list[GradientFlowAnswer]:
    """Measure the untrained network of each experiment on one batch."""
    return [_measured(experiment, question.source) for experiment in question.experiments]


def trust(question: GradientCheckQuestion) -> Trust:
    """Check the flow of an experiment's untrained network against central differences (see `check.py`)."""
    experiment = question.experiment
    batch = batch_of(experiment, question.source)
    return check_gradient_flow(network_of(experiment), *batch, experiment.training.loss_on)


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


def _measured(experiment: Experiment, source: Inputs) -> GradientFlowAnswer:
    network = network_of(experiment)
    inputs, targets = batch_of(experiment, source)
    measured = gradient_flow(network, inputs, targets, experiment.training.loss_on)
    hidden = measured.hidden[-1]
    answer = GradientFlowAnswer(
        cell=experiment.network.cell,
        hidden=row(hidden),
        memory=None if measured.cell is None else row(measured.cell[-1]),
        zeros=int(np.count_nonzero(hidden == 0)),
        beyond=int(np.count_nonzero(~np.isfinite(hidden))),
        horizon=measured.horizon,
        per_step_factor=finite(measured.per_step_factor),
        cell_per_step_factor=finite(measured.cell_per_step_factor),
        half_life=finite(measured.half_life),
        doubling_lag=finite(measured.doubling_lag),
    )
    return answer if CELLS[answer.cell].gated else _compared(answer, experiment, source, network, measured)


def _compared(
    answer: GradientFlowAnswer, experiment: Experiment, source: Inputs, network: Network, measured: GradientFlow
) -> GradientFlowAnswer:
    """With what is known of an RNN's flow beforehand.

    delta_{t-1} = W_hh^T (phi' * delta_t) with 0 <= phi' <= 1, so where the loss is on the last timestep
    G_t <= sigma_max^(T-t) G_T. For tanh phi' is 1 as long as the state stays zero, and W_hh = rho Q with an orthogonal
    Q keeps lengths: then G_t = rho^(T-t) G_T, exactly.
    """
    weights = network.weights().layers[0].weight_hh
    sigma_max = float(torch.linalg.matrix_norm(weights, ord=2))
    answer = replace(answer, rho=finite(spectral_radius(weights)), sigma_max=finite(sigma_max))
    if experiment.training.loss_on == "all":
        return answer
    config = experiment.network
    exact = config.cell == "rnn_tanh" and config.init in ("orthogonal", "identity") and source == "zeros"
    last = measured.hidden[-1, -1]
    lag = np.arange(experiment.training.sequence_length)[::-1]
    with np.errstate(over="ignore", invalid="ignore"):
        if exact:
            return replace(answer, theory=row(last * config.gain**lag))
        return replace(answer, bound=row(last * sigma_max**lag))
