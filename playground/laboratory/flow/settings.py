"""What the bench "flow" can be asked: which untrained networks, of what size, from which weights, reading what."""

from typing import Annotated, Literal

from pydantic import Field

from playground.language.i18n import N_
from playground.settings.borrowed import borrow
from playground.settings.networks import GOES_BACK, UntrainedNetwork
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, TrainingConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.questions.kinds import GradientFlowQuestion, Inputs
from rnn_engine.tasks.base import LossOn

Input = Literal["zeros", "noise", "sine", "text"]

BATCH_SIZE = 8  # sequences that G_t is a mean over
LONGEST_TEXT = 5_000  # characters of a pasted text that are read
FLOPS_LIMIT = 2e10  # for all networks together: one or two seconds of a slot


class FlowSettings(UntrainedNetwork):
    """The settings of the bench, as the link holds them."""

    cells: Annotated[
        tuple[Cell, ...],
        Field(
            min_length=1,
            max_length=4,
            title=N_("Cells"),
            description=N_("Each is drawn in its own colour; the readings are the first one's."),
        ),
    ] = ("rnn_tanh", "lstm")
    sequence_length: Annotated[int, borrow(TrainingConfig, "sequence_length", ge=5, le=500, description=GOES_BACK)] = (
        100
    )
    hidden_size: Annotated[int, borrow(NetworkConfig, "hidden_size")] = 64
    rho: Annotated[
        float,
        borrow(
            UntrainedNetwork,
            "rho",
            description=N_("The largest size of an eigenvalue of $W_{hh}$; the chart follows while you drag."),
        ),
    ] = 1.0
    gain: Annotated[
        float,
        borrow(
            UntrainedNetwork,
            "gain",
            description=N_("Factor on the initial $W_{hh}$; the chart follows while you drag."),
        ),
    ] = 1.0
    input: Annotated[
        Input,
        Field(
            title=N_("Input"),
            description=N_(
                "What the networks read: nothing but zeros, normal noise, the sine wave, or a text of yours."
            ),
        ),
    ] = "noise"
    loss_on: Annotated[LossOn, borrow(TrainingConfig, "loss_on")] = "last"


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
        networks = [self.network_of(cell) for cell in self.cells]
        if self.forget_bias is not None:
            as_drawn = self.model_copy(update={"forget_bias": None})
            networks += [as_drawn.network_of(cell) for cell in self.cells if CELLS[cell].has_forget_gate]
        return tuple(Experiment(task=task, network=network, training=training) for network in networks)

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
