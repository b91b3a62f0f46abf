"""The bench "flow": how far back the gradient of untrained networks reaches, at once, and what that means."""

from math import isfinite
from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground import live
from playground.laboratory.flow.answer import answer, measured
from playground.laboratory.flow.settings import FLOPS_LIMIT, LONGEST_TEXT, PRESETS, FlowQuestion, FlowSettings
from playground.laboratory.flow.words import Flows, readings, trusted
from playground.language.i18n import N_, _, language
from playground.language.problems import explain, fill
from playground.language.words import how_to_read_gradient_flow
from playground.live.readings import Reading
from playground.running.registry import open_registry
from playground.settings.dial import dial
from playground.settings.form import Form
from playground.settings.place import Place
from rnn_engine.cells import CELLS
from rnn_engine.questions.kinds import GradientCheckQuestion

HOME = Place("gradients-flow", {"bench": "flow"})
MODELS = (FlowSettings,)
DEFAULTS: dict[str, Any] = {}
_TEXT = "To be, or not to be, that is the question:\nWhether 'tis nobler in the mind to suffer\n" * 8
_HTML = """<style>
[data-told] p { margin: 0 0 0.5rem; } [data-told] table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
[data-told="table"] { overflow-x: auto; white-space: nowrap; }
[data-told] th, [data-told] td { padding: 0.2rem 0.9rem 0.2rem 0; text-align: right; font-weight: 400; }
[data-told] thead th { opacity: 0.75; font-size: 0.8rem; } [data-told] th:first-child { text-align: left; }
</style>"""


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form = place.form(MODELS, DEFAULTS)
    form.open(lambda run: {})
    if not place.embedded:
        _presets(form)
    with place.settings():
        text = _settings(form)
    with st.container(horizontal=True, vertical_alignment="bottom", key="flow_controls"):
        form.widget("cells", width=420, wrap=True)
        knob = st.container(width=360)
        asked = st.button(_("Check these numbers"), key="trust", icon=":material/verified:")
    question = FlowQuestion(**form.values(FlowSettings), text=text)
    with knob:
        _dial(form, question)
    with st.container(key="notices"):
        form.say_notices()
        possible = _possible(question)
    if possible:
        flows = measured(question)
        _picture(place.page, question, flows)
        _trust(place.page, question, asked)
    form.close(None)


def _presets(form: Form) -> None:
    names = {
        "vanishes": ("preset", N_("It vanishes")),
        "rho": ("preset_rho", N_("Exactly ρᵏ")),
        "explodes": ("preset_explodes", N_("It explodes")),
        "forget_bias": ("preset_forget_bias", N_("The forget bias cures")),
    }
    with st.container(horizontal=True, key="flow_presets"):
        for name, (key, label) in names.items():
            st.button(_(label), key=key, on_click=form.preset, args=(dict(PRESETS[name]),))


def _settings(form: Form) -> str:
    """The widgets that stand aside; returns the text to read."""
    with st.expander(_("Networks"), expanded=True, icon=":material/hub:"):
        for name in ("sequence_length", "hidden_size", "init"):
            form.widget(name)
        if any(CELLS[cell].has_forget_gate for cell in form["cells"]):
            form.widget("forget_bias")
        form.widget("seed")
    with st.expander(_("Input and loss"), expanded=True, icon=":material/input:"):
        form.widget("input")
        text = st.session_state.setdefault("flow text", _TEXT)
        if form["input"] == "text":
            text = st.text_area(_("Paste or edit"), text, key="flow_text", max_chars=LONGEST_TEXT)
            st.session_state["flow text"] = text
        form.widget("loss_on")
    st.button(_("Reset to defaults"), key="defaults", icon=":material/restart_alt:", on_click=form.reset)
    return text if form["input"] == "text" else ""


def _dial(form: Form, question: FlowQuestion) -> None:
    name = question.dial
    field = FlowSettings.model_fields[name]
    low, high = (getattr(rule, bound) for rule, bound in zip(field.metadata, ("ge", "le"), strict=True))
    asking = {
        "url": "/playground/probe/flow",
        "question": question.model_dump(mode="json"),
        "lang": language(),
        "chart": "gradient_flow",
    }
    dial(form, name, _(field.title or ""), _(field.description or ""), (low, high, 0.01), asking)


def _possible(question: FlowQuestion) -> bool:
    """Whether the question can be measured; if not, what to change is said."""
    try:
        flops = question.flops
    except ValidationError as error:
        for sentence in explain(error):
            st.error(sentence)
        return False
    if flops > FLOPS_LIMIT:
        message = N_(
            "This would take about {flops} billion operations; the limit is {limit} billion. Lower the hidden size or the "
            "sequence length, or choose fewer cells."
        )
        st.error(fill(message, flops=round(flops / 1e9), limit=round(FLOPS_LIMIT / 1e9)))
        return False
    return True


def _picture(page: str, question: FlowQuestion, flows: Flows) -> None:
    shown = answer(question, flows, language())
    alt = _("Gradient flow of untrained networks against the timestep, logarithmic.")
    live.chart(page, "gradient_flow", shown["figure"], alt, height=330)
    st.caption(how_to_read_gradient_flow(question.loss_on))
    live.values(page, "numbers", readings(question, _), shown["readings"])
    told = shown["told"]
    st.html(f'{_HTML}<div data-told="seen" aria-live="polite">{told["seen"]}</div>')
    st.html(f'<div data-told="table">{told["table"]}</div>')


def _trust(page: str, question: FlowQuestion, asked: bool) -> None:
    """What the last check found, as long as it is about the networks on the screen."""
    if asked:
        with st.spinner(_("Comparing with differences …")):
            checks = [GradientCheckQuestion(each, question.source) for each in question.experiments()]
            found = [open_registry().probe(check) for check in checks]
        st.session_state["flow trust"] = (question, found)
    about, found = st.session_state.get("flow trust", (None, []))
    if about != question:
        return
    errors = [error for each in found for error in (each.recursion_error, each.end_to_end_error)]
    worst = max(errors) if all(map(isfinite, errors)) else None
    text = _("Of both checks and all networks, relative to the largest gradient.")
    live.values(page, "trust", [Reading("trust_error", _("Largest error"), text)], {"trust_error": worst})
    st.html(f'<div data-told="trust">{trusted(found, _)}</div>')
