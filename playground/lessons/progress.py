"""Which screens were opened: kept in the visit, and by the browser from visit to visit. Its browser half: progress.js."""

import streamlit as st

from playground.lessons.where import Where
from playground.live.stream import script_url

_STUB = """
export default function (component) {
  const { data } = component;
  let cleanUp;
  let gone = false;
  import(new URL(data.script, window.location.origin).href).then((progress) => {
    if (!gone) cleanUp = progress.show(component);
  });
  return () => { gone = true; cleanUp?.(); };
}
"""

_component = None


def remember(at: Where, known: set[str]) -> set[str]:
    """Count this screen as seen; returns all of the `known` screens, by their pages, that were seen on this device.

    Also lets Page Up, Page Down and S work where Streamlit's own shortcuts do not: while an answer is being chosen.
    """
    global _component
    if _component is None:
        _component = st.components.v2.component("rnn_playground_progress", js=_STUB, html="", isolate_styles=False)
    seen: set[str] = st.session_state.setdefault("lessons seen", set())
    seen.add(at.page)
    with st.container(key="lesson_progress"):
        data = {"script": script_url("progress.js"), "seen": sorted(seen)}
        told = _component(key="lesson-progress", data=data, on_seen_change=lambda: None).seen
    if isinstance(told, list):  # what a browser says is checked like a link
        seen |= known.intersection(each for each in told if isinstance(each, str))
    return seen
