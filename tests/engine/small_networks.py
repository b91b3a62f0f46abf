"""Small random networks and batches for the tests of the gradient flow."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from rnn_engine import Experiment, NetworkConfig, TrainingConfig, gradient_flow
from rnn_engine.cells import Cell
from rnn_engine.free_running.text import Trained
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.network.recurrent import Network

BATCH, TIMESTEPS, HIDDEN = 3, 10, 4
ALL_CELLS = pytest.mark.parametrize("cell", EQUATIONS)
LOSS_ON = pytest.mark.parametrize("loss_on", ["last", "all"])
TOKENS = pytest.mark.parametrize("tokens", [False, True])


def network_of(cell: Cell = "rnn_tanh", layers=1, tokens=False, dtype=torch.float64, hidden=HIDDEN, **config):
    return Network(
        NetworkConfig(cell=cell, hidden_size=hidden, num_layers=layers, **config),
        input_size=3 if tokens else 1,
        output_size=6 if tokens else 1,
        vocabulary_size=6 if tokens else None,
        generator=torch.Generator().manual_seed(2),
        dtype=dtype,
    )


def batch_of(tokens=False, loss_on="last", batch=BATCH, timesteps=TIMESTEPS):
    generator = torch.Generator().manual_seed(8)
    size = (batch, timesteps) if loss_on == "all" else (batch,)
    if tokens:
        return torch.randint(6, (batch, timesteps), generator=generator), torch.randint(6, size, generator=generator)
    inputs = torch.randn(batch, timesteps, 1, generator=generator, dtype=torch.float64)
    return inputs, torch.randn(*size, 1, generator=generator, dtype=torch.float64)


def measured(*arguments: Any) -> Any:
    """The gradient flow; the type checker takes optional values to be there."""
    return gradient_flow(*arguments)


def untrained(task: Any, loss_on: Any = "last", seed: int = 0, gain: float = 1.0, **network: Any) -> Trained:
    """A network as it starts, beside its experiment, for what needs no training; made in a millisecond."""
    experiment = Experiment(
        task=task,
        network=NetworkConfig(hidden_size=12, gain=gain, **network),
        training=TrainingConfig(sequence_length=20, loss_on=loss_on),
    )
    made = Network.of(experiment, torch.Generator().manual_seed(seed))
    return SimpleNamespace(experiment=experiment, network=made)
