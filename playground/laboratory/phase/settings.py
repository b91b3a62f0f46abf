"""What the bench "phase" can be asked: networks over a grid of spectral radii and one setting more."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from playground.comparing.tasks import OFFERS, task_named
from playground.language.i18n import N_
from playground.settings.borrowed import borrow
from rnn_engine import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.configs import Optimizer

Against = Literal["sequence_length", "learning_rate"]
Shown = Literal["factor", "cell_factor", "loss", "diverged"]

EPOCHS = 20  # of every experiment, so that one that is opened can train on; enough for MOST_STEPS on every task
MOST_STEPS = 300
MOST_NETWORKS = 600
TIMESTEP = 1e5  # operations that a timestep costs whatever the network's size
WORK_LIMIT = 4e12  # operations of all experiments together: a quarter of an hour of one core or so

#: What the choices are called.
WORDS: dict[str, str] = {
    "sequence_length": N_("Sequence length T"),
    "learning_rate": N_("Learning rate"),
    "factor": N_("Per-step factor of h"),
    "cell_factor": N_("Per-step factor of c (LSTM)"),
    "loss": N_("Training loss"),
    "diverged": N_("Share that diverged"),
    "adding": N_("Adding"),
}


class Grid(NamedTuple):
    """Where the cells of a diagram lie, and the order in which they are measured: coarse first, then finer."""

    rho: tuple[float, ...]  # one a column
    against: tuple[float, ...]  # one a row: T or learning rates
    order: tuple[tuple[int, int], ...]  # (column, row)


class PhaseSettings(BaseModel):
    """The settings that say what is measured. Equal settings measure the same."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cell: Annotated[
        Cell, borrow(NetworkConfig, "cell", description=N_("The recurrence whose gradients are measured."))
    ] = "rnn_tanh"
    against: Annotated[
        Against,
        Field(title=N_("ρ against"), description=N_("What grows from the bottom of the diagram to its top.")),
    ] = "sequence_length"
    grid: Annotated[
        int,
        Field(
            ge=2,
            le=20,
            title=N_("Squares a side"),
            description=N_("How fine the diagram is. Every square is a network of its own."),
            json_schema_extra={"slider": 1},
        ),
    ] = 17
    steps: Annotated[
        int,
        Field(
            ge=1,
            le=MOST_STEPS,
            title=N_("Steps"),
            description=N_("After how many steps is measured. The first step's gradients are the untrained network's."),
        ),
    ] = 1
    seeds: Annotated[
        int,
        Field(
            ge=1,
            le=5,
            title=N_("Seeds"),
            description=N_("Networks a square, from other weights each; the square shows their median."),
        ),
    ] = 1
    rho_from: Annotated[
        float,
        Field(
            ge=0.05, le=3, title=N_("Least ρ"), description=N_("At the left edge."), json_schema_extra={"slider": 0.05}
        ),
    ] = 0.2
    rho_to: Annotated[
        float,
        Field(
            ge=0.05,
            le=3,
            title=N_("Largest ρ"),
            description=N_("At the right edge."),
            json_schema_extra={"slider": 0.05},
        ),
    ] = 1.8
    length_from: Annotated[
        int,
        borrow(
            TrainingConfig,
            "sequence_length",
            ge=3,
            le=500,
            title=N_("Shortest T"),
            description=N_("At the bottom edge."),
        ),
    ] = 5
    length_to: Annotated[
        int,
        borrow(
            TrainingConfig, "sequence_length", ge=3, le=500, title=N_("Longest T"), description=N_("At the top edge.")
        ),
    ] = 200
    rate_from: Annotated[
        float,
        Field(
            ge=1e-5,
            le=100,
            title=N_("Lowest rate"),
            description=N_("At the bottom edge."),
            json_schema_extra={"scale": "log"},
        ),
    ] = 0.001
    rate_to: Annotated[
        float,
        Field(
            ge=1e-5,
            le=100,
            title=N_("Highest rate"),
            description=N_("At the top edge."),
            json_schema_extra={"scale": "log"},
        ),
    ] = 10.0
    sequence_length: Annotated[
        int,
        borrow(TrainingConfig, "sequence_length", ge=3, le=500, description=N_("$T$ of every network in the diagram.")),
    ] = 50
    learning_rate: Annotated[
        float,
        borrow(
            TrainingConfig,
            "learning_rate",
            description=N_("Of every network in the diagram."),
            json_schema_extra={"scale": "log"},
        ),
    ] = 0.05
    hidden_size: Annotated[int, borrow(NetworkConfig, "hidden_size", le=256)] = 32
    init: Annotated[
        Literal["orthogonal", "spectral", "identity"],
        borrow(NetworkConfig, "init", description=N_("What the recurrent weights are before ρ scales them.")),
    ] = "orthogonal"
    forget_bias: Annotated[float | None, borrow(NetworkConfig, "forget_bias")] = None
    task: Annotated[
        Literal["sine", "adding"], Field(title=N_("Task"), description=N_("What every network reads and learns."))
    ] = "sine"
    optimizer: Annotated[
        Optimizer,
        Field(
            title=N_("Optimiser"),
            description=N_("Plain SGD shows the size of gradients; Adam and RMSprop rescale them and so hide it."),
        ),
    ] = "sgd"
    seed: Annotated[
        int,
        borrow(TrainingConfig, "seed", le=2**31 - 6, description=N_("The first seed. Same seed, same diagram.")),
    ] = 42

    def experiment(self, rho: float, against: float, number: int = 0) -> Experiment:
        """The experiment of one cell, with its `number`th seed. Raises `pydantic.ValidationError` if it is impossible."""
        length = int(against) if self.against == "sequence_length" else self.sequence_length
        return Experiment(
            task=task_named(self.task, length),
            network=NetworkConfig(
                cell=self.cell,
                hidden_size=self.hidden_size,
                init=self.init,
                gain=rho,
                forget_bias=self.forget_bias if CELLS[self.cell].has_forget_gate else None,
            ),
            training=TrainingConfig(
                sequence_length=length,
                optimizer=self.optimizer,
                learning_rate=against if self.against == "learning_rate" else self.learning_rate,
                epochs=EPOCHS,
                loss_on=OFFERS[self.task].loss_on,
                seed=self.seed + number,
            ),
        )


class PhaseDisplay(BaseModel):
    """How a diagram is looked at: nothing that has to be measured again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shown: Annotated[
        Shown,
        Field(title=N_("Show"), description=N_("What colours the squares; all of it is measured at the same time.")),
    ] = "factor"


@lru_cache(maxsize=64)
def grid_of(settings: PhaseSettings) -> Grid:
    """Where the cells lie: ρ evenly, T and learning rates evenly by their ratio."""
    low, high = sorted((settings.rho_from, settings.rho_to))
    rho = _distinct(round(float(each), 4) for each in np.linspace(low, high, settings.grid))
    if settings.against == "sequence_length":
        low, high = sorted((settings.length_from, settings.length_to))
        against = _distinct(float(round(each)) for each in np.geomspace(low, high, settings.grid))
    else:
        low, high = sorted((settings.rate_from, settings.rate_to))
        against = _distinct(float(f"{each:.3g}") for each in np.geomspace(low, high, settings.grid))
    return Grid(rho, against, coarse_to_fine(len(rho), len(against)))


def _distinct(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(dict.fromkeys(values))


def coarse_to_fine(columns: int, rows: int) -> tuple[tuple[int, int], ...]:
    """Every (column, row) once: first far apart over the whole grid, then halfway between, and so on."""
    found: dict[tuple[int, int], None] = {}
    stride = 1 << (max(columns, rows) - 1).bit_length()
    while stride:
        found |= {(column, row): None for row in range(0, rows, stride) for column in range(0, columns, stride)}
        stride //= 2
    return tuple(found)


@lru_cache(maxsize=16)
def experiments_of(settings: PhaseSettings) -> tuple[Experiment, ...]:
    """Every experiment in the order of the grid, a cell's seeds together. Raises `pydantic.ValidationError`."""
    rho, against, order = grid_of(settings)
    return tuple(
        settings.experiment(rho[column], against[row], number)
        for column, row in order
        for number in range(settings.seeds)
    )


def work_of(settings: PhaseSettings) -> float:
    """Estimated operations of the whole diagram."""
    return settings.steps * sum(
        each.cost.flops + TIMESTEP * each.training.sequence_length for each in experiments_of(settings)
    )
