"""How far back the gradient of untrained networks reaches, and whether that measurement is exact."""

from dataclasses import dataclass
from typing import Literal

from rnn_engine.cells import Cell
from rnn_engine.experiment import Experiment
from rnn_engine.measures.results import Trust
from rnn_engine.plain import Row
from rnn_engine.questions.kinds.base import Question

#: What a network reads: nothing, chance, or windows of its experiment's own task.
Inputs = Literal["zeros", "noise", "task"]


@dataclass(frozen=True)
class GradientFlowAnswer:
    """The gradient flow of one untrained network, with the theory it can be compared with; not finite is None."""

    cell: Cell
    hidden: Row  # (T,), G_t
    memory: Row | None  # (T,), the same for the cell state; LSTM only
    zeros: int  # timesteps at which G_t is exactly 0
    beyond: int  # timesteps at which G_t is too large for a number
    horizon: int
    per_step_factor: float | None
    cell_per_step_factor: float | None
    half_life: float | None
    doubling_lag: float | None
    rho: float | None = None  # of W_hh; RNNs without gates only, as what follows
    sigma_max: float | None = None
    theory: Row | None = None  # (T,), where theory is exact
    bound: Row | None = None  # (T,), where theory says only what G_t cannot exceed


@dataclass(frozen=True)
class GradientFlowQuestion(Question[list[GradientFlowAnswer]]):
    """The gradient flow of each experiment's untrained network, on one batch."""

    experiments: tuple[Experiment, ...]
    source: Inputs


@dataclass(frozen=True)
class GradientCheckQuestion(Question[Trust]):
    """How far the gradient flow of this experiment's untrained network is from central differences."""

    experiment: Experiment
    source: Inputs
