"""Text, character by character: the next one is to be predicted."""

from collections import Counter
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator

from rnn_engine.tasks.base import Task
from rnn_engine.wording import N_, problem

LONGEST_TEXT = 1_000_000
LARGEST_VOCABULARY = 5_000


class TextTask(Task):
    """Any Unicode text. A character is one code point; the vocabulary is that of the whole text, in code order."""

    kind: Literal["text"] = "text"
    text: Annotated[str, Field(title=N_("Text"), description=N_("The text to learn; its order is kept."))]

    @field_validator("text")
    @classmethod
    def _refuse_what_no_network_can_learn(cls, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            raise problem("text_too_long", given=len(text), limit=LONGEST_TEXT)
        if any("\ud800" <= character <= "\udfff" for character in set(text)):
            raise problem("not_unicode")
        distinct = len(set(text))
        if distinct == 1:
            raise problem("one_character")
        if distinct > LARGEST_VOCABULARY:
            raise problem("too_many_characters", given=distinct, limit=LARGEST_VOCABULARY)
        return text

    @property
    def sequence_size(self) -> int:
        return len(self.text)

    @property
    def output_size(self) -> int:
        return len(self.vocabulary)

    @property
    def vocabulary_size(self) -> int:
        return len(self.vocabulary)

    @property
    def predicts_tokens(self) -> bool:
        return True

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The distinct characters; a token is a position in it."""
        return tuple(sorted(set(self.text)))

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each character of the vocabulary occurs, most frequent first."""
        return dict(Counter(self.text).most_common())

    def encode(self, text: str) -> npt.NDArray[np.int64]:
        """Tokens of `text`, shape (len(text),); characters outside the vocabulary are left out."""
        token = {character: index for index, character in enumerate(self.vocabulary)}
        return np.array([token[character] for character in text if character in token], dtype=np.int64)

    def unknown(self, text: str) -> tuple[str, ...]:
        """The distinct characters of `text` that are outside the vocabulary, in the order met."""
        known = set(self.vocabulary)
        return tuple(dict.fromkeys(character for character in text if character not in known))

    @cached_property
    def _tokens(self) -> npt.NDArray[np.int64]:
        tokens = self.encode(self.text)
        tokens.flags.writeable = False
        return tokens

    def sequence(self, seed: int) -> npt.NDArray[np.int64]:
        """The tokens of the whole text, read-only; `seed` is not needed."""
        return self._tokens
