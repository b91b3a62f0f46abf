"""The button that a page shows and the one it tells its browser of, from which the browser knows when it is stale."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground import live
from rnn_engine.runs import Playable
from tests.visitor import Visit, press

PAGES: list[tuple[str, dict[str, str]]] = [
    ("time_series", {}),
    ("text", {}),
    *(("gradients", {"bench": bench}) for bench in ("learning", "race", "phase")),
    ("inside", {"view": "distance"}),
    ("lessons", {"lesson": "sine", "screen": "1"}),
]


@pytest.mark.parametrize(("page", "link"), PAGES, ids=lambda value: str(value))
def test_the_browser_is_told_the_button_that_is_shown_even_if_the_run_ends_meanwhile(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, page: str, link: dict[str, str]
) -> None:
    told: list[str] = []
    readings = live.readings

    def recorded(page: str, channel: Any, run: Any, next_action: str, *others: Any) -> None:
        told.append(next_action)
        readings(page, channel, run, next_action, *others)

    app = begun(visit(page, **link))
    monkeypatch.setattr(live, "readings", recorded)
    for first in ("pause", "play"):
        # Whoever asks a second time in the same drawing of the page hears something else.
        asked: list[str] = []

        def answer(run: Playable, first: str = first, asked: list[str] = asked) -> str:
            asked.append(run.id)
            others = "play" if first == "pause" else "pause"
            return first if asked.count(run.id) == 1 else others

        monkeypatch.setattr(Playable, "next_action", property(answer))
        told.clear()
        app.run()
        assert asked
        shown = [button.key for button in app.button if button.key in ("play", "pause")]
        assert shown == told == [first]


def begun(app: AppTest) -> AppTest:
    """The page with a run that has been started."""
    keys = {button.key for button in app.button}
    return press(app, next(key for key in ("play", "preset", "reveal") if key in keys))
