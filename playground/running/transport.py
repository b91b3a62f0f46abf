"""Play, pause, step, reset and pace; and the settings that a running network follows at once."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from playground.language.i18n import _
from playground.running.session import Session
from playground.settings.form import Form
from rnn_engine.experiment import LIVE_SETTINGS
from rnn_engine.runs import Action, Run


def settings_of(run: Run) -> Mapping[str, Any]:
    """The settings a run has right now, as its page's form names them."""
    experiment = run.experiment
    settings = {**experiment.network.model_dump(), **experiment.training.model_dump()}
    settings |= experiment.task.model_dump(exclude={"kind", "values", "text", "timestamps", "name"})
    return settings | {name: run.setting(name) for name in LIVE_SETTINGS}


def transport(form: Form, session: Session, run: Run | None, possible: bool) -> Action:
    """Play or pause, step, step an epoch, reset; the pace, and the settings that a run follows at once.

    Returns the action of the button that is shown: the run may have stopped by the time anybody asks it again.
    """
    action: Action = run.next_action if run else "play"
    off = not possible or (run is not None and run.ended)
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        play_or_pause(session.press, action, possible)
        button(_("Step"), "step", ":material/skip_next:", session.press, disabled=off)
        button(_("Epoch"), "step_epoch", ":material/fast_forward:", session.press, disabled=off)
        button(_("Reset"), "reset", ":material/replay:", session.press, disabled=run is None)
        st.button(_("Clear"), key="clear", icon=":material/ink_eraser:", on_click=session.clear_previous)
        form.widget("pace", width=150)
        form.widget("learning_rate", width=170)
        form.widget("clip_norm", width=170)
    return action


def play_or_pause(press: Callable[[str], None], next_action: Action, possible: bool = True) -> None:
    """The button that begins or holds what is shown: `next_action` says which, "none" that neither is left."""
    if next_action == "pause":
        button(_("Pause"), "pause", ":material/pause:", press, type="primary")
    else:
        off = next_action == "none" or not possible
        button(_("Play"), "play", ":material/play_arrow:", press, type="primary", disabled=off)


def button(label: str, key: str, icon: str, press: Callable[[str], None], **options: Any) -> None:
    """A button whose key is the action it asks for."""
    # Without `help`: Streamlit would draw the button twice. live.js hangs words.button_hints() on it instead.
    st.button(label, key=key, icon=icon, on_click=press, args=(key,), **options)
