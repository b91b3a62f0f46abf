"""The view "step by step": one short sequence through a small network, forward, back and one update, in real numbers."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import streamlit as st
from pydantic import ValidationError

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
from playground.live.stream import script_url
from playground.running.registry import open_registry
from playground.settings.form import Form
from playground.visit import memory_of, write_link

PAGE = "inside-stepper"
LONGEST_EXACT = 60  # timesteps that are sent to the browser with all their digits

_STUB = """
export default function (component) {
  const { parentElement, data } = component;
  let cleanUp;
  let gone = false;
  import(new URL(data.script, window.location.origin).href).then((stepper) => {
    if (!gone) cleanUp = stepper.show(component);
  });
  return () => { gone = true; cleanUp?.(); };
}
"""

_component = None


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
    for notice in form.notices:
        st.warning(notice)
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
    question = json.dumps(view.question, ensure_ascii=False, sort_keys=True)
    try:
        found = _found(question)
    except ValueError:  # of the engine
        st.error(_("The numbers leave the range of numbers: lower the learning rate, the steps or the gain."))
        return
    global _component
    if _component is None:
        _component = st.components.v2.component(
            "rnn_playground_stepper", js=_STUB, css=CSS, html="", isolate_styles=False
        )
    trace = {name: value for name, value in found.items() if name != "other"}
    _component(
        key=f"{page}-stepper",
        data={
            "script": script_url("stepper.js"),
            "id": hashlib.sha256(question.encode()).hexdigest()[:16],
            "trace": {**trace, "learning_rate": view.learning_rate},
            "words": stepper_words(view.cell),
        },
    )
    show_beside(page, view, found["other"])


@lru_cache(maxsize=64)
def _found(question: str) -> Mapping[str, Any]:
    """What a worker measures; the same for everybody with the same settings."""
    found: dict[str, Any] = open_registry().probe("inside", **json.loads(question))
    kept = ("hidden", "outputs", "probabilities", "losses", "loss", "total")  # what is shown of it
    found["after"] = {name: found["after"][name] for name in kept}
    del found["input_gradient"]
    if found["cell"] != "gru":  # elsewhere the two are the same
        del found["from_hidden_gradient"]
    return _rounded(found) if len(found["units"]) > LONGEST_EXACT else found


def _rounded(value: Any) -> Any:
    """Seven digits of every number: of a long sequence, a browser is not sent megabytes of what it never shows."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value
