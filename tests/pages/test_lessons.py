"""The lessons as a visitor meets them, without a browser: every screen, links, predictions and questions."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.laboratory.flow.answer import measured
from playground.lessons.catalogue import lessons
from playground.lessons.lesson import Question
from rnn_engine.runs import worker
from tests.fakes import Hall, StandIn
from tests.visitor import Visit, link_of, press

SCREENS = [(lesson.name, number + 1) for lesson in lessons("en").values() for number in range(len(lesson.screens))]


class _AnswersAtOnce(StandIn):
    """Measures untrained networks when asked: a page waits for that. Training is moved by hand."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future = super().submit(fn, *args, **kwargs)
        if fn is worker.probe:
            self.do_next()
        return future


class _Hall(Hall):
    def _make_executor(self) -> StandIn:
        self.benches.append(_AnswersAtOnce())
        return self.benches[-1]


@pytest.fixture
def hall() -> Hall:
    worker._held.clear()
    measured.cache_clear()
    return _Hall()


def words(app: AppTest) -> str:
    """All that is written on the page."""
    shown = [element.value for kind in (app.markdown, app.info, app.subheader, app.caption) for element in kind]
    return " ".join([*shown, *(radio.label for radio in app.radio)])


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("name", "number"), SCREENS)
def test_a_link_opens_its_screen_and_what_it_shows(visit: Visit, name: str, number: int, lang: str) -> None:
    app = visit("lessons", lesson=name, screen=str(number), lang=lang)
    screen = lessons(lang)[name].screens[number - 1]
    assert app.subheader[0].value == screen.title  # a live thing may have some of its own
    link = link_of(app)
    assert (link["lesson"], link["screen"], link["lang"]) == (name, str(number), lang)
    if screen.prediction is not None:
        assert not any(claim.text in words(app) for claim in screen.claims)
        app = press(app, "reveal")
        assert not app.error
        assert not app.warning
        assert screen.prediction.answer in words(app)
    assert "reveal" not in keys(app)
    assert all(claim.text in words(app) for claim in screen.claims)
    assert link_of(app).keys() <= {"lesson", "screen", "lang", "run"}  # the preset is the lesson's own: no setting


def test_next_and_previous_walk_through_all_screens(visit: Visit) -> None:
    app = visit("lessons")
    walked = []
    while True:
        walked.append((link_of(app)["lesson"], int(link_of(app)["screen"])))
        following = next(button for button in app.button if button.key == "next")
        if following.disabled:
            break
        press(app, "next")
    assert walked == SCREENS
    press(app, "previous")
    assert (link_of(app)["lesson"], int(link_of(app)["screen"])) == SCREENS[-2]


def test_the_chooser_opens_a_lesson_at_its_beginning(visit: Visit) -> None:
    app = visit("lessons", lesson="vanishing", screen="3")
    assert app.selectbox(key="lesson").value == "vanishing"
    app.selectbox(key="lesson").set_value("sine").run()
    assert not app.exception
    assert (link_of(app)["lesson"], link_of(app)["screen"]) == ("sine", "1")


@pytest.mark.parametrize(
    ("asked", "opened"),
    [
        ({"lesson": "nonsense"}, ("order", "1")),
        ({"lesson": "sine", "screen": "99"}, ("sine", "3")),
        ({"lesson": "sine", "screen": "-1"}, ("sine", "1")),
        ({"lesson": "sine", "screen": "²"}, ("sine", "1")),
        ({"lesson": "sine", "screen": "x", "hide": "everything", "big": "huge"}, ("sine", "1")),
    ],
    ids=str,
)
def test_a_link_to_what_is_not_there_opens_what_is_nearest(
    visit: Visit, asked: dict[str, str], opened: tuple[str, str]
) -> None:
    link = link_of(visit("lessons", **asked))
    assert (link["lesson"], link["screen"]) == opened
    assert link.keys() == {"lesson", "screen"}


def test_a_prediction_is_judged_when_it_is_revealed(visit: Visit) -> None:
    app = visit("lessons", lesson="vanishing", screen="1")
    question = lessons("en")["vanishing"].screens[0].prediction
    assert isinstance(question, Question)
    app.radio(key="predicted-vanishing-1").set_value(0).run()
    assert "Not so" not in words(app)
    app = press(app, "reveal")
    assert f"**Not so.** It is: {question.options[2]}" in words(app)
    app.radio(key="predicted-vanishing-1").set_value(2).run()
    assert "**Right.**" in words(app)


def test_an_answer_and_what_was_revealed_last_when_one_comes_back(visit: Visit) -> None:
    app = visit("lessons", lesson="vanishing", screen="1")
    app.radio(key="predicted-vanishing-1").set_value(1).run()
    app = press(press(press(app, "reveal"), "next"), "previous")
    assert app.radio(key="predicted-vanishing-1").value == 1
    assert "reveal" not in keys(app)


def test_a_question_is_explained_once_it_is_answered(visit: Visit) -> None:
    app = visit("lessons", lesson="sharing", screen="1")
    check = lessons("en")["sharing"].screens[0].check
    assert check is not None
    assert check.answer not in words(app)
    app.radio(key="checked-sharing-1").set_value(1).run()
    assert "**Right.**" in words(app)
    assert check.answer in words(app)


def test_revealing_starts_the_training_that_was_predicted(visit: Visit, hall: Hall) -> None:
    app = press(visit("lessons", lesson="sine", screen="1"), "reveal")
    run = hall.registry.find(link_of(app)["run"])
    assert run is not None
    assert run.next_action == "pause"
    hall.work(5)
    assert run.step > 0
    assert run.experiment.steps == 2400  # the chapter's


def test_a_setting_is_kept_in_the_link_and_the_link_opens_it_revealed(visit: Visit) -> None:
    app = press(visit("lessons", lesson="sharing", screen="1"), "reveal")
    app.slider(key="sequence_length").set_value(1000).run()
    link = link_of(app)
    assert link == {"lesson": "sharing", "screen": "1", "sequence_length": "1000"}
    other = visit("lessons", **link)
    assert other.slider(key="sequence_length").value == 1000
    assert "reveal" not in keys(other)


def test_what_else_stands_in_a_link_reveals_nothing(visit: Visit) -> None:
    app = visit("lessons", lesson="sharing", screen="1", utm_source="mail")
    assert "reveal" in keys(app)


def test_a_screen_s_settings_are_its_own(visit: Visit) -> None:
    app = visit("lessons", lesson="sharing", screen="1", sequence_length="500")
    app = press(app, "next")
    assert "sequence_length" not in link_of(app)
    app = press(app, "reveal")
    assert app.slider(key="sequence_length").value == 50
    app = press(app, "previous")
    assert app.slider(key="sequence_length").value == 500
    assert link_of(app)["sequence_length"] == "500"


def test_the_laboratory_opens_with_the_lesson_s_settings(visit: Visit) -> None:
    app = press(visit("lessons", lesson="vanishing", screen="1"), "reveal")
    (link,) = [element.proto for element in app.get("page_link") if "laboratory" in element.proto.label]
    asked = dict(part.split("=") for part in link.query_string.split("&"))
    settings = {"cells": "rnn_tanh", "init": "orthogonal", "rho": "0.9", "input": "zeros", "sequence_length": "51"}
    assert asked == {"bench": "flow", **settings}
    there = visit("gradients", **asked)
    assert link_of(there) == asked
    assert there.number_input(key="sequence_length").value == 51


def test_a_lecturer_hides_the_text_and_the_link_keeps_it_from_screen_to_screen(visit: Visit) -> None:
    app = visit("lessons", lesson="vanishing", screen="1")
    text = lessons("en")["vanishing"].screens[0].text
    assert text in words(app)
    app.toggle(key="hide_text").set_value(True).run()
    app.toggle(key="big").set_value(True).run()
    assert text not in words(app)
    assert link_of(app) == {"lesson": "vanishing", "screen": "1", "hide": "text", "big": "on"}
    assert "reveal" in keys(app)
    app = press(app, "next")
    assert (link_of(app)["hide"], link_of(app)["big"]) == ("text", "on")
    app.toggle(key="hide_text").set_value(False).run()
    assert "hide" not in link_of(app)


def test_coming_back_to_the_lessons_goes_on_where_one_was(visit: Visit) -> None:
    app = visit("lessons", lesson="exploding", screen="2")
    app.switch_page("../pages/overview.py").run()
    app.query_params.clear()
    app.switch_page("../pages/lessons.py").run()
    assert not app.exception
    assert (link_of(app)["lesson"], link_of(app)["screen"]) == ("exploding", "2")
