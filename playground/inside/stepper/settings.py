"""What the stepper can be asked: which short sequence, through which small network; and the presets."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from playground.language.i18n import N_
from playground.settings.borrowed import borrow
from playground.settings.networks import GOES_BACK
from rnn_engine import NetworkConfig, SineTask, TrainingConfig
from rnn_engine.cells import Cell
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.questions.kinds import TraceQuestion
from rnn_engine.tasks.base import LossOn

Reads = Literal["words", "characters", "numbers", "sine"]

LONGEST_INPUT = 10_000  # characters
MOST_TRAINED = 30_000  # timesteps in all the steps before: a few seconds of a worker
SINE_FREQUENCY = 0.5  # radians a timestep: ten timesteps show most of a wave

#: What the kinds of sequence are called; a sine wave is called so everywhere.
WORDS: dict[str, str] = {"words": N_("Words"), "characters": N_("Single characters"), "numbers": N_("Numbers")}


class StepperSettings(BaseModel):
    """The settings of the view, as the link holds them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    reads: Annotated[
        Reads,
        Field(title=N_("Sequence of"), description=N_("What one timestep reads. Words stand between spaces.")),
    ] = "words"
    sequence: Annotated[
        str,
        Field(
            max_length=LONGEST_INPUT,
            title=N_("Sequence"),
            description=N_("What the network reads, one element a timestep; words and numbers with spaces between."),
        ),
    ] = "apple banana orange"
    target: Annotated[
        str,
        Field(
            max_length=100,
            title=N_("What comes next"),
            description=N_("The target after the last element: one element."),
        ),
    ] = "pear"
    other: Annotated[
        str,
        Field(
            max_length=LONGEST_INPUT,
            title=N_("Compare with"),
            description=N_("A second sequence for the same network; empty: none. See how far its hidden state ends."),
        ),
    ] = ""
    sequence_length: Annotated[int, borrow(TrainingConfig, "sequence_length", ge=2, le=1000, description=GOES_BACK)] = (
        10
    )
    cell: Annotated[Cell, borrow(NetworkConfig, "cell")] = "rnn_tanh"
    hidden_size: Annotated[
        int,
        borrow(
            NetworkConfig,
            "hidden_size",
            le=8,
            description=N_("How many numbers the hidden state $h_t$ holds; above 4 matrices become heat maps."),
        ),
    ] = 3
    embedding_size: Annotated[
        int,
        borrow(
            NetworkConfig,
            "embedding_size",
            le=4,
            description=N_("How many numbers stand for a word or a character."),
        ),
    ] = 2
    gain: Annotated[float, borrow(NetworkConfig, "gain", le=5, json_schema_extra={"slider": 0.1})] = 1.0
    loss_on: Annotated[LossOn, borrow(TrainingConfig, "loss_on")] = "last"
    learning_rate: Annotated[
        float,
        Field(
            ge=1e-3,
            le=10,
            title=N_("Learning rate"),
            description=N_("Factor $\\eta$ on every step of plain gradient descent."),
            json_schema_extra={"scale": "log"},
        ),
    ] = 0.1
    steps: Annotated[
        int,
        Field(
            ge=0,
            le=500,
            title=N_("Steps before"),
            description=N_("How many updates on this one sequence the network has had before it is looked at."),
            json_schema_extra={"slider": 1},
        ),
    ] = 0
    seed: Annotated[
        int,
        borrow(
            TrainingConfig,
            "seed",
            description=N_("Starts the random numbers: the initial weights. Same seed, same numbers."),
        ),
    ] = 42

    def read(self) -> ShortSequence:
        """The sequence to read. Raises `pydantic.ValidationError`, which says what is wrong with it."""
        if self.reads == "sine":
            wave = SineTask(length=self.sequence_length + 1, frequency=SINE_FREQUENCY).sequence(0)
            *values, target = (f"{value:.4g}" for value in wave)
            return ShortSequence(kind="numbers", sequence=" ".join(values), target=target)
        return ShortSequence(kind=self.reads, sequence=self.sequence, target=self.target, other=self.other)

    @property
    def network(self) -> NetworkConfig:
        """The network that reads it."""
        return NetworkConfig(cell=self.cell, hidden_size=self.hidden_size, gain=self.gain)

    @property
    def question(self) -> TraceQuestion:
        """What the engine is asked."""
        return TraceQuestion(
            sequence=self.read(),
            network=self.network,
            embedding_size=self.embedding_size,
            loss_on=self.loss_on,
            learning_rate=self.learning_rate,
            steps=self.steps,
            seed=self.seed,
        )


#: One click each, what the chapter speaks of; the first is shown first.
PRESETS: dict[str, StepperSettings] = {
    "apple": StepperSettings(other="cherry banana orange"),
    "order": StepperSettings(sequence="I love machine learning", other="machine learning I love", target="."),
    "chinese": StepperSettings(sequence="我 爱 中国", other="中国 爱 我", target="。"),
    "length": StepperSettings(reads="sine", sequence_length=10),
    "focus": StepperSettings(
        sequence="the focus of his work today is",
        target="recurrence",
        hidden_size=4,
        steps=150,
        learning_rate=0.3,
        loss_on="all",
    ),
    "hello": StepperSettings(reads="characters", sequence="hell", target="o", loss_on="all"),
    "numbers": StepperSettings(reads="numbers", sequence="0.5 -1 0.8 0.2", target="0.6", hidden_size=2),
}

#: What the presets are called. Sentences stand as the chapter has them, in their own language.
PRESET_NAMES: dict[str, str] = {
    "apple": "apple banana orange",
    "order": "I love machine learning",
    "chinese": "我 爱 中国",
    "length": N_("T = 10 or 1000"),
    "focus": N_("The next word"),
    "hello": N_("Single characters"),
    "numbers": N_("Numbers"),
}
