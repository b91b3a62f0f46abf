"""The page "inside" and its stepper, met as a user would, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.inside.stepper import view as stepper
from playground.inside.stepper.beside import counts
from playground.inside.stepper.settings import PRESETS, StepperSettings
from playground.inside.stepper.words import stepper_words
from playground.inside.views import VIEWS
from playground.running.registry import put_registry
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.questions.kinds import TraceAnswer, TraceQuestion
from rnn_engine.runs import worker
from tests.fakes import Hall
from tests.visitor import link_of, opened


@pytest.fixture(autouse=True)
def asked(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> list[TraceQuestion]:
    """A registry that answers probes in this process; and what was asked."""
    questions: list[TraceQuestion] = []

    def probe(question: TraceQuestion) -> TraceAnswer:
        questions.append(question)
        return worker.probe(question)

    monkeypatch.setattr(hall.registry, "probe", probe)
    put_registry(hall.registry)
    stepper._found.cache_clear()
    return questions


def page(**link: str) -> AppTest:
    return opened("inside", **link)


def asked_now(asked: list[TraceQuestion]) -> StepperSettings:
    """What the page last asked, as the settings that ask it."""
    question = asked[-1]
    found = [view for view in PRESETS.values() if view.question == question]
    assert len(found) == 1, question
    return found[0]


def test_the_page_opens_with_the_stepper_and_the_first_preset(asked) -> None:
    app = page()
    assert next(iter(VIEWS)) == "stepper"
    assert app.text_input(key="sequence").value == "apple banana orange"
    assert link_of(app) == {"view": "stepper", "preset": "apple"}
    assert asked_now(asked) == PRESETS["apple"]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_opens_in_one_click_and_by_its_link(asked, preset: str) -> None:
    app = page()
    app.button_group(key="preset").set_value(preset).run()
    assert not app.exception
    assert link_of(app) == {"view": "stepper", "preset": preset}
    assert asked_now(asked) == PRESETS[preset]
    assert link_of(page(preset=preset)) == {"view": "stepper", "preset": preset}
    assert asked_now(asked) == PRESETS[preset]


def test_a_preset_keeps_what_was_typed_into_it() -> None:
    app = page()
    app.text_input(key="sequence").set_value("kiwi banana orange").run()
    assert link_of(app)["sequence"] == "kiwi banana orange"
    app.button_group(key="preset").set_value("order").run()
    assert "sequence" not in link_of(app)
    app.button_group(key="preset").set_value("apple").run()
    assert app.text_input(key="sequence").value == "kiwi banana orange"
    app.button(key="reset").click().run()
    assert app.text_input(key="sequence").value == "apple banana orange"
    assert link_of(app) == {"view": "stepper", "preset": "apple"}


@pytest.mark.parametrize(
    ("reads", "sequence", "says"),
    [
        ("numbers", "1 two 3", "“two” is not a number"),
        ("numbers", "1 2 99999", "is too large"),
        ("words", "", "The sequence is empty"),
        ("words", "a " * 61, "at most 60"),
        ("words", "![x](http://x) " + "b" * 41, "A word has 41 characters"),
    ],
)
def test_what_cannot_be_read_is_explained_and_kept(asked, reads: str, sequence: str, says: str) -> None:
    app = page(preset="numbers" if reads == "numbers" else "order")
    before = len(asked)
    app.text_input(key="sequence").set_value(sequence).run()
    assert not app.exception
    assert len(app.error) == 1
    assert says in app.error[0].value.replace("\\", "")
    assert app.text_input(key="sequence").value == sequence
    assert len(asked) == before
    assert link_of(app)["sequence"] == sequence


def test_steps_that_would_take_too_long_are_refused(asked) -> None:
    app = page(preset="length", sequence_length="1000", steps="31")
    assert any("at most 30 steps" in error.value for error in app.error)
    assert not asked
    app.slider(key="steps").set_value(1).run()
    assert not app.error
    assert asked[-1].steps == 1


def test_numbers_that_leave_their_range_are_explained() -> None:
    app = page(preset="numbers", cell="rnn_relu", gain="5", learning_rate="10", steps="500")
    assert any("leave the range of numbers" in error.value for error in app.error)
    assert app.slider(key="steps").value == 500


@pytest.mark.parametrize("cell", EQUATIONS)
def test_every_cell_is_shown(asked, cell: str) -> None:
    app = page(preset="hello", cell=cell)
    assert app.selectbox(key="cell").value == cell
    assert asked[-1].network.cell == cell


def test_another_order_of_the_same_words_stands_beside_its_bag() -> None:
    app = page(preset="chinese")
    assert any("bag of words" in caption.value for caption in app.caption)
    table = app.dataframe[0].value
    assert list(table["Sequence"]) == ["我 爱 中国", "中国 爱 我"]
    assert table["h at the end"][0] != table["h at the end"][1]
    assert table["Bag of words' y"][0] == table["Bag of words' y"][1]


def test_a_thousand_timesteps_need_no_more_parameters(asked) -> None:
    app = page(preset="length")
    app.button(key="t1000").click().run()
    assert not app.exception
    assert link_of(app)["sequence_length"] == "1000"
    assert len(asked[-1].sequence.sequence.split()) == 1000
    for cell in EQUATIONS:
        short, long = counts(cell, 3, 10), counts(cell, 3, 1000)
        assert short[0] == long[0]
        assert long[1] - short[1] == 990 * 3


def test_the_stepper_can_be_embedded_in_another_page(asked) -> None:
    def lesson() -> None:
        from playground.inside.stepper.view import show_stepper

        show_stepper("lesson", "order")
        show_stepper("lesson", "numbers")

    app = AppTest.from_function(lesson, default_timeout=120).run()
    assert not app.exception
    assert [question.sequence.sequence for question in asked] == ["I love machine learning", "0.5 -1 0.8 0.2"]


def test_the_page_speaks_chinese() -> None:
    app = page(lang="zh", preset="order")
    assert app.header[0].value == "网络内部"
    assert [each.value for each in app.subheader] == ["同一个网络读另一个序列"]
    assert app.text_input(key="sequence").label == "序列"


def test_the_stepper_has_words_for_every_cell() -> None:
    for cell in EQUATIONS:
        words = stepper_words(cell)
        assert set(words["places"]) == {"start", "forward", "back", "sum", "update"}
