"""What a page asks about a run's network as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rnn_engine.free_running.results import Character, Forecast, Mode
from rnn_engine.measures.results import Array, Change, Forgetting
from rnn_engine.questions.kinds.base import RunQuestion

#: Which answer a look is about: the one with the largest output, or the one that comes next in the text.
About = Literal["likeliest", "next"]


@dataclass(frozen=True)
class ForecastQuestion(RunQuestion[Forecast]):
    """The values that follow the training part, as the network forecasts them."""

    horizon: int


@dataclass(frozen=True)
class SampleQuestion(RunQuestion[list[Character]]):
    """A text that the network writes; the fields are those of `sample_text`."""

    prompt: str
    length: int
    temperature: float
    top_k: int | None
    mode: Mode
    seed: int


@dataclass(frozen=True, eq=False)
class PassageAnswer:
    """How a run's network reads a passage of T timesteps, and what moved its answer after one of them."""

    step: int  # of the run
    symbols: list[str] | None  # what is read, where it is tokens
    joined: bool  # whether symbols are characters, not words
    values: Array | None  # (T,), what is read in original units, where it is values
    timestep: int  # after which the network is asked
    hidden: Array  # (T, H), of the chosen layer, as all that follows
    tanh_cell: Array | None  # (T, H); LSTM only
    order: npt.NDArray[np.int64]  # (H,), units from the slowest to the quickest
    path: Array  # (T, k), the states along their principal components
    explained: Array  # (k,), each component's share of the variance
    gates: Mapping[str, Array]  # (T, H) each
    time_constants: Array | None  # (H,); LSTM and GRU
    asked: str | None  # the answer that is asked about; None for a value
    likely: list[tuple[str, float]]  # the likeliest answers with their probabilities
    prediction: float | None  # in original units, where the answer is a value
    saliency: Array  # (timestep,), how much each input moved the answer


@dataclass(frozen=True)
class PassageQuestion(RunQuestion[PassageAnswer]):
    """How the network reads `text`, or else its own data; `timestep` counts from 1, None is the last one."""

    text: str
    timestep: int | None
    layer: int  # from 1
    about: About


@dataclass(frozen=True, eq=False)
class WindowAnswer:
    """What a run's network forgets of a window."""

    step: int  # of the run
    forgetting: Forgetting


@dataclass(frozen=True)
class WindowQuestion(RunQuestion[WindowAnswer]):
    """How far the end of a window moves with each of its inputs."""

    change: Change
    size: float
