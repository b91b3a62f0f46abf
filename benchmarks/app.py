"""The app as a visitor meets it: a server of its own, a real Chromium, and how long things take.

Needs what the browser tests need.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.headless import Headless
from benchmarks.report import median_and_largest, number, spread, table
from benchmarks.rounds import Spread, ratio
from benchmarks.tab import STEPPED, Tab, open_tab
from playground.data.texts import PRESETS, built_in
from playground.figures.targets import naive_losses
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, TrainingConfig
from tests.browser.conftest import FLAGS, Server, executable

EPOCHS = 100_000  # a run that does not end while it is measured
FULL_SPEED = f"/time-series?pace=max&epochs={EPOCHS}"
CHARTS = ("prediction", "loss", "gradient_flow")
PRESSES = 15
RATE_SECONDS = 4.0
CHART_SECONDS = 8.0
SETTLED = 2.0  # seconds after which a run that has just begun is going steadily

Row = tuple[str, str]


def report(rounds: int, minutes: float) -> Iterator[str]:
    """The table of this part."""
    yield from (
        "",
        "## The app",
        "",
        "A real server and Chromium, 1440 x 900, on one machine. Times are stamped in the page and count from the",
        "pointer or the key going down. Median [quartiles] where several were taken.",
        "",
    )
    yield from table(("what", "measured"), _rows(rounds, minutes))


def _rows(rounds: int, minutes: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        server = Server(Path(folder) / "log.txt")
        try:
            yield "server started until it answers", f"{number(server.seconds_to_answer)} s"
            yield from memory(browser, server, minutes)  # first, while the server is fresh
            yield from first_points(browser, server.url, rounds)
            yield from charts(browser, server.url)
            yield from presses(browser, server.url)
            yield from slider(browser, server.url)
            yield from rates(browser, server.url, rounds)
            yield from text(browser, server.url)
        finally:
            browser.close()
            server.stop()


def memory(browser: Browser, server: Server, minutes: float) -> list[Row]:
    """Of a fresh server: at the beginning of a run at full speed, and later in it."""
    with open_tab(browser, server.url, FULL_SPEED) as tab:
        tab.press("play")
        tab.since_press("readings", STEPPED.format(step=0))
        tab.wait(SETTLED)
        before = _megabytes(tab, server)
        tab.wait(minutes * 60)
        after, step = _megabytes(tab, server), tab.number("step")
    later = f"{minutes:g} min and {step:.0f} steps"
    return [
        (f"memory, {what}: as a run begins -> {later} later", f"{first:.0f} -> {last:.0f} MB")
        for what, first, last in zip(("server", "worker", "page's JavaScript heap"), before, after, strict=True)
    ]


def _megabytes(tab: Tab, server: Server) -> tuple[float, float, float]:
    own = psutil.Process(server.process.pid).memory_info().rss
    workers = [worker.memory_info().rss for worker in server.workers()]
    return own / 1e6, max(workers) / 1e6, tab.heap() / 1e6


def first_points(browser: Browser, url: str, times: int) -> list[Row]:
    """From Play, warm, on a run that does not exist yet, to the first step shown and to the first chart drawn."""
    read, drawn, all_drawn = [], [], []
    with open_tab(browser, url, FULL_SPEED) as tab:
        for _ in range(times):
            tab.press("play")
            read.append(tab.since_press("readings", STEPPED.format(step=0)))
            drawn.append(tab.since_press("draws", "entry.step > 0"))
            each = (tab.since_press("draws", f"entry.step > 0 && entry.name === '{chart}'") for chart in CHARTS)
            all_drawn.append(max(each))
            tab.wait(0.5)
            tab.press("reset")
            tab.wait_for("state", "value === 'idle'")
            tab.page.locator(".st-key-play button").wait_for()
            tab.wait(0.5)
    return [
        ("Play -> first step in the readings", _milliseconds(read)),
        ("Play -> first chart drawn with it", _milliseconds(drawn)),
        ("Play -> all three charts drawn", _milliseconds(all_drawn)),
    ]


def charts(browser: Browser, url: str) -> list[Row]:
    """How lively the charts are at full speed."""
    with open_tab(browser, url, FULL_SPEED) as tab:
        tab.press("play")
        tab.since_press("readings", STEPPED.format(step=0))
        tab.wait(SETTLED)
        seen = tab.watch_charts(CHART_SECONDS)
    rows = [
        (
            f"chart {name}, {CHART_SECONDS:g} s at full speed",
            f"{number(seen.updates_per_second(name))} updates/s, longest gap {1000 * seen.longest_gap(name):.0f} ms",
        )
        for name in seen.draws
    ]
    blank = f"{number(100 * seen.blank / seen.frames)} % of {seen.frames} ({seen.frames / seen.seconds:.0f} frames/s)"
    return [*rows, ("frames with a blank chart", blank)]


def presses(browser: Browser, url: str) -> list[Row]:
    """How soon Pause and Play do what they say."""
    paused, played = [], []
    with open_tab(browser, url, FULL_SPEED) as tab:
        tab.press("play")
        tab.since_press("readings", STEPPED.format(step=0))
        for _ in range(PRESSES):
            tab.wait(0.5)
            tab.press("pause")
            paused.append(tab.since_press("readings", "entry.name === 'state' && entry.value === 'paused'"))
            tab.wait(0.5)
            step = tab.number("step")
            tab.press("play")
            played.append(tab.since_press("readings", STEPPED.format(step=step)))
    return [
        ("Play -> next step", _milliseconds(played)),
        ("Pause -> paused", _milliseconds(paused)),
    ]


def slider(browser: Browser, url: str) -> list[Row]:
    """How soon a run trains with a learning rate that was just chosen."""
    seconds = []
    with open_tab(browser, url, FULL_SPEED) as tab:
        tab.press("play")
        tab.since_press("readings", STEPPED.format(step=0))
        for press in range(PRESSES):
            tab.wait(0.7)
            rate = tab.page.evaluate("record.messages.at(-1).learning_rate")
            tab.press_arrow("learning_rate", "ArrowRight" if press % 2 else "ArrowLeft")
            seconds.append(tab.since_press("messages", f"entry.learning_rate !== {rate}"))
    return [("learning-rate slider -> first snapshot trained with the new value", _milliseconds(seconds))]


def rates(browser: Browser, url: str, pairs: int) -> list[Row]:
    """How much of the engine's speed arrives in the app, with a browser watching."""
    experiment = Experiment(task=SineTask(), training=TrainingConfig(epochs=EPOCHS))
    app, alone = [], []
    with open_tab(browser, url, FULL_SPEED) as tab, Headless(experiment) as headless:
        for pair in range(pairs):
            if pair % 2:
                alone.append(headless.steps_per_second(RATE_SECONDS))
            tab.press("play")
            tab.since_press("readings", STEPPED.format(step=0))
            tab.wait(SETTLED / 2)
            app.append(tab.steps_per_second(RATE_SECONDS))
            tab.press("pause")
            tab.wait_for_state("paused")
            tab.wait(0.5)  # the page finishes drawing
            if not pair % 2:
                alone.append(headless.steps_per_second(RATE_SECONDS))
    return [
        (
            "training rate in the app / headless",
            f"{spread(ratio(app, alone))} ({pairs} pairs; {number(Spread.of(app).median)} steps/s in the app)",
        )
    ]


def text(browser: Browser, url: str) -> list[Row]:
    """How soon the text page, as it opens, writes better than a bigram does."""
    line = naive_losses(text_experiment())["bigram"]
    below = f"entry.name === 'test_loss' && entry.value !== '' && +entry.value < {line!r}"
    with open_tab(browser, url, "/text") as tab:
        tab.press("play")
        seconds = tab.since_press("readings", below, timeout=900)
        step = tab.number("step")
    what = f"text page: Play -> test loss below the bigram's {number(line)} nats"
    return [(what, f"{number(seconds)} s (about {step:.0f} steps)")]


def text_experiment() -> Experiment:
    """What the text page trains unless told otherwise."""
    preset = PRESETS["sonnets"]
    network = {name: value for name, value in preset.items() if name in NetworkConfig.model_fields}
    training = {name: value for name, value in preset.items() if name in TrainingConfig.model_fields}
    return Experiment(
        task=TextTask(text=built_in("sonnets")), network=NetworkConfig(**network), training=TrainingConfig(**training)
    )


def _milliseconds(seconds: list[float]) -> str:
    return median_and_largest(Spread.of(1000 * value for value in seconds), "ms")
