"""Made-up tasks of the kinds that no task of the engine has yet: values in and classes out, tokens in and values out."""

from typing import Literal

import numpy as np
from pydantic import SerializeAsAny

from rnn_engine import Experiment
from rnn_engine.tasks import Examples, GeneratedTask, Task
from rnn_engine.tasks.base import LossOn
from rnn_engine.tasks.kinds import Classes, Tokens, Values


class AnyExperiment(Experiment):
    """An experiment whose task may be one that the engine does not know."""

    task: SerializeAsAny[Task]  # type: ignore[assignment]


class LargestTask(GeneratedTask):
    """Values in, class out: which of three channels had the largest sum; at `all` of what was read so far."""

    kind: Literal["largest"] = "largest"
    losses = ("last", "all")

    @property
    def reads(self) -> Values:
        return Values(3)

    @property
    def answers(self) -> Classes:
        return Classes(("first", "second", "third"))

    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        return float(np.log(3))

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        inputs = random.normal(size=(sequence_length, count, 3))
        largest = inputs.cumsum(0).argmax(2)
        return Examples(inputs, largest if loss_on == "all" else largest[-1])


class CountsTask(GeneratedTask):
    """Tokens in, values out: the shares of "a" and of "b" among the letters read so far."""

    kind: Literal["counts"] = "counts"
    losses = ("last", "all")

    @property
    def reads(self) -> Tokens:
        return Tokens(("a", "b", "c", "d"))

    @property
    def answers(self) -> Values:
        return Values(2)

    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        counts = sequence_length if loss_on == "last" else sequence_length / np.log(sequence_length)
        return float(3 / 16 / counts)

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        inputs = random.integers(4, size=(sequence_length, count))
        read = np.arange(1, sequence_length + 1)[:, None, None]
        shares = np.stack([inputs == 0, inputs == 1], axis=2).cumsum(0) / read
        return Examples(inputs, shares if loss_on == "all" else shares[-1])


class RaggedTask(LargestTask):
    """The same with examples of unequal length; `padding` is what stands after their ends, and must not matter."""

    kind: Literal["ragged"] = "ragged"  # type: ignore[assignment]
    padding: float = 0.0

    @property
    def unequal(self) -> bool:
        return True

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        inputs, targets, *_ = super().draw(random, count, sequence_length, "all")
        lengths = random.integers(2, sequence_length + 1, size=count)
        real = np.arange(sequence_length)[:, None] < lengths
        inputs[~real] = self.padding
        if loss_on == "last":
            return Examples(inputs, targets[lengths - 1, np.arange(count)], real)
        return Examples(inputs, np.where(real, targets, 2 if self.padding else 0), real)
