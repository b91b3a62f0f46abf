"""Where the text page gets its text, and what is shown of it: presets from assets, or the visitor's own."""

import unicodedata
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st
from pydantic import ValidationError

from playground.assets import ASSETS
from playground.language.characters import visible
from playground.language.i18n import _
from playground.language.problems import explain
from playground.settings.form import Form
from rnn_engine import TextTask
from rnn_engine.tasks.tokens import LONGEST_TEXT

_TEXTS = ASSETS / "texts"
_FILES = {"sonnets": "sonnets.txt", "hamlet": "hamlet.txt", "poems": "tang_poems.txt"}

#: What each text is trained with when it is chosen; Hamlet with all the settings of the chapter.
PRESETS: dict[str, dict[str, Any]] = {
    "sonnets": {
        "hidden_size": 128,
        "num_layers": 2,
        "learning_rate": 0.002,
        "epochs": 20,
        "loss_on": "all",
        "test_fraction": 0.2,
        "prompt": "Shall I compare thee ",
        "temperature": 0.8,
    },
    "hamlet": {
        "cell": "rnn_tanh",
        "hidden_size": 128,
        "num_layers": 2,
        "learning_rate": 0.001,
        "epochs": 200,
        "sequence_length": 50,
        "batch_size": 32,
        "optimizer": "adam",
        "schedule": "constant",
        "clip_norm": None,
        "loss_on": "last",
        "test_fraction": 0.0,
        "prompt": "To be or not to ",
        "temperature": 0.8,
    },
    "poems": {
        "hidden_size": 128,
        "num_layers": 1,
        "learning_rate": 0.003,
        "epochs": 50,
        "loss_on": "all",
        "test_fraction": 0.1,
        "prompt": "床前明月光",
        "temperature": 0.8,
    },
}


@cache
def built_in(preset: str) -> str:
    """A text from assets, see SOURCES.md there."""
    return (_TEXTS / _FILES[preset]).read_text(encoding="utf-8")


def text_settings(form: Form) -> TextTask | None:
    """The widgets of the text; returns the task, or None while the text is impossible."""
    with st.expander(_("Text"), expanded=True, icon=":material/notes:"):
        preset = form.widget("text_preset", on_change=_take_preset, args=(form,))
        content = st.session_state.get("own text", "") if preset == "own" else built_in(preset)
        if st.session_state.get("text") != content:
            st.session_state.text = content
        st.text_area(
            _("Paste or edit"),
            key="text",
            height=160,
            on_change=_take_own,
            args=(form,),
            help=_("Any language, up to {limit} characters. Every character is learnt as it stands.").format(
                limit=f"{LONGEST_TEXT:,}"
            ),
        )
        try:
            task = _task(content)
        except ValidationError as error:
            for sentence in explain(error):
                st.error(sentence)
            return None
        st.caption(
            _("{count} characters, {distinct} distinct.").format(
                count=f"{len(content):,}", distinct=len(task.vocabulary)
            )
        )
        return task


def data_settings_of(task: Any) -> dict[str, Any]:
    """The settings that lead to this text again; somebody's own text is kept for this visit."""
    for preset in _FILES:
        if task.text == built_in(preset):
            return {"text_preset": preset}
    st.session_state["own text"] = task.text
    return {"text_preset": "own"}


def show_vocabulary(task: TextTask) -> None:
    """Every character with its count."""
    rows = [(visible(character), _name(character), count) for character, count in task.counts.items()]
    table = pd.DataFrame(rows, columns=[_("Character"), _("Unicode name"), _("Count")])
    st.dataframe(table, hide_index=True, height=320)
    st.caption(
        _(
            "The vocabulary: {distinct} code points of the whole text. What looks like one sign, such as a letter with a "
            "combining accent or some emoji, may be several of them."
        ).format(distinct=len(task.vocabulary))
    )


@st.cache_data(show_spinner=False, max_entries=16)
def _task(text: str) -> TextTask:
    return TextTask(text=text)


def _take_preset(form: Form) -> None:
    preset = st.session_state.text_preset
    form.preset({"text_preset": preset, **PRESETS.get(preset, {})})


def _take_own(form: Form) -> None:
    st.session_state["own text"] = st.session_state.text
    form.preset({"text_preset": "own"})


def _name(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()
