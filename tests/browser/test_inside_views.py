"""Looking inside, in a real browser: a click trains, a click in the text asks, and accuracies fill in live."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
Open = Callable[[str], Visit]
LINES = "document.querySelector('[data-chart=accuracy]').data.filter(trace => trace.meta).map(trace => trace.y)"


@pytest.fixture
def view(visit) -> Open:
    """Opens a view."""
    return lambda path: visit(path, ready=".st-key-preset button")


def asked_after(tab: Visit, timestep: int) -> None:
    """Wait until the answer after this timestep is shown: what moved it lies there or before."""
    tab.page.wait_for_function(
        f"""() => {{
            const text = document.querySelector("[data-coloured=saliency_text]");
            const coloured = [...(text?.querySelectorAll("span") ?? [])].filter((span) => span.dataset.value !== "");
            return text?.dataset.timestep === "{timestep}" && coloured.length === {timestep};
        }}""",
    )


def test_one_click_trains_a_network_and_clicks_in_its_text_and_map_ask_it(view: Open) -> None:
    tab = view("/inside?view=trained")
    tab.press("preset")
    tab.wait_for("state", "value === 'paused'")  # after its 400 steps
    tab.page.locator("[data-coloured=neuron_text] span").first.wait_for()
    tab.page.locator(".st-key-play button").wait_for()
    asked_after(tab, 200)
    tab.page.locator('[data-coloured=neuron_text] span[data-t="30"]').click()
    asked_after(tab, 30)
    tab.page.keyboard.press("ArrowRight")
    asked_after(tab, 31)
    tab.page.wait_for_url("**timestep=31*")
    states = tab.page.locator("[data-chart=states]")
    states.scroll_into_view_if_needed()
    box = states.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    tab.page.mouse.move(box["x"] + 0.4975 * box["width"], box["y"] + 0.5 * box["height"])
    tab.page.mouse.click(box["x"] + 0.4975 * box["width"], box["y"] + 0.5 * box["height"])
    tab.page.wait_for_url("**neuron=*")
    asked_after(tab, 100)


def test_a_text_is_read_as_it_stands_whatever_it_holds(view: Open) -> None:
    tab = view("/inside?view=trained")
    tab.press("preset")
    area = tab.page.locator(".st-key-inside_text textarea")
    area.wait_for()
    area.fill("Shall I <b>*compare*</b> ![thee](x)\nto a day?")
    area.press("Control+Enter")
    text = tab.page.locator("[data-coloured=neuron_text]")
    tab.page.wait_for_function(
        "document.querySelector('[data-coloured=neuron_text]')?.textContent.includes('bcompare')",
    )
    assert text.locator("b, img, em").count() == 0
    values = text.locator("span").evaluate_all("spans => spans.map(span => Number(span.dataset.value))")
    assert all(-1 <= value <= 1 for value in values)
    assert len(set(values)) > 10


def test_accuracies_over_distances_fill_in_live(view: Open) -> None:
    tab = view("/inside?view=distance&cells=rnn_tanh,gru&distances=3,48&epochs=3")
    tab.page.locator("[data-chart=accuracy] .main-svg").first.wait_for()
    tab.press("play")
    tab.page.wait_for_function(f"{LINES}.every(y => y[0] === 1) && {LINES}[1][1] > 0.95")
    tab.wait_for("state", "value === 'finished'")
    tanh, _gru = tab.page.evaluate(LINES)
    assert tanh[1] < 0.6
    tab.page.get_by_text("is right over 3 words, and no better than chance over 48").wait_for()


def test_the_size_of_the_weights_decides_how_soon_a_window_forgets(view: Open) -> None:
    tab = view("/inside?view=forgets&cells=rnn_tanh&rho=0.5")
    tab.page.locator("[data-chart=forgets] .main-svg").first.wait_for()
    measured = "document.querySelector('[data-chart=forgets]').data[0].y"
    small = tab.page.evaluate(measured)
    assert len(small) == 60
    assert small[20] < 1e-3 * small[0]
    tab.press("preset")
    tab.page.wait_for_function("document.querySelector('[data-chart=forgets]').data.length >= 8")
    assert tab.page.evaluate(measured)[20] > 100 * small[20]
