"""What the bench "flow" can be asked: which untrained networks, of what size, from which weights, reading what."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from playground.language.i18n import N_
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, TrainingConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.configs import Init
from rnn_engine.questions.kinds import GradientFlowQuestion, Inputs
from rnn_engine.tasks.base import LossOn

Input = Literal["zeros", "noise", "sine", "text"]

BATCH_SIZE = 8  # sequences that G_t is a mean over
LONGEST_TEXT = 5_000  # characters of a pasted text that are read
FLOPS_LIMIT = 2e10  # for all networks together: one or two seconds of a slot
HAVE_RHO = ("orthogonal", "identity", "spectral")  # recurrent weights whose size is one number: the spectral radius


class FlowSettings(BaseModel):
    """The settings of the bench, as the link holds them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cells: Annotated[
        tuple[Cell, ...],
        Field(
            min_length=1,
            max_length=4,
            title=N_("Cells"),
            description=N_("Each is drawn in its own colour; the readings are the first one's."),
        ),
    ] = ("rnn_tanh", "lstm")
    sequence_length: Annotated[
        int,
        Field(
            ge=5,
            le=500,
            title=N_("Sequence length"),
            description=N_("$T$: how many timesteps the network reads, and the gradient has to go back over."),
            json_schema_extra={"unit": N_("timesteps")},
        ),
    ] = 100
    hidden_size: Annotated[
        int,
        Field(ge=1, le=512, title=N_("Hidden size"), description=N_("How many numbers the hidden state $h_t$ holds.")),
    ] = 64
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
            description=N_("The largest size of an eigenvalue of $W_{hh}$; the chart follows while you drag."),
            json_schema_extra={"slider": 0.01},
        ),
    ] = 1.0
    gain: Annotated[
        float,
        Field(
            ge=0,
            le=5,
            title=N_("Recurrent gain"),
            description=N_("Factor on the initial $W_{hh}$; the chart follows while you drag."),
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
            description=N_(
                "What the networks read: nothing but zeros, normal noise, the sine wave, or a text of yours."
            ),
        ),
    ] = "noise"
    loss_on: Annotated[
        LossOn,
        Field(
            title=N_("Loss on"),
            description=N_("Only the last timestep's prediction counts, or the mean over those of all timesteps."),
        ),
    ] = "last"
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


class FlowQuestion(FlowSettings):
    """The settings with the pasted text, which no link holds."""

    text: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""

    @property
    def source(self) -> Inputs:
        """Where the engine takes the inputs from."""
        return "task" if self.input in ("sine", "text") else self.input  # type: ignore[return-value]

    def experiments(self) -> tuple[Experiment, ...]:
        """One a cell; then, beside an LSTM with a forget bias, the same LSTM without.

        Raises `pydantic.ValidationError` for an impossible text.
        """
        task = TextTask(text=self.text) if self.input == "text" else SineTask()
        training = TrainingConfig(
            sequence_length=self.sequence_length,
            batch_size=BATCH_SIZE,
            loss_on=self.loss_on,
            test_fraction=0,
            seed=self.seed,
        )
        kinds = [(cell, self.forget_bias if CELLS[cell].has_forget_gate else None) for cell in self.cells]
        if "lstm" in self.cells and self.forget_bias is not None:
            kinds.append(("lstm", None))
        return tuple(
            Experiment(task=task, network=self._network(cell, forget_bias), training=training)
            for cell, forget_bias in kinds
        )

    def _network(self, cell: Cell, forget_bias: float | None) -> NetworkConfig:
        return NetworkConfig(
            cell=cell,
            hidden_size=self.hidden_size,
            init=self.init,
            gain=getattr(self, self.dial),
            forget_bias=forget_bias,
        )

    @property
    def asked(self) -> GradientFlowQuestion:
        """What the engine is asked."""
        return GradientFlowQuestion(self.experiments(), self.source)

    @property
    def flops(self) -> float:
        """Estimated operations for all networks."""
        return sum(experiment.cost.flops for experiment in self.experiments())


#: One click each: what a lecture wants to show.
PRESETS = {
    "vanishes": FlowSettings(cells=("rnn_tanh", "rnn_relu", "lstm", "gru")),
    "rho": FlowSettings(cells=("rnn_tanh",), init="orthogonal", rho=0.9, input="zeros"),
    "explodes": FlowSettings(cells=("rnn_tanh", "rnn_relu"), init="orthogonal", rho=1.6),
    "forget_bias": FlowSettings(cells=("lstm",), forget_bias=3),
}
