"""Subject and verb, kept apart: the textbooks' long-distance sentences as a task that can be measured."""

import math
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rnn_engine.tasks import kinds
from rnn_engine.tasks.base import LossOn
from rnn_engine.tasks.generated import Examples, GeneratedTask
from rnn_engine.wording import N_, problem

PEOPLE = (("man", "men"), ("woman", "women"), ("girl", "girls"), ("boy", "boys"))
THINGS = (("cat", "cats"), ("dog", "dogs"), ("bird", "birds"), ("horse", "horses"))
NOUNS = PEOPLE + THINGS  # each in the singular and in the plural
VERBS = ("slept", "waited", "stood", "sang")
PREPOSITIONS = ("near", "behind", "beside", "below")
ONE_WORD = ("today", "yesterday")
TWO_WORDS = (("long", "ago"), ("last", "night"))
ANSWERS = ("was", "were")

#: What the network reads; a token is a position here.
WORDS = tuple(
    dict.fromkeys(
        ("the", ",", "who", "which", *(word for noun in NOUNS for word in noun))
        + VERBS
        + PREPOSITIONS
        + ONE_WORD
        + TWO_WORDS[0]
        + TWO_WORDS[1]
    )
)
Tokens = npt.NDArray[np.int64]
_TOKEN = {word: token for token, word in enumerate(WORDS)}


def _tokens(words: Iterable[str]) -> Tokens:
    return np.array([_TOKEN[word] for word in words], dtype=np.int64)


class AgreementTask(GeneratedTask):
    """Say whether the verb is singular or plural, after a relative clause that is full of other nouns.

    Input tokens: "the SUBJECT , who CLAUSE ," with `distance` words in the clause, as in "the cat , which slept near the
    dogs behind the men ,"; T = distance + 5. Target class at the last timestep: 0 ("was") for a subject in the singular, 1
    ("were") for one in the plural. The clause is a verb, then a preposition, "the" and a noun as often as they fit, and
    an adverb of one or two words if there is room left. Its nouns are those that can be the subject, each in either
    number by chance, so nothing but the second word tells.

    The dependency: T. Linzen, E. Dupoux, Y. Goldberg, "Assessing the ability of LSTMs to learn syntax-sensitive
    dependencies", 2016, there in sentences from an encyclopedia.
    """

    kind: Literal["agreement"] = "agreement"
    distance: Annotated[
        int,
        Field(
            ge=1,
            le=200,
            title=N_("Distance"),
            description=N_("How many words stand in the clause between the subject and its verb."),
            json_schema_extra={"unit": N_("words")},
        ),
    ] = 10
    title: ClassVar[str] = N_("Agreement")
    losses: ClassVar[tuple[LossOn, ...]] = ("last",)

    @property
    def sequence_length(self) -> int:
        """The only T that fits: distance + 5."""
        return self.distance + 5

    @property
    def reads(self) -> kinds.Tokens:
        return kinds.Tokens(WORDS)

    @property
    def answers(self) -> kinds.Classes:
        return kinds.Classes(ANSWERS)

    def check(self, sequence_length: int, loss_on: LossOn) -> None:
        super().check(sequence_length, loss_on)
        if sequence_length != self.sequence_length:
            raise problem("sequence_length_must_be", given=sequence_length, needed=self.sequence_length)

    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        """Of guessing: ln 2."""
        return math.log(2)

    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        nouns = np.array([[_TOKEN[word] for word in noun] for noun in NOUNS])
        inputs = np.empty((sequence_length, count), dtype=np.int64)

        def one_of(words: Iterable[str]) -> Tokens:
            return random.choice(_tokens(words), size=count)

        subject, plural = random.integers(len(NOUNS), size=count), random.integers(2, size=count)
        inputs[0], inputs[1], inputs[2] = _TOKEN["the"], nouns[subject, plural], _TOKEN[","]
        inputs[3] = np.where(subject < len(PEOPLE), _TOKEN["who"], _TOKEN["which"])
        clause = inputs[4:-1]
        clause[0] = one_of(VERBS)
        phrases, left = divmod(self.distance - 1, 3)
        for start in range(1, 1 + 3 * phrases, 3):
            clause[start], clause[start + 1] = one_of(PREPOSITIONS), _TOKEN["the"]
            clause[start + 2] = random.choice(nouns.ravel(), size=count)
        if left == 1:
            clause[-1] = one_of(ONE_WORD)
        elif left == 2:
            clause[-2:] = random.choice([_tokens(adverb) for adverb in TWO_WORDS], size=count).T
        inputs[-1] = _TOKEN[","]
        return Examples(inputs, plural)

    @staticmethod
    def sentence(tokens: Iterable[int]) -> str:
        """The words of one example, as they are written: "the cat, which slept,"."""
        return " ".join(WORDS[token] for token in tokens).replace(" ,", ",")
