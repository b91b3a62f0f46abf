"""The live component: binds figure templates, readings and samples to a run's event stream. Its browser half: live.js."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from playground.language.i18n import _
from playground.language.words import button_hints
from playground.live.channel import Channel
from playground.live.component import Component
from playground.live.readings import Reading
from playground.live.scripts import PLOTLY, script_url
from rnn_engine.runs import Playable

_CSS = """
.readings { display: flex; flex-wrap: wrap; gap: 0.4rem 1.1rem; font-family: var(--st-font); color: var(--st-text-color); }
.readings div { display: flex; flex-direction: column; min-width: 4.6rem; }
.readings span { font-size: 0.8rem; opacity: 0.75; white-space: nowrap; }
.readings strong { font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre.sample { white-space: pre-wrap; overflow-wrap: anywhere; min-height: 6.5rem; margin: 0; padding: 0.75rem;
  font-family: var(--st-code-font); font-size: 0.95rem; color: var(--st-text-color);
  background: var(--st-secondary-background-color); border-radius: 0.5rem; }
pre.sample .prompt { opacity: 0.6; }
table.lanes { border-collapse: collapse; width: 100%; font-family: var(--st-font); color: var(--st-text-color);
  font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
table.lanes th { text-align: left; font-weight: 400; font-size: 0.85rem; padding: 0.2rem 0.8rem 0.2rem 0.5rem; white-space: nowrap; }
table.lanes td { font-weight: 600; padding: 0.2rem 0.8rem 0.2rem 0.5rem; white-space: nowrap; }
.scrub { display: flex; gap: 0.8rem; align-items: center; font-family: var(--st-font); color: var(--st-text-color); }
.scrub span { min-width: 14rem; font-size: 0.9rem; }
.scrub input { flex: 1; accent-color: var(--st-primary-color); }
.likely { min-height: 1.6rem; padding: 0.25rem 0.75rem; font-family: var(--st-code-font); font-size: 0.9rem;
  color: var(--st-text-color); white-space: pre-wrap; }
"""

_LIVE = Component("live", "live/live.js", _CSS)


def _mount(key: str, data: Mapping[str, Any], **callbacks: Any) -> None:
    _LIVE.mount(key, {"plotly": script_url(PLOTLY), **data}, **callbacks)


def states() -> dict[str, str]:
    """What each state of a run is called."""
    return {
        "idle": _("ready"),
        "queued": _("waiting"),
        "running": _("running"),
        "paused": _("paused"),
        "finished": _("finished"),
        "diverged": _("diverged"),
        "interrupted": _("interrupted"),
    }


def readings(
    page: str,
    channel: Channel,
    run: Playable | None,
    next_action: str,
    cleared: int,
    rows: Sequence[Reading],
    hints: Mapping[str, str] | None = None,
) -> None:
    """The live readings of a page; they also connect the page to its stream.

    `next_action` is the button that the page shows now, `cleared` how often the previous curves were taken away,
    `hints` what its buttons do where that is not the same as on other pages.
    """
    _mount(
        f"{page}-readings",
        {
            "kind": "readings",
            "page": page,
            "run": run and run.id,
            "stream": f"/playground/stream/{channel.id}",
            "next": next_action,
            "cleared": cleared,
            "hints": {**button_hints(), **(hints or {})},
            "readings": [row.sent() for row in rows],
            "states": states(),
        },
        # Runs the page again when another tab, or the end of the run, has made its buttons stale.
        on_state_change=lambda: None,
    )


def lanes(page: str, names: Sequence[tuple[str, str]], columns: Sequence[Reading]) -> None:
    """A table of several runs, a row each: (name, colour); its columns are readings."""
    data = {
        "kind": "lanes",
        "page": page,
        "lanes": [{"name": name, "colour": colour} for name, colour in names],
        "readings": [column.sent() for column in columns],
        "states": states(),
    }
    _mount(f"{page}-lanes", data)


def scrub(page: str) -> None:
    """A slider over the steps so far; charts with a trace of `scrubbed.flow` show the gradients of that step."""
    data = {"kind": "scrub", "page": page, "label": _("Look back at step"), "newest": _("(the newest)")}
    _mount(f"{page}-scrub", data)


def values(page: str, key: str, rows: Sequence[Reading], found: Mapping[str, float | None]) -> None:
    """Readings that do not move, with the numbers found, by their names; None is shown as a dash."""
    readings = [row.sent(among="") for row in rows]
    _mount(f"{page}-{key}", {"kind": "readings", "page": page, "readings": readings, "values": dict(found)})


def chart(
    page: str,
    name: str,
    template: Mapping[str, Any],
    alt: str,
    height: int,
    on_click: Callable[[float, float], None] | None = None,
) -> None:
    """A live chart named `name` (its `data-chart`), `height` in pixels; `alt` says what it shows to those who hear it.

    A template without live traces is a chart that stands still. `on_click` is given the place that was pointed at.
    """
    key = f"{page}-{name}"

    def clicked() -> None:
        place = st.session_state[key].click
        if place and on_click is not None:
            on_click(place["x"], place["y"])

    _mount(
        key,
        {
            "kind": "chart",
            "page": page,
            "chart": name,
            "figure": template,
            "alt": alt,
            "height": height,
            "clicks": on_click is not None,
        },
        **({"on_click_change": clicked} if on_click is not None else {}),
    )


def sample(page: str) -> None:
    """The text that the network writes while it learns."""
    _mount(
        f"{page}-sample",
        {"kind": "sample", "page": page, "empty": _("Press Play: the network writes here as it learns.")},
    )


def generated(page: str, prompt: str, characters: Sequence[tuple[str, float, Any]], number: int) -> None:
    """Text that was asked for; `number` counts the requests, so that each is typed out once. Pointing at a character shows the likely ones there."""
    hint = _("Point at a character to see how likely it and others were.")
    data = {
        "kind": "generated",
        "page": page,
        "prompt": prompt,
        "characters": characters,
        "number": number,
        "hint": hint,
    }
    _mount(f"{page}-generated", data)
