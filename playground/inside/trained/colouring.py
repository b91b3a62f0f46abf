"""Text whose characters are coloured by a number each; pointing at one chooses its timestep. Browser half: colouring.js."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import streamlit as st

from playground.live.component import Component

_CSS = """
pre.coloured { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; padding: 0.6rem 0.75rem; max-height: 17rem;
  overflow-y: auto; font-family: var(--st-code-font); font-size: 1.05rem; line-height: 1.6; cursor: pointer;
  color: var(--st-text-color); border: 1px solid var(--st-border-color); border-radius: 0.5rem; }
pre.coloured:focus-visible { outline: 2px solid var(--st-primary-color); }
pre.coloured span { padding: 0.12em 0; }
pre.coloured span.at { box-shadow: inset 0 0 0 2px var(--st-text-color); border-radius: 2px; }
"""

_COLOURING = Component("colouring", "inside/trained/colouring.js", _CSS)


def coloured(
    key: str,
    label: str,
    symbols: Sequence[str],
    values: Iterable[float],
    kind: Literal["signed", "amount"],
    timestep: int,
    on_pick: Callable[[int], None],
    joined: bool = True,
) -> None:
    """Draw `symbols`, each on a colour of its value: "signed" from -1 to 1, "amount" from 0 to 1.

    `values` may be fewer: what has none stays without colour. `timestep`, from 1, is marked; `on_pick` is given the one
    that was pointed at. Symbols that are words are not `joined`. `label` says what the colours mean to those who hear it.
    """

    def picked() -> None:
        place = st.session_state[key].picked
        if isinstance(place, int) and 1 <= place <= len(symbols):
            on_pick(place)

    data = {
        "name": key,
        "label": label,
        "symbols": list(symbols),
        "values": [round(float(value), 3) for value in values],
        "kind": kind,
        "timestep": timestep,
        "joined": joined,
    }
    _COLOURING.mount(key, data, on_picked_change=picked)
