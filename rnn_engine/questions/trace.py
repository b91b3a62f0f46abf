"""The stepper's probe: one short sequence through a small network, every number as plain values."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_engine.configs import NetworkConfig
from rnn_engine.measures import trace as inside
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.scripts.numpy_script import numpy_script
from rnn_engine.tasks.base import LossOn


def look_inside(
    sequence: Mapping[str, Any],
    network: Mapping[str, Any],
    embedding_size: int,
    loss_on: LossOn,
    learning_rate: float,
    steps: int,
    seed: int,
) -> dict[str, Any]:
    """The trace of a network after `steps` steps on this sequence alone: the fields of `inside.Trace`, as lists.

    `sequence`: the fields of a ShortSequence, `network` those of a NetworkConfig of one layer. Beside the trace: the
    `units` read and the `next` ones, the `vocabulary`, the largest `difference` of each gradient from autograd's, the
    NumPy `script`, and for a second sequence what it does (`other`). Raises ValueError where a number is not finite.
    """
    read = ShortSequence(**sequence)
    made, inputs, targets = inside.small_network(NetworkConfig(**network), read, embedding_size, seed)
    inside.train(made, inputs, targets, loss_on, learning_rate, steps)
    found = inside.trace(made, inputs, targets, loss_on, learning_rate)
    return {
        **_plain(vars(found)),
        "units": read.units,
        "next": read.next_units,
        "vocabulary": None if read.task is None else list(read.task.vocabulary),
        "difference": {name: _largest(found.gradients[name] - found.from_autograd[name]) for name in found.gradients},
        "script": numpy_script(found, read.encode(read.next_units)),
        "other": _other(made, read, seed),
    }


def _other(made: inside.Network, read: ShortSequence, seed: int) -> dict[str, Any] | None:
    """How far the second sequence's states are from the first's, and the answers of a bag of words to both."""
    if not read.other_units:
        return None
    both = [inside.tensor_of(read, units) for units in (read.units, read.other_units)]
    (states, output), (other_states, other_output) = inside.states_of(made, both)
    bags = inside.bag_of_words(made, both, seed)
    same_length = len(states) == len(other_states)
    return _plain(
        {
            "units": read.other_units,
            "states": [states[-1], other_states[-1]],
            "outputs": [output, other_output],
            "distance": _length(states[-1] - other_states[-1]),
            "distances": [_length(h) for h in states - other_states] if same_length else None,
            "bags": bags,
            "bag_distance": _length(bags[0] - bags[1]),
        }
    )


def _length(vector: inside.Array) -> float:
    return float(np.linalg.norm(vector))


def _largest(difference: inside.Array) -> float:
    return float(np.abs(difference).max())


def _plain(value: Any) -> Any:
    """Arrays as lists, what is not finite as None."""
    if isinstance(value, inside.Trace):
        return _plain(vars(value))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
