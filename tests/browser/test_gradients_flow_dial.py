"""The gradient laboratory in a real browser."""

import pytest

pytestmark = pytest.mark.browser

FLOW = "/gradients?bench=flow&init=orthogonal&rho=0.9&cells=rnn_tanh&input=zeros"


@pytest.fixture
def flow(visit):
    """The bench "flow" with theory drawn over what is measured."""
    tab = visit("/time-series")
    tab.page.goto(tab.url + FLOW)
    tab.page.locator('[data-chart="gradient_flow"] .main-svg').last.wait_for()
    return tab


def test_a_link_opens_the_flow_that_theory_says(flow) -> None:
    flow.wait_for("per_step_factor", "Math.abs(Number(value) - 0.9) < 1e-9")
    assert flow.number("horizon") == 43  # 0.9 ** 43 is the last above a hundredth
    assert flow.page.locator(".st-key-rho input").input_value() == "0.9"


def test_the_picture_follows_the_dial_before_it_is_let_go_of_and_the_link_after(flow) -> None:
    page = flow.page
    first = "document.querySelector('[data-chart=gradient_flow]').data[0].y[0]"
    before = page.evaluate(first)
    box = page.locator(".st-key-rho input").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + 0.3 * (box["width"] - 16), middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    flow.wait_for("per_step_factor", "Number(value) > 1.3")
    page.wait_for_function(f"{first} > 1e6 * {before}")
    assert "grows to" in page.locator('[data-told="seen"]').inner_text()
    assert "rho=0.9" in page.url
    page.mouse.up()
    page.wait_for_function("!location.search.includes('rho=0.9')")
    shown = page.locator(".st-key-rho input").input_value()
    assert f"rho={shown}" in page.url
    assert flow.number("per_step_factor") == pytest.approx(float(shown), rel=1e-9)


def test_the_dial_moves_by_keyboard(flow) -> None:
    flow.page.locator(".st-key-rho input").focus()
    flow.page.keyboard.press("ArrowRight")
    flow.wait_for("per_step_factor", "Math.abs(Number(value) - 0.91) < 1e-9")
    flow.page.wait_for_function("location.search.includes('rho=0.91')")


def test_the_check_finds_the_flow_exact(flow) -> None:
    flow.press("trust")
    flow.wait_for("trust_error", "value !== '' && Number(value) < 1e-6")
