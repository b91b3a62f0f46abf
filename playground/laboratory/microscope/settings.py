"""What the microscope can be asked: which untrained network, from which weights, reading what."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from playground.language.i18n import N_
from rnn_engine import NetworkConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.configs import Init
from rnn_engine.questions.kinds import Input, MicroscopeQuestion, Weights

HAVE_RHO = ("orthogonal", "identity", "spectral")  # recurrent weights whose size is one number: the spectral radius
LONGEST_AT_FIXED_POINT = 41  # timesteps: there rounding errors double too, and would drive the state off

#: What the choices of weights are called.
WORDS: dict[str, str] = {
    "drawn": N_("Drawn at random"),
    "non_normal": N_("Non-normal, ρ = 0.9"),
    "nilpotent": N_("Nilpotent, ρ = 0"),
}


class MicroscopeSettings(BaseModel):
    """The settings of the bench, as the link holds them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    weights: Annotated[
        Weights,
        Field(
            title=N_("Weights"),
            description=N_(
                "Drawn at random by the settings below, or one of two given networks of two tanh units: non-normal is "
                "$W_{hh} = (0.9, 5; 0, 0.9)$ without input, nilpotent $W_{hh} = (8, 8; -8, -8)$ at a fixed point."
            ),
        ),
    ] = "drawn"
    cell: Annotated[
        Cell, Field(title=N_("Cell"), description=N_("The recurrence that turns $h_{t-1}$ and $x_t$ into $h_t$."))
    ] = "rnn_tanh"
    hidden_size: Annotated[
        int,
        Field(ge=1, le=64, title=N_("Hidden size"), description=N_("How many numbers the hidden state $h_t$ holds.")),
    ] = 32
    sequence_length: Annotated[
        int,
        Field(
            ge=5,
            le=200,
            title=N_("Sequence length"),
            description=N_("$T$: how many timesteps the network reads, and the gradient has to go back over."),
            json_schema_extra={"unit": N_("timesteps")},
        ),
    ] = 60
    init: Annotated[
        Init,
        Field(
            title=N_("Initialisation"),
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
    gain: Annotated[
        float,
        Field(
            ge=0,
            le=5,
            title=N_("Recurrent gain"),
            description=N_("Factor on the initial recurrent weights $W_{hh}$; 1 leaves them as they are."),
            json_schema_extra={"slider": 0.01},
        ),
    ] = 1.0
    forget_bias: Annotated[
        float | None,
        Field(
            ge=-10,
            le=10,
            title=N_("Forget bias"),
            description=N_(
                "Initial bias of the LSTM's forget gate; empty: as initialised. 1 or more helps it remember."
            ),
        ),
    ] = None
    input: Annotated[
        Input,
        Field(
            title=N_("Input"),
            description=N_("What the network reads: nothing but zeros, normal noise, or a sine wave."),
        ),
    ] = "noise"
    seed: Annotated[
        int,
        Field(
            ge=0,
            le=2**31 - 1,
            title=N_("Seed"),
            description=N_("Starts the random numbers: the weights and the noise. Same seed, same picture."),
        ),
    ] = 42

    @property
    def dial(self) -> Literal["rho", "gain"]:
        """The setting that says how large the recurrent weights are."""
        return "rho" if self.init in HAVE_RHO else "gain"

    @property
    def shown_cell(self) -> Cell:
        """The cell that is looked at: the given networks have tanh units."""
        return self.cell if self.weights == "drawn" else "rnn_tanh"

    @property
    def timesteps(self) -> int:
        """How many timesteps are looked at."""
        longest = LONGEST_AT_FIXED_POINT if self.weights == "nilpotent" else self.sequence_length
        return min(self.sequence_length, longest)

    @property
    def network(self) -> NetworkConfig:
        """The network to draw."""
        return NetworkConfig(
            cell=self.cell,
            hidden_size=self.hidden_size,
            init=self.init,
            gain=getattr(self, self.dial),
            forget_bias=self.forget_bias if CELLS[self.cell].has_forget_gate else None,
        )

    @property
    def question(self) -> MicroscopeQuestion:
        """What the engine is asked."""
        return MicroscopeQuestion(self.network, self.timesteps, self.input, self.seed, self.weights)


#: One click each: what a lecture wants to show. The first is the myth that is best known.
PRESETS = {
    "preset": MicroscopeSettings(weights="non_normal", sequence_length=101),
    "preset_nilpotent": MicroscopeSettings(weights="nilpotent", sequence_length=LONGEST_AT_FIXED_POINT),
    "preset_saturated": MicroscopeSettings(init="orthogonal", rho=1.02, sequence_length=150),
    "preset_lstm": MicroscopeSettings(cell="lstm"),
    "preset_forget_bias": MicroscopeSettings(cell="lstm", forget_bias=3),
}
