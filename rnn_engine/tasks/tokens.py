"""What tasks of text have in common: a text in units, characters or words, of which the next is to be predicted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from rnn_engine.tasks.base import SCRIPT_WIDTH, Task
from rnn_engine.tasks.kinds import Classes, Tokens, units_of
from rnn_engine.wording import problem

LONGEST_TEXT = 1_000_000  # characters
LARGEST_VOCABULARY = 5_000


class TokenTask(Task):
    """A text cut into units; the vocabulary is that of the whole text, in code order. A token is a position in it."""

    text: str

    #: What stands between two units in a text.
    separator: ClassVar[str]

    #: What a unit is called in a script.
    unit: ClassVar[str]

    #: What its loss is measured in, in English.
    loss_per: ClassVar[str]

    @classmethod
    def units_of(cls, text: str) -> Sequence[str]:
        """`text` cut into its units."""
        return units_of(text, cls.separator)

    @classmethod
    def join(cls, units: Iterable[str]) -> str:
        """The text that these units make."""
        return cls.separator.join(units)

    @property
    def sequence_size(self) -> int:
        return len(self.units_of(self.text))

    @property
    def reads(self) -> Tokens:
        return Tokens(self.vocabulary, self.separator, self.unit)

    @property
    def answers(self) -> Classes:
        return Classes(self.vocabulary, self.loss_per)

    @property
    def writes(self) -> Tokens:
        return self.reads

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The distinct units."""
        return tuple(sorted(set(self.units_of(self.text))))

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each unit of the vocabulary occurs, most frequent first."""
        return dict(Counter(self.units_of(self.text)).most_common())

    def encode(self, text: str) -> npt.NDArray[np.int64]:
        """Tokens of `text`, one for each of its units; units outside the vocabulary are left out."""
        return self.reads.encode(text)

    def unknown(self, text: str) -> tuple[str, ...]:
        """The distinct units of `text` that are outside the vocabulary, in the order met."""
        return self.reads.unknown(text)

    @cached_property
    def _tokens(self) -> npt.NDArray[np.int64]:
        tokens = self.encode(self.text)
        tokens.flags.writeable = False
        return tokens

    def sequence(self, seed: int) -> npt.NDArray[np.int64]:
        """The tokens of the whole text, read-only; `seed` is not needed."""
        return self._tokens

    def script(self, seed: int) -> str:
        width, unit, whole = SCRIPT_WIDTH - 20, self.unit, "text.split()" if self.separator else "text"
        lines = self.text.splitlines(keepends=True)
        pieces = [line[start : start + width] for line in lines for start in range(0, len(line), width)]
        return "\n".join(
            [
                f"# The data: a text, {unit} by {unit}.",
                "text = (",
                *(f"    {piece!r}" for piece in pieces),
                ")",
                f"{unit}s = sorted(set({whole}))",
                f"token = {{{unit}: index for index, {unit} in enumerate({unit}s)}}",
                f"data = torch.tensor([token[{unit}] for {unit} in {whole}])",
            ]
        )


def check_text(text: str) -> None:
    """Raise a problem if the text is too long or not valid Unicode."""
    if len(text) > LONGEST_TEXT:
        raise problem("text_too_long", given=len(text), limit=LONGEST_TEXT)
    if any("\ud800" <= character <= "\udfff" for character in set(text)):
        raise problem("not_unicode")
