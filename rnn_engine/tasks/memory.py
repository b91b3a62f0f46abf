"""Four tasks that cannot be solved without memory: what to remember stands far before where it is asked for.

Each has a floor, the loss of the best answer without memory, on which training stays as long as gradients do not
reach back far enough.
"""

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from rnn_engine.tasks.base import LossOn
from rnn_engine.tasks.generated import Examples, GeneratedTask
from rnn_engine.tasks.kinds import Classes, Tokens, Values
from rnn_engine.wording import N_, problem


def _numbered(count: int) -> tuple[str, ...]:
    """Names of symbols that have none: their numbers."""
    return tuple(map(str, range(count)))


class AddingTask(GeneratedTask):
    """Add the two marked values of a sequence.

    Inputs (T, 2): values uniform in [0, 1], and a marker, 1 at one timestep of the first half and at one of the
    second, otherwise 0. Target: the sum of the two marked values.

    Source: S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997, experiment 4, in the form of M. Arjovsky,
    A. Shah, Y. Bengio, "Unitary evolution recurrent neural networks", 2016, section 4.2.
    """

    kind: Literal["adding"] = "adding"
    title: ClassVar[str] = N_("Adding")
    losses: ClassVar[tuple[LossOn, ...]] = ("last",)

    @property
    def reads(self) -> Values:
        return Values(2)

    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        """Of always answering 1: the variance of the sum of two values, 2 / 12. (Some papers print 0.1767.)"""
        return 1 / 6

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        half, examples = sequence_length // 2, np.arange(count)
        inputs = np.zeros((sequence_length, count, 2))
        values = inputs[..., 0]
        values[:] = random.random(values.shape)
        first, second = random.integers(half, size=count), random.integers(half, sequence_length, size=count)
        inputs[first, examples, 1] = inputs[second, examples, 1] = 1
        return Examples(inputs, (values[first, examples] + values[second, examples])[:, np.newaxis])


class CopyTask(GeneratedTask):
    """Say again, after a delay, what was said.

    Input tokens: `length` random symbols, delay - 1 blanks, the delimiter, `length` blanks; T = delay + 2 * length.
    Target classes: a blank for the first delay + length timesteps, then the symbols in their order. Tokens and classes
    have the same numbers: the symbols 0, 1, ..., then the blank; the delimiter, the last token, is no class.

    Source: S. Hochreiter and J. Schmidhuber 1997, in the form of Arjovsky et al. 2016, section 4.1.
    """

    kind: Literal["copy"] = "copy"
    symbols: Annotated[
        int,
        Field(ge=2, le=64, title=N_("Symbols"), description=N_("How many different symbols there are.")),
    ] = 8
    length: Annotated[
        int,
        Field(ge=1, le=100, title=N_("Symbols to copy"), description=N_("How many symbols are to be remembered.")),
    ] = 10
    delay: Annotated[
        int,
        Field(
            ge=1,
            le=998,
            title=N_("Delay"),
            description=N_("Timesteps between the last symbol read and the first one to say."),
            json_schema_extra={"unit": N_("timesteps")},
        ),
    ] = 20
    title: ClassVar[str] = N_("Copying")
    losses: ClassVar[tuple[LossOn, ...]] = ("all",)

    @property
    def sequence_length(self) -> int:
        """The only T that fits: delay + 2 * length."""
        return self.delay + 2 * self.length

    @property
    def reads(self) -> Tokens:
        return Tokens(_numbered(self.symbols + 2))

    @property
    def answers(self) -> Classes:
        return Classes(_numbered(self.symbols + 1))

    def check(self, sequence_length: int, loss_on: LossOn) -> None:
        super().check(sequence_length, loss_on)
        if sequence_length != self.sequence_length:
            raise problem("sequence_length_must_be", given=sequence_length, needed=self.sequence_length)

    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        """Of knowing where the symbols stand and guessing which: ln(symbols) at `length` of T timesteps."""
        return self.length * math.log(self.symbols) / self.sequence_length

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        blank, delimiter = self.symbols, self.symbols + 1
        said = random.integers(self.symbols, size=(self.length, count))
        inputs = np.full((self.sequence_length, count), blank)
        targets = inputs.copy()
        inputs[: self.length] = targets[-self.length :] = said
        inputs[self.length + self.delay - 1] = delimiter
        return Examples(inputs, targets)


class TemporalOrderTask(GeneratedTask):
    """Tell in which order two symbols came.

    Input tokens: 0 (A), 1 (B) and four distractors, 2 to 5. One of A and B stands at a timestep t between T / 10
    and 2 T / 10, another one, the same or not, between 4 T / 10 and 5 T / 10, ends included; everywhere else a
    distractor. Target class: 0 for AA, 1 for AB, 2 for BA, 3 for BB.

    Source: S. Hochreiter and J. Schmidhuber 1997, experiment 6a, in the form of R. Pascanu, T. Mikolov, Y. Bengio, "On
    the difficulty of training recurrent neural networks", 2013, section 4.1.
    """

    kind: Literal["temporal_order"] = "temporal_order"
    title: ClassVar[str] = N_("Temporal order")
    losses: ClassVar[tuple[LossOn, ...]] = ("last",)

    @property
    def reads(self) -> Tokens:
        return Tokens(_numbered(6))

    @property
    def answers(self) -> Classes:
        return Classes(_numbered(4))

    @property
    def shortest(self) -> int:
        return 5  # below, no whole timestep lies between T / 10 and 2 T / 10

    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        """Of guessing: ln 4."""
        return math.log(4)

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        inputs = random.integers(2, 6, size=(sequence_length, count))
        symbols = random.integers(2, size=(2, count))
        for tenth, which in zip((1, 4), symbols, strict=True):
            # Timesteps count from 1, rows from 0. -(-a // b) is a / b rounded up.
            low, high = -(-tenth * sequence_length // 10), (tenth + 1) * sequence_length // 10
            inputs[random.integers(low - 1, high, size=count), np.arange(count)] = which
        return Examples(inputs, 2 * symbols[0] + symbols[1])


class EchoTask(GeneratedTask):
    """Say at every timestep what was said `delay` timesteps before.

    Inputs (T, 1): values uniform in [-1, 1]. Target at t: the input at t - delay, or 0 where there is none.
    """

    kind: Literal["echo"] = "echo"
    delay: Annotated[
        int,
        Field(
            ge=1,
            le=999,
            title=N_("Delay"),
            description=N_("How many timesteps back the value stands that is asked for."),
            json_schema_extra={"unit": N_("timesteps")},
        ),
    ] = 10
    title: ClassVar[str] = N_("Delayed echo")
    losses: ClassVar[tuple[LossOn, ...]] = ("last", "all")

    @property
    def shortest(self) -> int:
        return self.delay + 1

    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        """Of always answering 0: the variance 1/3 of a value wherever one is asked for, which is after `delay`."""
        return 1 / 3 if loss_on == "last" else (sequence_length - self.delay) / sequence_length / 3

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        inputs = random.uniform(-1, 1, size=(sequence_length, count, 1))
        if loss_on == "last":
            return Examples(inputs, inputs[-1 - self.delay])
        targets = np.zeros_like(inputs)
        targets[self.delay :] = inputs[: -self.delay]
        return Examples(inputs, targets)
