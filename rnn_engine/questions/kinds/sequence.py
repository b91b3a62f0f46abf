"""What untrained networks make of one sequence: how their states pass on changes, and every number of a short one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rnn_engine.architectures import NetworkConfig
from rnn_engine.measures.results import Array, Change, Forgetting, Trace
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.plain import Row
from rnn_engine.questions.kinds.base import Question
from rnn_engine.tasks.base import LossOn

#: What a network reads: nothing, normal noise, or the chapter's sine wave.
Input = Literal["zeros", "noise", "sine"]
#: Recurrent weights drawn at random, or those of one of the two small networks that refute the rule about rho.
Weights = Literal["drawn", "non_normal", "nilpotent"]


@dataclass(frozen=True)
class Saturation:
    """How the values of one gate, or of one slope, are spread between 0 and 1."""

    mean: float
    shares: list[float]  # in equal parts of 0 to 1


@dataclass(frozen=True)
class MicroscopeAnswer:
    """How a network's state passes on small changes. Logarithms are natural; None stands for that of 0."""

    lags: list[int]  # 1 .. T - 1
    places: list[int]  # which singular values are handed out; 1 is the largest
    singular: list[Row]  # one row a place: the logarithm at every lag
    norm: Row  # the product's norm, as a logarithm, at every lag
    size: int  # of the Jacobians
    spectral_radius: float  # of W_hh, or of its part for the candidate
    sigma_max: float
    lyapunov: float | None
    eigenvalues: Mapping[str, list[tuple[float, float]]]  # (real, imaginary), by the block of W_hh
    saturation: Mapping[str, Saturation]  # by gate, and "slope" of the candidate's nonlinearity
    matrix: list[list[float]] | None  # W_hh of a network of one or two units


@dataclass(frozen=True)
class MicroscopeQuestion(Question[MicroscopeAnswer]):
    """One untrained network that reads one sequence. With given `weights` it is a small tanh network with its own input."""

    network: NetworkConfig
    sequence_length: int
    input: Input
    seed: int
    weights: Weights = "drawn"


@dataclass(frozen=True)
class ForgettingQuestion(Question[list[Forgetting]]):
    """How far the end of one sequence moves with each of its inputs, for each of these untrained networks."""

    networks: tuple[NetworkConfig, ...]
    sequence_length: int
    input: Input
    seed: int
    change: Change
    size: float


@dataclass(frozen=True, eq=False)
class OtherSequence:
    """A second sequence through the network of a trace: where it ends, beside where the first one ends."""

    units: list[str]
    states: tuple[Array, Array]  # (H,) each, the last hidden state after the first sequence and after this one
    outputs: tuple[Array, Array]  # (O,) each
    distance: float  # of the two states
    distances: list[float] | None  # the same after every timestep; None for sequences of different lengths
    bags: tuple[Array, Array]  # (O,) each, the answers of a bag of words
    bag_distance: float


@dataclass(frozen=True, eq=False)
class TraceAnswer:
    """Every number of one short sequence through a small network."""

    trace: Trace
    units: list[str]  # what is read at every timestep
    next: list[str]  # what comes after it
    vocabulary: list[str] | None  # None for numbers
    difference: Mapping[str, float]  # of each gradient from autograd's, at its largest
    script: str  # NumPy that prints the same numbers
    other: OtherSequence | None


@dataclass(frozen=True)
class TraceQuestion(Question[TraceAnswer]):
    """The trace of a network of one layer after `steps` steps on this sequence alone."""

    sequence: ShortSequence
    network: NetworkConfig
    embedding_size: int
    loss_on: LossOn
    learning_rate: float
    steps: int
    seed: int
