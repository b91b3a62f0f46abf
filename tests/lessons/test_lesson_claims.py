"""Every statement about behaviour in a lesson is one that the live thing beside it shows: tried here, with its settings."""

import pytest

from playground.lessons.catalogue import lessons
from tests.lessons.claims import CLAIMS

STATED = [
    pytest.param(screen, claim, id=claim.name)
    for lesson in lessons("en").values()
    for screen in lesson.screens
    for claim in screen.claims
]


@pytest.mark.parametrize(("screen", "claim"), STATED)
def test_the_live_thing_shows_what_the_lesson_claims(screen, claim) -> None:
    assert claim.name in CLAIMS, f"nothing proves {claim.name}"
    CLAIMS[claim.name](screen.live)


def test_every_proof_is_of_something_that_a_lesson_says_once() -> None:
    names = [claim.name for lesson in lessons("en").values() for screen in lesson.screens for claim in screen.claims]
    assert sorted(names) == sorted(CLAIMS)
