"""The lessons that there are: alike in both languages, with settings that exist, and no statement that nothing proves."""

import re

import pytest

from playground.inside.stepper.settings import PRESETS as STEPPER_PRESETS
from playground.lessons.catalogue import LESSONS, lessons
from playground.lessons.lesson import Lesson, Live, Question, Screen, Sketch
from playground.lessons.live_things import LIVE_THINGS, all_settings, home_link, preset

NAMES = list(lessons("en"))
SCREENS = [(name, number) for name, lesson in lessons("en").items() for number in range(len(lesson.screens))]


def screen_of(lang: str, place: tuple[str, int]) -> Screen:
    return lessons(lang)[place[0]].screens[place[1]]


def shape(lesson: Lesson) -> list[object]:
    """What of a lesson must not depend on its language."""

    def asked(question: object) -> object:
        if isinstance(question, Question):
            return len(question.options), question.right
        return (question.low, question.high) if isinstance(question, Sketch) else None

    def live(one: Live | None) -> object:
        return one and (one.thing, one.settings, one.charts)

    return [
        (live(screen.live), asked(screen.prediction), [claim.name for claim in screen.claims], asked(screen.check))
        for screen in lesson.screens
    ]  # fmt: skip


def test_there_are_twelve_to_fourteen_lessons_of_two_to_five_screens() -> None:
    assert 12 <= len(NAMES) <= 14
    assert all(2 <= len(lesson.screens) <= 5 for lesson in lessons("en").values())


def test_both_languages_have_the_same_lessons_in_the_same_order() -> None:
    assert list(lessons("zh")) == NAMES
    assert sorted(path.name for path in (LESSONS / "en").iterdir()) == sorted(
        path.name for path in (LESSONS / "zh").iterdir()
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_the_same_in_both_languages_but_for_its_words(name: str) -> None:
    english, chinese = lessons("en")[name], lessons("zh")[name]
    assert shape(english) == shape(chinese)
    for one, other in zip(english.screens, chinese.screens, strict=True):
        for words in (other.title, other.text, *(claim.text for claim in other.claims)):
            assert re.search(r"[\u4e00-\u9fff]", words), words
        for words in (one.title, one.text):
            assert not re.search(r"[。，：；！？]", words), words


@pytest.mark.parametrize("place", SCREENS, ids=str)
def test_a_screen_has_something_to_see_and_its_settings_exist(place: tuple[str, int]) -> None:
    screen = screen_of("en", place)
    live = screen.live
    assert live is not None
    assert set(preset(live, place[0])) <= set(all_settings(live))
    assert "run" not in home_link(live, all_settings(live))


@pytest.mark.parametrize("place", SCREENS, ids=str)
def test_a_screen_that_lets_predict_claims_what_is_to_be_seen(place: tuple[str, int]) -> None:
    screen = screen_of("en", place)
    assert screen.claims or screen.prediction is None
    assert len(screen.text) < 900  # a projector's length
    if isinstance(screen.prediction, Sketch):
        live = screen.live
        assert live is not None
        assert live.thing == "flow"


def test_the_chapter_s_closing_questions_are_answered_in_full() -> None:
    open_questions = [
        screen.check for lesson in lessons("en").values() for screen in lesson.screens
        if screen.check and not screen.check.options
    ]  # fmt: skip
    asked = " ".join(question.text for question in open_questions)
    for words in ("Why do gradients vanish", "hidden layer", "choose a recurrent network", "share prices"):
        assert words in asked
    assert all(len(question.answer) > 400 for question in open_questions)


def test_every_live_thing_of_ours_is_in_some_lesson() -> None:
    used = {
        screen.live.thing for lesson in lessons("en").values() for screen in lesson.screens if screen.live is not None
    }
    assert set(LIVE_THINGS) <= used


def test_the_stepper_has_every_preset_that_a_lesson_asks_it_for() -> None:
    lives = [screen.live for lesson in lessons("en").values() for screen in lesson.screens]
    asked = {live.settings["preset"] for live in lives if live is not None and live.thing == "stepper"}
    assert asked
    assert asked <= set(STEPPER_PRESETS)
