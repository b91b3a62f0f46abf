"""What a network says by itself, as values that any process may hold. Knows nothing of torch."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

#: How a text goes on: the hidden state is carried over, or a window is read anew for every character.
Mode = Literal["carry", "window"]


class Character(NamedTuple):
    """One character of a sample, or word of words, and the distribution it was drawn from (temperature, top_k)."""

    character: str
    probability: float  # of this character; 1 at temperature 0
    likely: tuple[tuple[str, float], ...]  # the most probable characters, at most 5, none of probability 0


@dataclass(frozen=True, eq=False)
class Forecast:
    """Values as the network continues them, in the task's own units; float64, read-only. Not finite where it diverges.

    `truth` ends where the data ends; `one_step` and the errors are as long as it. Errors are absolute.
    """

    start: int  # index of the first forecast value in the sequence
    free_running: Values  # (horizon,) each value from the network's own values before it
    persistence: Values  # (horizon,) the last value before `start`, held
    one_step: Values  # (truth,) teacher forcing: each value from the T true values before it
    truth: Values  # (truth,) at most horizon values
    error_free_running: Values
    error_persistence: Values
    error_one_step: Values
