"""Text, word by word: the next word is to be predicted."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from rnn_engine.tasks.tokens import LARGEST_VOCABULARY, TokenTask, check_text
from rnn_engine.wording import N_, problem


class WordTask(TokenTask):
    """Any text whose words stand apart, as in "the cat sat" or, segmented by whoever wrote it, "我 爱 中国".

    A word is what stands between white space, as it is written: "The", "the" and "the," are three. The text is read as
    its words, so white space is kept neither in the vocabulary nor in what is written.
    """

    kind: Literal["words"] = "words"
    text: Annotated[
        str, Field(title=N_("Text"), description=N_("The text to learn, with spaces between its words or segments."))
    ]

    title: ClassVar[str] = N_("Words")
    separator: ClassVar[str] = " "
    unit: ClassVar[str] = "word"
    loss_per: ClassVar[str] = N_("nats per word")

    @field_validator("text")
    @classmethod
    def _refuse_what_no_network_can_learn(cls, text: str) -> str:
        check_text(text)
        distinct = len(set(text.split()))
        if distinct == 1:
            raise problem("one_word")
        if distinct > LARGEST_VOCABULARY:
            raise problem("too_many_words", given=distinct, limit=LARGEST_VOCABULARY)
        return text
