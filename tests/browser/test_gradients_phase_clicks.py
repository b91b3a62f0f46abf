"""The phase diagram in a real browser: it fills in, pauses, is found again, and its squares open what was measured."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
Open = Callable[[str], Visit]
VALUES = "document.querySelector('[data-chart=phase]').data[1].text"


def measured(tab: Visit) -> int:
    return tab.page.evaluate(f"({VALUES} ?? []).flat().filter(value => value !== null).length")


def test_a_square_opens_the_experiment_that_was_measured_and_back_finds_the_diagram(visit: Open) -> None:
    tab = visit("/gradients?bench=phase&grid=3&length_to=20&hidden_size=8&cell=lstm")
    tab.press("play")
    tab.wait_for_state("finished")
    tab.wait_for("done", "value === '9'")
    tab.page.wait_for_function(f"{VALUES}?.flat().filter(value => value !== null).length === 9")
    tab.page.locator(".st-key-said").get_by_text("of 9 squares measured").wait_for()
    factor = tab.page.evaluate(f"{VALUES}[2][1]")  # ρ 1, T 20
    box = tab.page.locator('[data-chart="phase"] .nsewdrag').first.bounding_box()
    assert box is not None
    place = box["x"] + box["width"] * 1.5 / 3, box["y"] + box["height"] * 0.5 / 3
    tab.page.mouse.move(*place)
    tab.page.mouse.click(*place)
    tab.page.wait_for_url("**bench=learning*")
    for setting in (
        "cell=lstm",
        "init=orthogonal",
        "sequence_length=20",
        "hidden_size=8",
        "optimizer=sgd",
        "task=sine",
    ):
        assert setting in tab.page.url
    assert "gain" not in tab.page.url  # 1 is the default
    tab.page.locator('[data-chart="heatmap"] .main-svg').first.wait_for()
    tab.press("step")
    tab.wait_for("step", "value === '1'")
    tab.wait_for("per_step_factor", "value !== ''")
    assert tab.number("per_step_factor") == pytest.approx(factor, rel=1e-3)
    tab.page.go_back()
    tab.page.go_back()
    tab.page.wait_for_url("**bench=phase*")
    tab.wait_for("done", "value === '9'")
    assert "run=" in tab.page.url


def test_it_pauses_is_found_again_after_a_reload_and_goes_on(visit: Open) -> None:
    tab = visit("/gradients?bench=phase&grid=12&steps=300&hidden_size=64&rho_to=1")
    tab.press("play")
    tab.wait_for("done", "Number(value) > 5")
    tab.press("pause")
    tab.wait_for_state("paused")
    done = tab.number("done")
    assert 5 < done < 144
    tab.page.wait_for_function(f"{VALUES}.flat().filter(value => value !== null).length === {done:.0f}")
    tab.page.reload()
    tab.wait_for_state("paused")
    tab.wait_for("done", f"Number(value) === {done:.0f}")
    assert tab.reading("cells") == "144"
    tab.press("play")
    tab.wait_for("done", f"Number(value) > {done:.0f}")
    tab.press("reset")
    tab.wait_for_state("idle")
    assert measured(tab) == 0
    assert "run=" not in tab.page.url
