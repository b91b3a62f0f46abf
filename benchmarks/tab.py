"""A browser's tab that keeps a record, inside the page, of what it shows and when.

Time is stamped where things happen: at the pointer or the key going down, and when a reading, a chart or a message of
the event stream changes. Asking from outside would add 50 to 150 ms to everything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playwright.sync_api import Browser

from tests.browser.conftest import Visit

RECORD = """
window.record = { pressed: Infinity, readings: [], draws: [], messages: [] };
record.clear = () => {
  record.pressed = Infinity;
  record.readings.length = record.draws.length = record.messages.length = 0;
};
const press = () => { record.pressed = performance.now(); };
addEventListener("pointerdown", press, true);
addEventListener("keydown", press, true);

window.EventSource = class extends EventSource {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (event) => {
      const time = performance.now();
      const { step, frame } = JSON.parse(event.data);
      record.messages.push({ time, step, learning_rate: frame.learning_rate });
    });
  }
};

/* Follow what the page has now: call it when everything is there. */
record.watch = () => {
  const follow = (selector, attribute, note) => {
    for (const element of document.querySelectorAll(selector)) {
      const observer = new MutationObserver(() => note(element.dataset, performance.now()));
      observer.observe(element, { attributes: true, attributeFilter: [attribute] });
    }
  };
  const { readings, draws } = record;
  follow("[data-live]", "data-value", ({ live, value }, time) => readings.push({ time, name: live, value }));
  follow("[data-chart]", "data-draws", ({ chart, step }, time) => draws.push({ time, name: chart, step: +step }));
};

/* Look at every frame of the next milliseconds; a frame is blank if a chart has nothing drawn in it. */
record.frames = (milliseconds, charts) => new Promise((resolve) => {
  const began = performance.now();
  const seen = { began, ended: began, frames: 0, blank: 0 };
  const look = () => {
    const drawn = [...document.querySelectorAll("[data-chart]")].filter((chart) => chart.querySelector(".main-svg"));
    seen.frames += 1;
    seen.blank += drawn.length < charts;
    seen.ended = performance.now();
    if (seen.ended - began < milliseconds) requestAnimationFrame(look);
    else resolve(seen);
  };
  requestAnimationFrame(look);
});
"""

STEPPED = "entry.name === 'step' && +entry.value > {step}"


@dataclass(frozen=True)
class Frames:
    """What the charts did for a while."""

    seconds: float
    frames: int
    blank: int
    draws: dict[str, list[float]]  # of each chart: when it was drawn, in seconds from the beginning

    def updates_per_second(self, chart: str) -> float:
        return len(self.draws[chart]) / self.seconds

    def longest_gap(self, chart: str) -> float:
        """Seconds, the stretches before the first update and after the last one included."""
        times = [0.0, *self.draws[chart], self.seconds]
        return max(later - earlier for earlier, later in pairwise(times))


class Tab(Visit):
    """A visitor's tab of 1440 x 900 with a record."""

    def __init__(self, browser: Browser, url: str) -> None:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        context.add_init_script(RECORD)
        super().__init__(context.new_page(), url)

    def open(self, path: str, ready: str | None = None) -> "Tab":
        super().open(path, ready)
        self.page.evaluate("record.watch()")
        return self

    def press(self, key: str) -> None:
        self.page.evaluate("record.clear()")
        super().press(key)

    def press_arrow(self, setting: str, arrow: str) -> None:
        """Move a setting's slider by one of its values."""
        self.page.locator(f".st-key-{setting} input[type=range]").focus()
        self.page.evaluate("record.clear()")
        self.page.keyboard.press(arrow)

    def since_press(self, log: str, condition: str, timeout: float = 60) -> float:
        """Seconds from the last press to a log's first entry for which `condition`, JavaScript over `entry`, holds."""
        found = self.page.wait_for_function(
            f"""() => {{
                const found = record.{log}.find((entry) => entry.time >= record.pressed && ({condition}));
                return found && found.time - record.pressed;
            }}""",
            timeout=timeout * 1000,
        )
        return float(found.json_value()) / 1000

    def watch_charts(self, seconds: float) -> Frames:
        """Look at every frame for so long."""
        names = self.page.locator("[data-chart]").evaluate_all("charts => charts.map(chart => chart.dataset.chart)")
        self.page.evaluate("record.clear()")
        seen: dict[str, Any] = self.page.evaluate(f"record.frames({seconds * 1000}, {len(names)})")
        began, ended = seen["began"], seen["ended"]
        draws: dict[str, list[float]] = {name: [] for name in names}
        for draw in self.page.evaluate("record.draws"):
            if began <= draw["time"] <= ended:
                draws[draw["name"]].append((draw["time"] - began) / 1000)
        return Frames((ended - began) / 1000, seen["frames"], seen["blank"], draws)

    def steps_per_second(self, seconds: float) -> float:
        """How fast the run trains, by the messages that reach the page."""
        self.page.evaluate("record.clear()")
        self.wait(seconds)
        messages = self.page.evaluate("record.messages")
        first, last = messages[0], messages[-1]
        return float(last["step"] - first["step"]) / (last["time"] - first["time"]) * 1000

    def heap(self) -> int:
        """Bytes of the page's JavaScript that are in use, after a collection of garbage."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        used = session.send("Runtime.getHeapUsage")["usedSize"]
        session.detach()
        return int(used)

    def wait(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)


@contextmanager
def open_tab(browser: Browser, url: str, path: str) -> Iterator[Tab]:
    """A tab, a visit of its own; when it is closed its run rests, so that the next one has the worker to itself."""
    tab = Tab(browser, url)
    try:
        yield tab.open(path)
        if tab.page.locator(".st-key-pause button").count():
            tab.press("pause")
            tab.wait_for("state", "value !== 'running'")
        if tab.complaints:
            raise RuntimeError(f"the browser's console: {tab.complaints}")
    finally:
        tab.page.context.close()
