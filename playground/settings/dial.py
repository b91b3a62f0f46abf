"""A dial: a slider of ours that acts while it is dragged. Its browser half: dial.js.

Streamlit's own slider sends its value only when it is let go of. This one asks the server directly, at `url`, draws the
answer into the chart and the words it is about, and tells the page's script its value on release.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.live.component import Component
from playground.settings.form import Form

_CSS = """
label.dial { display: grid; grid-template-columns: 1fr auto; gap: 0.15rem 0.75rem; font-family: var(--st-font);
  color: var(--st-text-color); font-size: 0.875rem; }
label.dial output { font-weight: 600; font-size: 1rem; font-variant-numeric: tabular-nums; }
label.dial input { grid-column: 1 / -1; width: 100%; height: 1.75rem; margin: 0; accent-color: var(--st-primary-color);
  cursor: grab; touch-action: pan-y; }
label.dial input:active { cursor: grabbing; }
"""

_DIAL = Component("dial", "settings/dial.js", _CSS)


def dial(
    form: Form, name: str, label: str, hint: str, scale: tuple[float, float, float], asking: Mapping[str, Any]
) -> None:
    """Draw the setting `name` as a dial; `scale`: lowest, highest, step.

    `asking` says whom to ask while it is dragged: `url`, the `question` in which the setting `name` is replaced, `lang`,
    and the name of the `chart` that the answer's figure belongs in. The answer also holds `readings` and `told`, HTML
    by the names of the elements (`data-told`) it belongs in.
    """
    key = f"{form.page}-dial-{name}"
    low, high, step = scale

    def released() -> None:
        value = st.session_state[key].released
        if isinstance(value, int | float) and low <= value <= high:
            form.preset({name: float(value)})

    data = {"name": name, "label": label, "hint": hint, "value": form[name]}
    with st.container(key=name):
        _DIAL.mount(
            key,
            {**data, "low": low, "high": high, "step": step, "asking": dict(asking)},
            on_released_change=released,
        )
