"""The main job in a real browser: play, watch, pause, change, leave, come back, break."""

import os
import re
import signal

import psutil
import pytest

pytestmark = pytest.mark.browser

MOVES = "Number(value) > {step}"


def test_play_moves_all_three_charts_and_pause_holds_them_at_one_step(visit) -> None:
    tab = visit("/time-series")
    assert tab.reading("state") == "idle"
    tab.press("play")
    tab.wait_for("step", "Number(value) > 20")
    tab.press("pause")
    tab.wait_for_state("paused")
    step = tab.number("step")
    shown = """step => ['loss', 'prediction', 'gradient_flow'].every(
        name => document.querySelector(`[data-chart="${name}"]`).dataset.step == step)"""
    tab.page.wait_for_function(shown, arg=step)
    assert tab.number("step") == step
    assert all(
        int(tab.page.locator(f'[data-chart="{name}"]').get_attribute("data-draws")) > 3
        for name in ("loss", "prediction", "gradient_flow")
    )
    assert tab.number("train_loss") > 0
    assert tab.number("test_loss") > 0
    assert tab.number("gradient_norm") > 0
    assert 0 < tab.number("per_step_factor") < 2
    assert 0 <= tab.number("horizon") <= 49


def test_the_chapters_network_beats_persistence_within_seconds(visit) -> None:
    tab = visit("/time-series?pace=max")
    tab.press("play")
    tab.wait_for("test_loss", "value !== '' && Number(value) < 0.0005", timeout=30_000)  # persistence: 0.005


def test_charts_are_mounted_once_whatever_happens(visit) -> None:
    tab = visit("/time-series?epochs=30")
    tab.press("step")
    tab.wait_for_state("paused")
    tab.press("play")
    tab.wait_for("step", "Number(value) > 50")
    tab.page.locator(".st-key-learning_rate input[type=range]").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.press("pause")
    tab.wait_for_state("paused")
    tab.press("play")
    tab.wait_for_state("finished")
    tab.press("reset")
    tab.wait_for_state("idle")
    mounts = tab.page.locator("[data-chart]").evaluate_all("charts => charts.map(chart => chart.dataset.mounts)")
    assert mounts == ["1", "1", "1"]


def test_zoom_is_kept_while_data_flows(visit) -> None:
    tab = visit("/time-series?pace=max&epochs=5000")
    tab.press("play")
    tab.wait_for("step", "Number(value) > 50")
    chart = "document.querySelector('[data-chart=loss]')"
    tab.page.evaluate(f"Plotly.relayout({chart}, {{'xaxis.range': [10, 40]}})")
    draws = tab.page.evaluate(f"Number({chart}.dataset.draws)")
    tab.page.wait_for_function(f"Number({chart}.dataset.draws) > {draws + 25}")
    assert tab.page.evaluate(f"{chart}.layout.xaxis.range") == [10, 40]


def test_a_step_is_one_step_and_an_epoch_ends_at_its_end(visit) -> None:
    tab = visit("/time-series")
    tab.press("step")
    tab.wait_for("step", "value === '1'")
    tab.wait_for_state("paused")
    tab.press("step_epoch")
    tab.wait_for("epoch", "value === '1'")
    tab.wait_for_state("paused")
    assert tab.reading("step") == "24"


def test_space_and_arrow_work_also_while_a_slider_or_a_select_has_focus(visit) -> None:
    tab = visit("/time-series?pace=10&epochs=500")
    keyboard = tab.page.keyboard
    keyboard.press("Space")
    tab.wait_for_state("running")
    slider = tab.page.locator(".st-key-learning_rate input[type=range]")
    slider.focus()
    keyboard.press("Space")
    tab.wait_for_state("paused")
    step, rate = tab.number("step"), slider.get_attribute("aria-valuetext")
    keyboard.press("ArrowRight")  # belongs to the slider
    tab.page.wait_for_function(
        "before => document.querySelector('.st-key-learning_rate input[type=range]').ariaValueText !== before", arg=rate
    )
    assert tab.number("step") == step
    tab.page.locator(".st-key-cell input").focus()
    keyboard.press("Space")
    tab.wait_for_state("running")
    keyboard.press("Space")
    tab.wait_for_state("paused")
    tab.page.locator("h2").first.click()
    step = tab.number("step")
    keyboard.press("ArrowRight")
    tab.wait_for("step", f"Number(value) === {step + 1:.0f}")
    tab.wait_for_state("paused")


def test_typing_a_space_does_not_play(visit) -> None:
    tab = visit("/text")
    tab.page.locator(".st-key-prompt input").fill("")
    tab.page.locator(".st-key-prompt input").press_sequentially("to be or")
    assert tab.page.locator(".st-key-prompt input").input_value() == "to be or"
    assert tab.reading("state") == "idle"


def test_reload_attaches_to_the_same_run_with_every_step_once(visit) -> None:
    tab = visit("/time-series?pace=10&epochs=500")  # so slow that a slow page sees few steps: many are thinned
    tab.press("play")
    tab.wait_for("step", "Number(value) > 10")
    before = tab.number("step")
    tab.page.reload()
    tab.wait_for("step", f"Number(value) > {before}")
    assert tab.reading("state") == "running"
    tab.press("pause")
    tab.wait_for_state("paused")
    steps = tab.page.evaluate(
        """async () => {
            await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
            const traces = document.querySelector('[data-chart=loss]').data;
            return traces.find(trace => trace.meta?.x === 'history.train_steps').x;
        }"""
    )
    assert steps == list(range(1, int(tab.number("step")) + 1))


def test_the_other_page_and_back_finds_the_run_going_on(visit) -> None:
    tab = visit("/time-series?pace=100&epochs=500")
    tab.press("play")
    tab.wait_for("step", "Number(value) > 20")
    before = tab.number("step")
    tab.page.get_by_role("link", name="Overview").first.click()
    tab.page.get_by_role("heading", name="RNN playground").wait_for()
    tab.page.get_by_role("link", name="Time series").first.click()
    tab.wait_for("step", f"Number(value) > {before}")
    assert tab.reading("state") == "running"


def test_two_tabs_on_one_run_show_the_same_and_both_can_pause(visit) -> None:
    one = visit("/time-series?pace=100&epochs=500")
    one.press("play")
    one.wait_for("step", "Number(value) > 5")
    one.page.wait_for_url(re.compile("run="))
    two = visit(one.page.url.removeprefix(one.url))
    two.wait_for("step", "Number(value) > 10")
    two.press("pause")
    two.wait_for_state("paused")
    one.wait_for_state("paused")
    one.page.locator(".st-key-play button").wait_for()  # its button is not stale
    assert one.reading("step") == two.reading("step")
    one.press("play")
    two.wait_for_state("running")
    two.page.locator(".st-key-pause button").wait_for()


#: Keeps the first step of a run that a page shows: a slow page is not ready before the run has gone on.
FIRST_STEP = """new MutationObserver(() => {
    const value = Number(document.querySelector('[data-live="step"]')?.dataset.value);
    if (value > 0) window.firstStep ??= value;
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-value"]});"""


def test_a_closed_tab_pauses_its_run_and_opening_it_again_goes_on(visit) -> None:
    tab = visit("/time-series?pace=10&epochs=500")
    tab.press("play")
    tab.wait_for("step", "Number(value) > 3")
    tab.page.wait_for_url(re.compile("run="))
    link = tab.page.url.removeprefix(tab.url)
    tab.page.close()
    # The lease is ten seconds: after fifteen, ten steps a second would have gone on to 150.
    again = visit("/time-series")
    again.page.wait_for_timeout(15_000)
    again.page.add_init_script(FIRST_STEP)
    again.open(link)
    again.wait_for("step", "Number(value) > 3")
    assert 3 < again.page.evaluate("window.firstStep") < 140
    again.wait_for("step", f"Number(value) > {again.number('step') + 5}")
    assert again.reading("state") == "running"


def test_back_restores_the_settings_that_were_there(visit) -> None:
    tab = visit("/time-series?hidden_size=20")
    box = tab.page.locator(".st-key-hidden_size input")
    box.fill("40")
    box.press("Enter")
    tab.page.wait_for_url(re.compile("hidden_size=40"))
    tab.page.go_back()
    tab.page.wait_for_function("document.querySelector('.st-key-hidden_size input').value === '20'")
    assert "hidden_size=20" in tab.page.url


def test_a_link_opens_the_same_experiment_in_either_language(visit) -> None:
    english = visit("/time-series?cell=gru&hidden_size=24&frequency=0.2&pace=max")
    chinese = visit("/time-series?cell=gru&hidden_size=24&frequency=0.2&pace=max&lang=zh")
    for tab in (english, chinese):
        assert tab.page.locator(".st-key-hidden_size input").input_value() == "24"
        tab.press("step")
        tab.wait_for("step", "value === '1'")
        tab.wait_for_state("paused")
    assert english.reading("train_loss") == chinese.reading("train_loss")
    assert (
        chinese.page.locator(".st-key-step button").inner_text()
        != english.page.locator(".st-key-step button").inner_text()
    )


def test_a_change_of_settings_leaves_the_run_as_a_pale_line_until_cleared(visit) -> None:
    tab = visit("/time-series?pace=max&epochs=5")
    tab.press("play")
    tab.wait_for_state("finished")
    box = tab.page.locator(".st-key-hidden_size input")
    box.fill("8")
    box.press("Enter")
    tab.wait_for_state("idle")
    pale = """() => document.querySelector('[data-chart=loss]').data
        .find(trace => trace.meta?.x === 'previous.train_steps').x.length"""
    tab.page.wait_for_function(f"({pale})() === 120")
    tab.press("clear")
    tab.page.wait_for_function(f"({pale})() === 0")


def test_the_right_edge_of_a_phone_cuts_nothing_off(visit) -> None:
    tab = visit("/time-series", viewport={"width": 390, "height": 844}, has_touch=True)
    tab.press("step")
    tab.wait_for("step", "value === '1'")
    assert tab.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    widths = tab.page.locator("[data-chart]").evaluate_all("charts => charts.map(chart => chart.clientWidth)")
    assert all(280 < width <= 390 for width in widths)


def test_a_killed_worker_costs_seconds_and_no_number_changes(own_server, visit) -> None:
    server = own_server()
    rate = "input[type=range]"
    losses = []
    for kill, pace in ((False, "max"), (True, "100")):
        tab = visit(f"/time-series?pace={pace}&epochs=40", at=server)
        tab.press("step_epoch")  # the rate is changed at the same step in both runs
        tab.wait_for("step", "value === '24'")
        tab.wait_for_state("paused")
        tab.page.locator(f".st-key-learning_rate {rate}").focus()
        tab.page.keyboard.press("ArrowLeft")
        tab.page.wait_for_url(re.compile("learning_rate=0.007"))
        tab.press("play")
        if kill:
            tab.wait_for("step", "Number(value) > 150")
            [worker] = server.workers()
            os.kill(worker.pid, signal.SIGKILL)
            step = tab.number("step")
            tab.wait_for("step", f"Number(value) > {step}", timeout=12_000)
        tab.wait_for_state("finished")
        with tab.page.expect_download() as download:
            tab.press("download_curves")
        rows = download.value.path().read_text().splitlines()[1:]
        losses.append([row.split(",")[2] for row in rows])
        tab.page.close()
    assert len(losses[0]) == 40 * 24
    assert losses[0] == losses[1]


def test_a_hung_worker_is_replaced(own_server, visit) -> None:
    server = own_server()
    tab = visit("/time-series?pace=100&epochs=500", at=server)
    tab.press("play")
    tab.wait_for("step", "Number(value) > 20")
    [worker] = server.workers()
    os.kill(worker.pid, signal.SIGSTOP)
    step = tab.number("step")
    tab.wait_for("step", f"Number(value) > {step + 20}", timeout=40_000)
    assert not psutil.pid_exists(worker.pid) or worker.status() == psutil.STATUS_ZOMBIE


def test_sigterm_with_open_streams_ends_the_server_and_its_worker_at_once(own_server, visit) -> None:
    server = own_server()
    tab = visit("/time-series", at=server)
    tab.may_complain = True
    tab.press("play")
    tab.wait_for("step", "Number(value) > 10")
    processes = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(5)
    assert alive_after(processes, seconds=2) == []
    assert "Traceback" not in server.log.read_text()


def test_no_process_outlives_a_server_killed_with_9(own_server, visit) -> None:
    server = own_server()
    tab = visit("/time-series", at=server)
    tab.may_complain = True
    tab.press("play")
    tab.wait_for("step", "Number(value) > 10")
    processes = psutil.Process(server.process.pid).children(recursive=True)
    assert processes
    server.process.kill()
    assert alive_after(processes, seconds=2) == []


def alive_after(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that have not ended. A zombie has: it waits to be reaped, in a container perhaps for ever."""
    _gone, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
