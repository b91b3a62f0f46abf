"""The stepper in a real browser: every place is a pure function of the trace, so there and back is nowhere."""

import contextlib
import io
import json
from typing import Any

import pytest

from playground.inside.stepper.settings import PRESETS
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.questions.trace import look_inside

pytestmark = pytest.mark.browser

FOCUS = PRESETS["focus"]


@pytest.fixture
def stepper(visit):
    """Opens the stepper with a link."""

    def open_stepper(**link: str):
        words = "&".join(f"{name}={value}" for name, value in {"view": "stepper", **link}.items())
        return visit(f"/inside?{words}", ready=".stepper svg .cell")

    return open_stepper


def screen(tab) -> str:
    return tab.page.locator(".stepper").inner_html()


def readings(tab) -> list[float]:
    return [tab.number(name) for name in ("timestep", "hidden_norm", "loss", "gradient_norm_here")]


@pytest.mark.parametrize("cell", EQUATIONS)
def test_forward_to_the_end_and_back_restores_the_first_screen(stepper, cell: str) -> None:
    tab = stepper(preset="order", cell=cell)
    first, seen, walked = screen(tab), [readings(tab)], [screen(tab)]
    while tab.page.locator(".st-key-forward button").is_enabled():
        tab.press("forward")
        seen.append(readings(tab))
        walked.append(screen(tab))
    assert len(seen) == 2 * 4 + 3
    assert [int(each[0]) for each in seen] == [0, 1, 2, 3, 4, 4, 3, 2, 1, 1, 4]
    found: Any = look_inside(PRESETS["order"].model_copy(update={"cell": cell}).question)
    assert seen[0][2] == pytest.approx(found.trace.loss)
    assert seen[-1][2] == pytest.approx(found.trace.after.loss)
    assert seen[-1][2] < seen[0][2]
    for t, hidden_norm, _loss, gradient_norm in seen[:-1]:
        assert hidden_norm == pytest.approx(sum(h * h for h in found.trace.hidden[int(t)]) ** 0.5)
        assert gradient_norm == pytest.approx(sum(d * d for d in found.trace.total[int(t)]) ** 0.5)
    assert tab.page.locator(".st-key-forward button").is_disabled()
    for shown in reversed(walked[:-1]):
        tab.press("back")
        assert screen(tab) == shown
    assert screen(tab) == first
    assert tab.page.locator(".st-key-back button").is_disabled()


def test_arrow_keys_step_and_space_plays_unless_somebody_types(stepper) -> None:
    tab = stepper(preset="apple")
    tab.page.locator("h2", has_text="Inside the network").click()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowRight")
    assert tab.number("timestep") == 2
    tab.page.keyboard.press("ArrowLeft")
    assert tab.number("timestep") == 1
    tab.page.locator(".st-key-sequence input").focus()
    tab.page.keyboard.press("ArrowRight")
    assert tab.number("timestep") == 1
    tab.page.locator(".stepper .scroller").focus()
    tab.page.keyboard.press("Space")
    tab.page.locator(".st-key-play button", has_text="Pause").wait_for()
    tab.wait_for("timestep", "Number(value) === 3")
    tab.page.keyboard.press("Space")
    tab.page.locator(".st-key-play button", has_text="Play").wait_for()


def test_play_walks_to_the_end_and_stops(stepper) -> None:
    tab = stepper(preset="numbers")
    before = tab.number("loss")
    tab.press("play")
    tab.wait_for("loss", f"Number(value) < {before}")
    tab.page.locator(".st-key-play button", has_text="Play").wait_for()
    assert tab.page.locator(".st-key-timestep input").input_value() == "10"


def test_the_slider_goes_anywhere(stepper) -> None:
    tab = stepper(preset="focus")
    tab.page.locator(".st-key-timestep input").fill("7")
    assert tab.number("timestep") == 7
    found: Any = look_inside(FOCUS.question)
    right = tab.page.locator(".stepper .chance.right")
    assert "recurrence" in right.inner_text()
    p = found.trace.probabilities[6][found.vocabulary.index("recurrence")]
    assert float(right.get_attribute("title")) == pytest.approx(p)
    assert p > 0.5


@pytest.mark.parametrize("cell", ["rnn_tanh", "gru"])
def test_the_shares_that_are_shown_add_up_to_autograds_gradient(stepper, cell: str) -> None:
    tab = stepper(preset="hello", cell=cell)
    found: Any = look_inside(PRESETS["hello"].model_copy(update={"cell": cell}).question)
    read = """name => [...document.querySelectorAll(`[data-share=${name}] span`)].map((each) => Number(each.title))"""
    sums: dict[str, list[float]] = {"W_hh": [], "W_xh": [], "W_hy": []}
    for position in range(5, 9):
        tab.page.locator(".st-key-timestep input").fill(str(position))
        for name in sums:
            share = tab.page.evaluate(read, name)
            sums[name] = [a + b for a, b in zip(share, sums[name] or [0.0] * len(share), strict=True)]
    for name, total in sums.items():
        assert total == pytest.approx(
            [entry for row in found.trace.from_autograd[name] for entry in row], rel=1e-9, abs=1e-13
        )
    tab.press("forward")
    differences = tab.page.locator("[data-difference]").evaluate_all(
        "all => all.map((e) => Number(e.dataset.difference))"
    )
    assert len(differences) == len(found.trace.gradients)
    assert max(differences) < 1e-12


def test_copied_python_prints_the_numbers_of_the_screen(stepper) -> None:
    tab = stepper(preset="numbers")
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.press("copy")
    tab.page.locator(".stepper .said", has_text="Copied").wait_for()
    script = tab.page.evaluate("navigator.clipboard.readText()")
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "copied.py", "exec"), names)
    assert "dL/dh" in printed.getvalue()
    assert names["L"] == pytest.approx(tab.number("loss"), rel=1e-12)


def test_the_shared_weights_light_all_their_arrows(stepper) -> None:
    tab = stepper(preset="order")
    page = tab.page
    page.locator(".stepper .badge[data-weights=W_hh]").click()
    page.mouse.move(0, 0)
    lit = "() => [...document.querySelectorAll('.stepper svg [data-weights] .arrow')].map((arrow) =>"
    lit += " [arrow.parentNode.dataset.weights, getComputedStyle(arrow).stroke])"
    colours = page.evaluate(lit)
    green = {weights for weights, colour in colours if colour == "rgb(18, 166, 124)"}
    assert green == {"W_hh"}
    assert sum(weights == "W_hh" for weights, _colour in colours) == 4
    assert sum(weights == "W_xh" for weights, _colour in colours) == 4


def test_a_thousand_timesteps_are_walked_at_once_and_only_what_is_in_sight_is_drawn(stepper) -> None:
    tab = stepper(preset="length", sequence_length="1000")
    tab.page.locator(".st-key-timestep input").fill("700")
    assert tab.number("timestep") == 700
    assert tab.page.locator(".stepper svg [data-column='700']").count() == 1
    assert tab.page.locator(".stepper svg [data-column]").count() < 30
    pressed = """() => { const button = document.querySelector('.st-key-forward button'); const times = [];
        for (let i = 0; i < 20; i++) { const began = performance.now(); button.click(); times.push(performance.now() - began); }
        return times.sort((a, b) => a - b)[10]; }"""
    assert tab.page.evaluate(pressed) < 150


def test_typed_words_are_shown_as_text(stepper) -> None:
    tab = stepper(preset="order", sequence="<b>bold</b> <img/src=x/onerror=alert(1)> **two**")
    assert "<b>bold</b>" in " ".join(tab.page.locator(".stepper svg .unit").all_text_contents()) + json.dumps(
        tab.page.locator(".stepper .chance").all_text_contents()
    )
    assert tab.page.locator(".stepper img").count() == 0


def test_another_word_of_the_same_sequence_keeps_the_place(stepper) -> None:
    tab = stepper(preset="apple")
    tab.page.locator(".st-key-timestep input").fill("3")
    before = tab.number("hidden_norm")
    tab.page.locator(".st-key-sequence input").fill("cherry banana orange")
    tab.page.keyboard.press("Enter")
    tab.wait_for("hidden_norm", f"Math.abs(Number(value) - {before}) > 1e-6")
    assert tab.number("timestep") == 3
    tab.wait_for("distance", "Number(value) === 0")  # both sequences are the same now
