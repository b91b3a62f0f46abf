"""The benches that train, in a real browser: a click, and its point is seen."""

import pytest

pytestmark = pytest.mark.browser


def lane(tab, row: int, name: str) -> str:
    return tab.page.locator("table.lanes tr").nth(row).locator(f'[data-lane="{name}"]').get_attribute("data-value")


def wait_for_lane(tab, row: int, name: str, condition: str) -> None:
    tab.page.wait_for_function(
        f"""() => {{
            const cell = document.querySelectorAll("table.lanes tr")[{row}]?.querySelector('[data-lane="{name}"]');
            const value = cell?.dataset.value ?? "";
            return {condition};
        }}"""
    )


def test_one_click_makes_a_network_explode_beside_one_that_is_clipped(visit) -> None:
    tab = visit("/gradients?bench=explosion")
    tab.press("preset")
    wait_for_lane(tab, 1, "state", "value === 'diverged'")
    wait_for_lane(tab, 2, "step", "Number(value) > 100")
    assert float(lane(tab, 1, "gradient_norm")) > 1e4
    assert float(lane(tab, 2, "clipped_norm")) <= 1.000001
    assert int(lane(tab, 1, "step")) < 150  # the last finite step stays on the screen
    tab.press("pause")
    wait_for_lane(tab, 2, "state", "value === 'paused' || value === 'finished'")
    assert tab.page.get_by_text("it diverged; the gradient norm had reached").is_visible()
    lines = (
        "document.querySelector('[data-chart=norms]').data.map(trace => Math.max(...trace.y.filter(y => y !== null)))"
    )
    assert tab.page.evaluate(lines)[0] > 1e4


def test_a_race_runs_in_step_and_a_reload_finds_it_again(visit) -> None:
    tab = visit("/gradients?bench=race")
    tab.press("preset")
    wait_for_lane(tab, 3, "step", "Number(value) > 60")
    tab.press("pause")
    tab.wait_for_state("paused")
    steps = [int(lane(tab, row, "step")) for row in (1, 2, 3)]
    assert max(steps) - min(steps) <= 25
    tab.page.reload()
    tab.wait_for_state("paused")
    wait_for_lane(tab, 3, "step", f"Number(value) === {steps[2]}")
    assert [int(lane(tab, row, "step")) for row in (1, 2, 3)] == steps
    assert "run=" in tab.page.url


def test_the_heat_map_grows_and_the_slider_looks_back(visit) -> None:
    tab = visit("/gradients?bench=learning")
    tab.press("preset")
    tab.wait_for("step", "Number(value) > 150")
    tab.press("pause")
    tab.wait_for_state("paused")
    heat = "document.querySelector('[data-chart=heatmap]')"
    tab.page.wait_for_function(f"{heat}.data[0].z.length === 60 && {heat}.data[0].x.length > 5")
    slider = tab.page.locator(".scrub input")
    slider.focus()
    slider.press("Home")
    tab.wait_for("scrub", "value !== '' && Number(value) < 20")
    flow = "document.querySelector('[data-chart=gradient_flow]').data.find(trace => trace.meta?.y === 'scrubbed.flow')"
    tab.page.wait_for_function(f"{flow}.y.filter(y => y > 0).length === 60")
    mounts = tab.page.locator("[data-chart]").evaluate_all("charts => charts.map(chart => chart.dataset.mounts)")
    assert set(mounts) == {"1"}
