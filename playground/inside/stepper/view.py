"""The view "step by step": one short sequence through a small network, forward, back and one update, in real numbers."""

import hashlib
import json
from functools import lru_cache
from typing import Any

import streamlit as st
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from playground.inside.stepper.beside import show_beside
from playground.inside.stepper.settings import (
    LONGEST_INPUT,
    MOST_TRAINED,
    PRESET_NAMES,
    PRESETS,
    WORDS,
    StepperSettings,
)
from playground.inside.stepper.style import CSS
from playground.inside.stepper.words import stepper_words
from playground.language.i18n import N_, _
from playground.language.problems import explain, fill
from playground.live.component import Component
from playground.running.registry import open_registry
from playground.settings.form import Form
from playground.visit import memory_of, write_link
from rnn_engine.cells import CELLS
from rnn_engine.plain import plain
from rnn_engine.questions.kinds import OtherSequence, TraceQuestion

PAGE = "inside-stepper"
LONGEST_EXACT = 60  # timesteps that are sent to the browser with all their digits
DIGITS_OF_LONG = 7  # of a longer sequence it is not sent megabytes of what it never shows
SHOWN_AFTER = ("hidden", "outputs", "probabilities", "losses", "loss", "total")  # of the trace after the update

_STEPPER = Component("stepper", "inside/stepper/stepper.js", CSS)


def show() -> None:
    """Draw the view, with its presets and settings."""
    name = _chosen_preset()
    form = Form(
        f"{PAGE}-{name}",
        (StepperSettings,),
        PRESETS[name].model_dump(),
        fixed={"view": "stepper", "preset": name},
        words=WORDS,
    )
    form.open(lambda run: {})
    form.say_notices()
    with st.sidebar:
        _network_settings(form)
    view = _sequence_settings(form)
    form.close(None)
    # The whole link, so that coming back to this view opens this preset again.
    memory_of("inside-stepper").link = {"preset": name, **(memory_of(form.page).link or {})}
    if view is not None:
        _draw(form.page, view)


def show_stepper(page: str, preset: str) -> None:
    """Draw the stepper with one of PRESETS, without settings, on the page named `page`."""
    _draw(f"{page}-{preset}", PRESETS[preset])


def _chosen_preset() -> str:
    asked = st.query_params.get("preset", "")
    name = asked if asked in PRESETS else next(iter(PRESETS))
    st.session_state.preset = name
    st.segmented_control(
        _("Preset"),
        list(PRESETS),
        format_func=lambda each: _(PRESET_NAMES[each]),
        key="preset",
        on_change=_open_preset,
        args=(name,),
        label_visibility="collapsed",
    )
    return name


def _open_preset(before: str) -> None:
    # Each preset keeps what was changed in it.
    name = st.session_state.preset or before
    write_link({"view": "stepper", "preset": name, **(memory_of(f"{PAGE}-{name}").link or {})})


def _network_settings(form: Form) -> None:
    with st.expander(_("Network"), expanded=True, icon=":material/hub:"):
        form.widget("cell")
        form.widget("hidden_size")
        if form["reads"] in ("words", "characters"):
            form.widget("embedding_size")
        form.widget("gain")
        form.widget("seed")
    with st.expander(_("Loss and update"), expanded=True, icon=":material/trending_down:"):
        for name in ("loss_on", "learning_rate", "steps"):
            form.widget(name)
    st.button(_("Reset"), key="reset", on_click=form.reset, icon=":material/restart_alt:")


def _sequence_settings(form: Form) -> StepperSettings | None:
    """The widgets of the sequence; None while it cannot be read."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reads = form.widget("reads", width=160)
        if reads == "sine":
            form.widget("sequence_length", width=180)
            for length in (10, 1000):
                st.button(f"T = {length}", key=f"t{length}", on_click=form.preset, args=({"sequence_length": length},))
        else:
            form.widget("sequence", width=330, max_chars=LONGEST_INPUT)
            form.widget("target", width=150, max_chars=100)
            form.widget("other", width=330, max_chars=LONGEST_INPUT)
    view = StepperSettings(**form.values(StepperSettings))
    try:
        timesteps = view.steps * len(view.read().units)
    except ValidationError as error:
        for sentence in explain(error):
            st.error(sentence)
        return None
    if timesteps > MOST_TRAINED:
        message = N_("So many steps on so long a sequence take too long: at most {steps} steps for this one.")
        st.error(fill(message, steps=MOST_TRAINED // len(view.read().units)))
        return None
    return view


def _draw(page: str, view: StepperSettings) -> None:
    question = view.question
    try:
        sent, other = _found(question)
    except ValueError:  # of the engine
        st.error(_("The numbers leave the range of numbers: lower the learning rate, the steps or the gain."))
        return
    _STEPPER.mount(
        f"{page}-stepper",
        {
            "id": _fingerprint(question),
            "trace": sent,
            "words": stepper_words(view.cell),
        },
    )
    show_beside(page, view, other, _digits(question))


def _fingerprint(question: TraceQuestion) -> str:
    text = json.dumps(to_jsonable_python(question), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=64)
def _found(question: TraceQuestion) -> tuple[dict[str, Any], OtherSequence | None]:
    """What a worker measures, the same for everybody with the same settings: as the browser takes it, and the other."""
    found = open_registry().probe(question)
    trace, after = vars(found.trace), found.trace.after
    hidden = {"input_gradient"}  # what is not shown
    if not CELLS[found.trace.cell].has_reset_gate:  # elsewhere it is the same as entering_gradient
        hidden.add("from_hidden_gradient")
    sent = {
        **{name: value for name, value in trace.items() if name not in hidden},
        "after": {name: getattr(after, name) for name in SHOWN_AFTER},
        "units": found.units,
        "next": found.next,
        "vocabulary": found.vocabulary,
        "difference": found.difference,
        "script": found.script,
        "learning_rate": question.learning_rate,
    }
    return plain(sent, _digits(question)), found.other


def _digits(question: TraceQuestion) -> int | None:
    return DIGITS_OF_LONG if len(question.sequence.units) > LONGEST_EXACT else None
