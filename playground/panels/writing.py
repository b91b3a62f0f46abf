"""The text page's writing desk: prompt, temperature and the text the network writes."""

import streamlit as st

from playground import live
from playground.language.i18n import N_, _
from playground.language.problems import fill
from playground.running.registry import open_registry
from playground.running.session import Session
from playground.settings.form import Form
from rnn_engine import Experiment
from rnn_engine.questions.kinds import SampleQuestion
from rnn_engine.runs import Run
from rnn_engine.tasks.kinds import Tokens


def show_writing(form: Form, session: Session, experiment: Experiment, symbols: Tokens, run: Run | None) -> Run | None:
    """The widgets of generation and, once asked for, a text of these symbols; returns the run, which asking may have begun."""
    form.widget("prompt")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form.widget("temperature", width=220)
        form.widget("length", width=140)
        form.widget("top_k", width=140)
        form.widget("mode", width=240)
        asked = st.button(_("Generate"), key="generate", icon=":material/edit:", type="primary")
    unknown = symbols.unknown(form["prompt"])
    if unknown:
        message = N_("These characters of the prompt are not in the text and are skipped: {characters}")
        st.caption(fill(message, characters=" ".join(unknown)))
    written = st.session_state.setdefault("written", {"number": 0})
    if asked:
        run = run or session.begin(experiment)
        question = SampleQuestion(
            prompt=form["prompt"],
            length=form["length"],
            temperature=form["temperature"],
            top_k=form["top_k"],
            mode=form["mode"],
            seed=written["number"],
        )
        answer = open_registry().ask(run, question)
        prompt = "".join(character for character in form["prompt"] if character not in unknown)
        written |= {"number": written["number"] + 1, "prompt": prompt, "characters": answer, "step": run.step}
        st.session_state.written = written
    if "characters" in written:
        live.generated("text", written["prompt"], written["characters"], written["number"])
        st.caption(_("Written by the network of step {step}.").format(step=written["step"]))
    return run
