"""Text, character by character: the next one is to be predicted."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from rnn_engine.tasks.tokens import LARGEST_VOCABULARY, TokenTask, check_text
from rnn_engine.wording import N_, problem


class TextTask(TokenTask):
    """Any Unicode text. A character is one code point; the vocabulary is that of the whole text, in code order."""

    kind: Literal["text"] = "text"
    text: Annotated[str, Field(title=N_("Text"), description=N_("The text to learn; its order is kept."))]

    title: ClassVar[str] = N_("Text")
    separator: ClassVar[str] = ""
    unit: ClassVar[str] = "character"
    loss_per: ClassVar[str] = N_("nats per character")

    @field_validator("text")
    @classmethod
    def _refuse_what_no_network_can_learn(cls, text: str) -> str:
        check_text(text)
        distinct = len(set(text))
        if distinct == 1:
            raise problem("one_character")
        if distinct > LARGEST_VOCABULARY:
            raise problem("too_many_characters", given=distinct, limit=LARGEST_VOCABULARY)
        return text
