"""The lessons in a real browser: turning screens, predicting, revealing, drawing; by mouse and by keyboard alone."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def lesson(visit):
    """Opens a lesson's screen."""

    def open_screen(link: str, **options: object):
        tab = visit(f"/lessons?{link}", ready='[data-live="screen"]', **options)
        tab.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        return tab

    return open_screen


def at(tab, name: str, number: int) -> None:
    """Wait until this screen is shown."""
    tab.page.wait_for_function(
        f"location.search.includes('lesson={name}') && location.search.includes('screen={number}')"
    )
    tab.wait_for("screen", f"value === '{number}'")


def test_next_previous_and_back_turn_the_screens(lesson) -> None:
    tab = lesson("lesson=vanishing&screen=4")
    tab.press("next")
    at(tab, "exploding", 1)
    tab.press("previous")
    at(tab, "vanishing", 4)
    tab.page.go_back()
    at(tab, "exploding", 1)
    tab.page.go_back()
    at(tab, "vanishing", 4)


def test_a_lesson_can_be_walked_by_keyboard_alone(lesson) -> None:
    tab = lesson("lesson=vanishing&screen=1")
    page = tab.page
    page.locator('[data-testid="stRadio"] input').first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.locator(".st-key-lesson_text").get_by_text("About half a percent").wait_for()
    page.keyboard.press("s")
    page.locator('[data-chart="gradient_flow"] .main-svg').last.wait_for()
    tab.wait_for("per_step_factor", "Math.abs(Number(value) - 0.9) < 1e-9")
    page.locator(".st-key-prediction").get_by_text("Right.").wait_for()
    page.keyboard.press("PageDown")
    at(tab, "vanishing", 2)
    page.keyboard.press("PageUp")
    at(tab, "vanishing", 1)


def test_a_curve_is_drawn_by_hand_and_the_measured_one_is_laid_over_it(lesson) -> None:
    tab = lesson("lesson=vanishing&screen=2")
    page = tab.page
    handle = page.locator('[data-handle="0"]')
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60, steps=3)
    page.mouse.up()
    page.wait_for_function("Number(document.querySelector('[data-handle=\"0\"]').getAttribute('aria-valuenow')) < -2")
    page.locator('[data-handle="3"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('[data-handle=\"3\"]').getAttribute('aria-valuenow') === '-1'")
    drawn = float(handle.get_attribute("aria-valuenow"))
    assert page.locator("polyline.truth").count() == 0
    tab.press("reveal")
    page.locator('[data-sketch="revealed"] polyline.truth').wait_for()
    points = page.locator("polyline.truth").get_attribute("points").split()
    assert len(points) == 100
    heights = [float(point.split(",")[1]) for point in points]
    assert heights[0] > heights[50] > heights[99]  # it falls to the left; y counts downwards
    assert float(tab.reading("sketch_truth")) < 1e-18
    # What was drawn stays where it was.
    first = page.locator("polyline.drawn").get_attribute("points").split()[0]
    low, high, top, bottom = -25, 2, 40, 46
    assert float(first.split(",")[1]) == pytest.approx(
        top + (high - drawn) / (high - low) * (380 - top - bottom), abs=1
    )
    page.locator('[data-chart="gradient_flow"] .main-svg').last.wait_for()


def test_revealing_trains_and_the_claim_is_seen(lesson) -> None:
    tab = lesson("lesson=sine&screen=2")
    tab.press("reveal")
    tab.wait_for("state", "value === 'finished'")
    assert tab.number("test_loss") < 0.0005


def test_a_lecturer_s_link_hides_text_and_controls_and_keys_still_work(lesson) -> None:
    tab = lesson("lesson=sine&screen=2&hide=text,controls&big=on")
    page = tab.page
    assert page.locator(".st-key-lesson_text").count() == 0
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 20
    page.locator(".st-key-reveal button").wait_for()
    page.keyboard.press("s")
    tab.wait_for("state", "value === 'finished'")
    assert not page.locator(".st-key-transport").is_visible()
    page.keyboard.press("PageDown")
    at(tab, "sine", 3)
    assert "hide=text%2Ccontrols" in page.url
    assert "big=on" in page.url


def test_the_way_to_the_laboratory_takes_the_settings_along(lesson) -> None:
    tab = lesson("lesson=vanishing&screen=1")
    tab.press("reveal")
    tab.page.get_by_role("link", name="Open in the laboratory with these settings").click()
    tab.page.wait_for_function("location.pathname === '/gradients' && location.search.includes('rho=0.9')")
    tab.wait_for("per_step_factor", "Math.abs(Number(value) - 0.9) < 1e-9")


def test_a_phone_shows_a_lesson_without_scrolling_sideways(lesson) -> None:
    tab = lesson("lesson=vanishing&screen=2", viewport={"width": 390, "height": 844})
    tab.press("reveal")
    tab.page.locator('[data-chart="gradient_flow"] .main-svg').last.wait_for()
    assert tab.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_browser_remembers_which_screens_were_seen(lesson) -> None:
    tab = lesson("lesson=sharing&screen=1")
    tab.press("next")
    at(tab, "sharing", 2)
    page = tab.page
    page.goto(f"{tab.url}/lessons?lesson=order&screen=1")  # a new visit, by the same browser
    tab.wait_for("screen", "value === '1'")
    page.get_by_role("button", name="View").click()
    page.get_by_text("Your progress on this device: 3 of").wait_for()
    page.keyboard.press("Escape")
    page.locator(".st-key-lesson input").click()
    page.get_by_role("option", name="The same weights at every timestep ✓").wait_for()
