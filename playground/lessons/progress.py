"""Which screens were opened: kept in the visit, and by the browser from visit to visit. Its browser half: progress.js."""

import streamlit as st

from playground.lessons.where import Where
from playground.live.component import Component

_PROGRESS = Component("progress", "lessons/progress.js")


def remember(at: Where, known: set[str]) -> set[str]:
    """Count this screen as seen; returns all of the `known` screens, by their pages, that were seen on this device.

    Also lets Page Up, Page Down and S work where Streamlit's own shortcuts do not: while an answer is being chosen.
    """
    seen: set[str] = st.session_state.setdefault("lessons seen", set())
    seen.add(at.page)
    with st.container(key="lesson_progress"):
        told = _PROGRESS.mount("lesson-progress", {"seen": sorted(seen)}, on_seen_change=lambda: None).seen
    if isinstance(told, list):  # what a browser says is checked like a link
        seen |= known.intersection(each for each in told if isinstance(each, str))
    return seen
