"""What the view of what a window forgets can be asked, as the link holds it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from playground.language.i18n import N_
from rnn_engine import NetworkConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.configs import Init
from rnn_engine.measures.results import Change
from rnn_engine.questions.kinds import ForgettingQuestion, Input, WindowQuestion

HAVE_RHO = ("orthogonal", "identity", "spectral")  # recurrent weights whose size is one number: the spectral radius

#: What the values of these choices are called.
WORDS: dict[str, str] = {
    "untrained": N_("Untrained networks"),
    "run": N_("A run of this visit"),
    "erase": N_("Erase it"),
    "nudge": N_("Change it by"),
    "output": N_("The answer y"),
    "hidden": N_("The last hidden state h"),
    "sine": N_("Sine wave"),
}


class ForgetsSettings(BaseModel):
    """The settings of the view."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    network: Annotated[
        Literal["untrained", "run"],
        Field(title=N_("Network"), description=N_("Untrained ones of these settings, or one that you have trained.")),
    ] = "untrained"
    cells: Annotated[
        tuple[Cell, ...],
        Field(min_length=1, max_length=4, title=N_("Cells"), description=N_("Each reads the same sequence.")),
    ] = ("rnn_tanh", "lstm")
    sequence_length: Annotated[
        int,
        Field(
            ge=5,
            le=200,
            title=N_("Sequence length"),
            description=N_("$T$: how many timesteps the network reads, and the farthest that a change can lie back."),
            json_schema_extra={"slider": 5, "unit": N_("timesteps")},
        ),
    ] = 60
    hidden_size: Annotated[
        int,
        Field(ge=1, le=64, title=N_("Hidden size"), description=N_("How many numbers the hidden state $h_t$ holds.")),
    ] = 32
    init: Annotated[
        Init,
        Field(
            title=N_("Initialisation"),
            description=N_(
                "How the weights start. All but PyTorch's default start with every bias at 0. Orthogonal, identity and "
                "spectral radius: the recurrent weights are scaled by $\\rho$."
            ),
        ),
    ] = "orthogonal"
    rho: Annotated[
        float,
        Field(
            ge=0,
            le=2,
            title=N_("Spectral radius ρ"),
            description=N_("The largest size of an eigenvalue of $W_{hh}$."),
            json_schema_extra={"slider": 0.01},
        ),
    ] = 0.9
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
    ] = 3.0
    input: Annotated[
        Input,
        Field(
            title=N_("Input"),
            description=N_("What the network reads: nothing but zeros, normal noise, or a sine wave."),
        ),
    ] = "noise"
    change: Annotated[
        Change,
        Field(
            title=N_("The input k timesteps back"),
            description=N_("Erase it: zeros are read in its place. Change it: something is added to it."),
        ),
    ] = "nudge"
    size: Annotated[
        float,
        Field(
            ge=0.001,
            le=100,
            title=N_("Size of the change"),
            description=N_(
                "What is added to a value, as the network reads it; for a character, which share of the way it is "
                "moved to another character: 1 turns it into that one."
            ),
            json_schema_extra={"scale": "log"},
        ),
    ] = 1.0
    moves: Annotated[
        Literal["output", "hidden"],
        Field(title=N_("What moves"), description=N_("How far it ends up from where it was, as a Euclidean length.")),
    ] = "output"
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

    def network_of(self, cell: Cell) -> NetworkConfig:
        """The untrained network with this cell."""
        return NetworkConfig(
            cell=cell,
            hidden_size=self.hidden_size,
            init=self.init,
            gain=getattr(self, self.dial),
            forget_bias=self.forget_bias if CELLS[cell].has_forget_gate else None,
        )

    @property
    def of_untrained(self) -> ForgettingQuestion:
        """What the engine is asked about untrained networks."""
        return ForgettingQuestion(
            networks=tuple(map(self.network_of, self.cells)),
            sequence_length=self.sequence_length,
            input=self.input,
            seed=self.seed,
            change=self.change,
            size=self.size,
        )

    @property
    def of_a_run(self) -> WindowQuestion:
        """What the engine is asked about a run's network."""
        return WindowQuestion(self.change, self.size)


#: One click each: what a lecture wants to show.
PRESETS = {
    "preset": ForgetsSettings(cells=("rnn_tanh", "rnn_relu", "lstm", "gru")),
    "preset_exact": ForgetsSettings(cells=("rnn_tanh", "lstm"), size=0.001, moves="hidden"),
    "preset_large": ForgetsSettings(cells=("rnn_tanh", "gru"), size=10.0, moves="hidden", rho=1.2),
}
