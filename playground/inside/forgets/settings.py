"""What the view of what a window forgets can be asked, as the link holds it."""

from typing import Annotated, Literal

from pydantic import Field

from playground.language.i18n import N_
from playground.settings.borrowed import borrow
from playground.settings.networks import INPUT, UntrainedNetwork
from rnn_engine import TrainingConfig
from rnn_engine.cells import Cell
from rnn_engine.configs import Init
from rnn_engine.measures.results import Change
from rnn_engine.questions.kinds import ForgettingQuestion, Input, WindowQuestion

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


class ForgetsSettings(UntrainedNetwork):
    """The settings of the view."""

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
        borrow(
            TrainingConfig,
            "sequence_length",
            ge=5,
            le=200,
            description=N_("$T$: how many timesteps the network reads, and the farthest that a change can lie back."),
            json_schema_extra={"slider": 5, "unit": N_("timesteps")},
        ),
    ] = 60
    init: Annotated[Init, borrow(UntrainedNetwork, "init")] = "orthogonal"
    rho: Annotated[float, borrow(UntrainedNetwork, "rho", le=2)] = 0.9
    forget_bias: Annotated[float | None, borrow(UntrainedNetwork, "forget_bias")] = 3.0
    input: Annotated[Input, INPUT] = "noise"
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
