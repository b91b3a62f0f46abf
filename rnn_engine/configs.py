"""The settings of training, as a value, and what all settings have in common. A screen's widgets are made from the fields."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rnn_engine.tasks.base import LossOn
from rnn_engine.wording import N_

Init = Literal["pytorch", "xavier", "he", "orthogonal", "identity", "spectral"]
Optimizer = Literal["sgd", "momentum", "rmsprop", "adam"]
Schedule = Literal["constant", "cosine"]


class Config(BaseModel):
    """A value: frozen, strict about its fields, finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TrainingConfig(Config):
    """How the network is trained."""

    sequence_length: Annotated[
        int,
        Field(
            ge=2,
            le=1000,
            title=N_("Sequence length"),
            description=N_("$T$: how many timesteps the network reads, and is unrolled over, for one prediction."),
            json_schema_extra={"unit": N_("timesteps")},
        ),
    ] = 50
    batch_size: Annotated[
        int,
        Field(ge=1, le=512, title=N_("Batch size"), description=N_("How many windows one step averages over.")),
    ] = 32
    optimizer: Annotated[
        Optimizer,
        Field(
            title=N_("Optimiser"),
            description=N_(
                "The rule that turns a gradient into a step. Adam and RMSprop rescale gradients and so hide their size."
            ),
        ),
    ] = "adam"
    learning_rate: Annotated[
        float,
        Field(
            ge=1e-6,
            le=100,
            title=N_("Learning rate"),
            description=N_("Factor on every step. Takes effect at once, also while training."),
            json_schema_extra={"live": True, "scale": "log"},
        ),
    ] = 0.01
    schedule: Annotated[
        Schedule,
        Field(
            title=N_("Schedule"),
            description=N_("Constant, or falling to zero along half a cosine, which calms the last epochs."),
        ),
    ] = "constant"
    epochs: Annotated[
        int,
        Field(ge=1, le=100_000, title=N_("Epochs"), description=N_("How often training goes through all its windows.")),
    ] = 100
    loss_on: Annotated[
        LossOn,
        Field(
            title=N_("Loss on"),
            description=N_("Only the last timestep's prediction counts, or the mean over those of all timesteps."),
        ),
    ] = "last"
    clip_norm: Annotated[
        float | None,
        Field(
            ge=1e-4,
            le=1e4,
            title=N_("Clip norm"),
            description=N_("Ceiling for the gradient norm; off: no clipping. Takes effect at once."),
            json_schema_extra={"live": True, "scale": "log"},
        ),
    ] = None
    clip_value: Annotated[
        float | None,
        Field(
            ge=1e-4,
            le=1e4,
            title=N_("Clip value"),
            description=N_(
                "Ceiling for the size of each entry of the gradient; off: none. Changes the gradient's direction."
            ),
            json_schema_extra={"scale": "log"},
        ),
    ] = None
    truncate: Annotated[
        int | None,
        Field(
            ge=1,
            le=1000,
            title=N_("Truncate after"),
            description=N_(
                "Gradients go back so many timesteps, counted off from the end, and no further; off: to the start."
            ),
            json_schema_extra={"unit": N_("timesteps")},
        ),
    ] = None
    regulariser: Annotated[
        float,
        Field(
            ge=0,
            le=100,
            title=N_("Pascanu's regulariser"),
            description=N_(
                "Weight of a penalty on $W_{hh}$ for gradients that change their length from timestep to timestep."
            ),
        ),
    ] = 0.0
    test_fraction: Annotated[
        float,
        Field(
            ge=0,
            le=0.9,
            title=N_("Test fraction"),
            description=N_("Share of the windows, the latest ones, kept for testing; 0 trains on everything."),
            json_schema_extra={"slider": 0.05},
        ),
    ] = 0.2
    seed: Annotated[
        int,
        Field(
            ge=0,
            le=2**31 - 1,
            title=N_("Seed"),
            description=N_("Starts the random numbers: initial weights, noise and batch order. Same seed, same run."),
        ),
    ] = 42
