"""A short sequence as somebody types it: numbers, words or characters, and what comes next. Knows nothing of torch."""

import math
from functools import cached_property
from typing import Literal

from pydantic import model_validator

from rnn_engine.configs import Config
from rnn_engine.tasks import TextTask, TokenTask, WordTask
from rnn_engine.tasks.tokens import check_text
from rnn_engine.wording import problem

Kind = Literal["numbers", "words", "characters"]

LONGEST: dict[Kind, int] = {"numbers": 1000, "words": 60, "characters": 60}  # units
LARGEST_NUMBER = 1000.0
LONGEST_UNIT = 40  # characters of a word


class ShortSequence(Config):
    """What a network reads, x_1 .. x_T, and the `target` that comes after it.

    `other`, if there is one, is a second sequence to compare with. The vocabulary is that of all three. Raises
    `pydantic.ValidationError` that says what is wrong with which of them.
    """

    kind: Kind
    sequence: str
    target: str
    other: str = ""

    @model_validator(mode="after")
    def _possible(self) -> "ShortSequence":
        for text in (self.sequence, self.other):
            if len(self._cut(text)) > LONGEST[self.kind]:
                raise problem("sequence_too_long", given=len(self._cut(text)), limit=LONGEST[self.kind])
        if not self.units:
            raise problem("sequence_empty")
        if len(self._cut(self.target)) != 1:
            raise problem("one_target", given=len(self._cut(self.target)))
        for unit in (*self.units, *self.other_units, *self._cut(self.target)):
            if self.kind == "numbers":
                _check_number(unit)
            elif len(unit) > LONGEST_UNIT:
                raise problem("word_too_long", given=len(unit), limit=LONGEST_UNIT)
        if self.kind != "numbers":
            check_text(self.sequence + self.other + self.target)
            if len({*self.units, *self.other_units, *self._cut(self.target)}) == 1:
                raise problem("one_word" if self.kind == "words" else "one_character")
        return self

    def _cut(self, text: str) -> list[str]:
        if self.kind == "characters":
            return list(text)
        return (text.replace(",", " ") if self.kind == "numbers" else text).split()

    @property
    def units(self) -> list[str]:
        """The sequence, unit by unit, as it was typed."""
        return self._cut(self.sequence)

    @property
    def other_units(self) -> list[str]:
        """The sequence to compare with; empty if there is none."""
        return self._cut(self.other)

    @property
    def next_units(self) -> list[str]:
        """What comes after each timestep: the sequence from its second unit on, then the target."""
        return [*self.units[1:], *self._cut(self.target)]

    @cached_property
    def task(self) -> TokenTask | None:
        """The task whose vocabulary and tokens these are; None for numbers."""
        if self.kind == "numbers":
            return None
        units = (*self.units, *self._cut(self.target), *self.other_units)
        return WordTask(text=WordTask.join(units)) if self.kind == "words" else TextTask(text=TextTask.join(units))

    def encode(self, units: list[str]) -> list[int] | list[float]:
        """What the network reads: tokens, or the numbers."""
        task = self.task
        if task is None:
            return [float(unit) for unit in units]
        return [task.vocabulary.index(unit) for unit in units]


def _check_number(unit: str) -> None:
    try:
        number = float(unit)
    except ValueError:
        raise problem("not_a_number", given=unit[:LONGEST_UNIT]) from None
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        raise problem("number_too_large", given=unit[:LONGEST_UNIT], limit=int(LARGEST_NUMBER))
