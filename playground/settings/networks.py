"""What benches of untrained networks have in common: how the weights start, and how large the recurrent ones are."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from playground.language.i18n import N_
from playground.settings.borrowed import borrow
from rnn_engine import NetworkConfig, TrainingConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.configs import Init

GOES_BACK = N_("$T$: how many timesteps the network reads, and the gradient has to go back over.")

#: The setting of what a network without a task reads.
INPUT = Field(
    title=N_("Input"), description=N_("What the network reads: nothing but zeros, normal noise, or a sine wave.")
)

HAVE_RHO = ("orthogonal", "identity", "spectral")  # recurrent weights whose size is one number: the spectral radius


class UntrainedNetwork(BaseModel):
    """The settings of an untrained network, apart from its cell."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    hidden_size: Annotated[int, borrow(NetworkConfig, "hidden_size", le=64)] = 32
    init: Annotated[
        Init,
        borrow(
            NetworkConfig,
            "init",
            description=N_(
                "How the weights start. All but PyTorch's default start with every bias at 0. Orthogonal, identity and "
                "spectral radius: the recurrent weights are scaled by $\\rho$."
            ),
        ),
    ] = "pytorch"
    rho: Annotated[
        float,
        Field(
            ge=0,
            le=3,
            title=N_("Spectral radius ρ"),
            description=N_("The largest size of an eigenvalue of $W_{hh}$."),
            json_schema_extra={"slider": 0.01},
        ),
    ] = 1.0
    gain: Annotated[float, borrow(NetworkConfig, "gain", le=5, json_schema_extra={"slider": 0.01})] = 1.0
    forget_bias: Annotated[float | None, borrow(NetworkConfig, "forget_bias")] = None
    seed: Annotated[
        int,
        borrow(
            TrainingConfig,
            "seed",
            description=N_("Starts the random numbers: the weights and the noise. Same seed, same picture."),
        ),
    ] = 42

    @property
    def dial(self) -> Literal["rho", "gain"]:
        """The setting that says how large the recurrent weights are."""
        return "rho" if self.init in HAVE_RHO else "gain"

    def network_of(self, cell: Cell) -> NetworkConfig:
        """The untrained network with this cell."""
        return NetworkConfig(
            cell=cell,
            hidden_size=self.hidden_size,
            init=self.init,
            gain=getattr(self, self.dial),
            forget_bias=self.forget_bias if CELLS[cell].has_forget_gate else None,
        )
