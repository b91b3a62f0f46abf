"""What the microscope can be asked: which untrained network, from which weights, reading what."""

from typing import Annotated

from pydantic import Field

from playground.language.i18n import N_
from playground.settings.borrowed import borrow
from playground.settings.networks import GOES_BACK, INPUT, UntrainedNetwork
from rnn_engine import NetworkConfig, TrainingConfig
from rnn_engine.cells import Cell
from rnn_engine.questions.kinds import Input, MicroscopeQuestion, Weights

LONGEST_AT_FIXED_POINT = 41  # timesteps: there rounding errors double too, and would drive the state off

#: What the choices of weights are called.
WORDS: dict[str, str] = {
    "drawn": N_("Drawn at random"),
    "non_normal": N_("Non-normal, ρ = 0.9"),
    "nilpotent": N_("Nilpotent, ρ = 0"),
}


class MicroscopeSettings(UntrainedNetwork):
    """The settings of the bench, as the link holds them."""

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
    cell: Annotated[Cell, borrow(NetworkConfig, "cell")] = "rnn_tanh"
    sequence_length: Annotated[int, borrow(TrainingConfig, "sequence_length", ge=5, le=200, description=GOES_BACK)] = 60
    input: Annotated[Input, INPUT] = "noise"

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
        return self.network_of(self.cell)

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
