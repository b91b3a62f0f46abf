"""What untrained networks forget of one sequence, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from rnn_engine.configs import NetworkConfig
from rnn_engine.measures.forgetting import Change, forgetting
from rnn_engine.questions.microscope import Input, drawn_network, inputs_of


def forgets(
    networks: Sequence[Mapping[str, Any]], sequence_length: int, input: Input, seed: int, change: Change, size: float
) -> list[dict[str, Any]]:
    """Each network, the fields of a NetworkConfig, reads the same sequence; see `forgetting.py`.

    Raises ValueError where states leave the range of numbers.
    """
    found = []
    for network in networks:
        generator = torch.Generator().manual_seed(seed)
        model = drawn_network(NetworkConfig(**network), generator)
        inputs = inputs_of(input, sequence_length, torch.Generator().manual_seed(seed))
        measured = asdict(forgetting(model, inputs, change, size))
        if not all(np.isfinite(values).all() for values in measured.values()):
            raise ValueError("the network's states are not finite")
        found.append(measured)
    return found
