"""The cliff in a real browser: clicking on the map moves the start, and the link with it."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

Open = Callable[[str], Visit]


@pytest.fixture
def bench(visit) -> Open:
    """Opens the bench."""
    return lambda path: visit(path, ready='[data-chart="cliff"] .main-svg')


def test_a_click_on_the_map_starts_there_and_the_preset_goes_back(bench: Open) -> None:
    # Without the surface in space: a browser without a graphics card complains about it in the console.
    page = bench("/gradients?bench=cliff&in_space=off").page
    said = page.locator(".st-key-said")
    said.get_by_text("reaches 371 at step 94").wait_for()
    box = page.locator('[data-chart="cliff"] .nsewdrag').first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.25 * box["height"])
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.25 * box["height"])  # w 5.6, b -2.08
    page.wait_for_url("**start_w=5.6*")
    assert "start_b=-2.0" in page.url
    said.get_by_text("reaches 371 at step 94").wait_for(state="detached")
    drawn = "document.querySelector('[data-chart=cliff]')"
    page.wait_for_function(f"{drawn}.data.some(trace => trace.x.length === 1 && Math.abs(trace.x[0] - 5.6) < 0.011)")
    page.locator(".st-key-preset button").click()
    said.get_by_text("reaches 371 at step 94").wait_for()
    page.wait_for_function("!location.search.includes('start_w')")


def test_play_lets_a_point_run_along_each_descent(bench: Open) -> None:
    page = bench("/gradients?bench=cliff&in_space=off").page
    page.locator('[data-chart="cliff"] .updatemenu-button').click()
    runner = "document.querySelector('[data-chart=cliff]').data.at(-1).x[0]"
    page.wait_for_function(f"{runner} > 4.9")  # back at the start
    page.wait_for_function(f"{runner} < 4.47")  # and at the end again
