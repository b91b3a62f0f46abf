"""Play, pause, step, reset and pace; and the settings that a running network follows at once."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from playground.language.i18n import _
from playground.running.session import Session
from playground.settings.form import Form
from rnn_engine.experiment import LIVE_SETTINGS
from rnn_engine.runs import Run


def settings_of(run: Run) -> Mapping[str, Any]:
    """The settings a run has right now, as its page's form names them."""
    experiment = run.experiment
    settings = {**experiment.network.model_dump(), **experiment.training.model_dump()}
    settings |= experiment.task.model_dump(exclude={"kind", "values", "text", "timestamps", "name"})
    return settings | {name: run.setting(name) for name in LIVE_SETTINGS}


def transport(form: Form, session: Session, run: Run | None, possible: bool) -> None:
    """Play or pause, step, step an epoch, reset; the pace, and the settings that a run follows at once."""
    press = session.press
    impossible = not possible
    ended = run is not None and run.ended
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        if run is not None and run.next_action == "pause":
            _button(_("Pause"), "pause", ":material/pause:", press, type="primary")
        else:
            _button(_("Play"), "play", ":material/play_arrow:", press, type="primary", disabled=impossible or ended)
        _button(_("Step"), "step", ":material/skip_next:", press, disabled=impossible or ended)
        _button(_("Epoch"), "step_epoch", ":material/fast_forward:", press, disabled=impossible or ended)
        _button(_("Reset"), "reset", ":material/replay:", press, disabled=run is None)
        st.button(_("Clear"), key="clear", icon=":material/ink_eraser:", on_click=session.clear_previous)
        form.widget("pace", width=150)
        form.widget("learning_rate", width=170)
        form.widget("clip_norm", width=170)


def _button(label: str, key: str, icon: str, press: Callable[[str], None], **options: Any) -> None:
    # Without `help`: Streamlit would draw the button twice. live.js hangs words.button_hints() on it instead.
    st.button(label, key=key, icon=icon, on_click=press, args=(key,), **options)
