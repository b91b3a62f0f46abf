"""Which torch module an architecture is built as."""

from collections.abc import Callable

import torch
from torch import nn

from rnn_engine.experiment import Experiment
from rnn_engine.network.recurrent import Network

#: The network that an experiment trains, untrained, by its architecture; random numbers come from the generator alone.
#: A module of another architecture than the recurrent one reads values (B, T, features) or tokens (B, T) and returns
#: outputs (B, T, outputs), or (B, 1, outputs) if it answers at the last timestep only.
BUILDERS: dict[str, Callable[[Experiment, torch.Generator], nn.Module]] = {"recurrent": Network.of}


def build(experiment: Experiment, generator: torch.Generator) -> nn.Module:
    """The network that `experiment` trains, untrained."""
    return BUILDERS[experiment.network.architecture](experiment, generator)
