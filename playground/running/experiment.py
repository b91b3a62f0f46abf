"""What every training page does with its settings before it draws: one experiment, one run, and what to tell about them."""

from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground.language.i18n import _
from playground.language.problems import explain
from playground.running.session import Session
from playground.settings.form import Form
from playground.visit import memory_of
from rnn_engine import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.runs import Run


def possible_experiment(
    page: str, task: Any, network: NetworkConfig, training: TrainingConfig
) -> tuple[Experiment | None, bool]:
    """The experiment of these settings, and True; while they are impossible the last possible one, and False.

    What is wrong is said in the sidebar, below the settings; nothing that ran or was typed is lost.
    """
    memory = memory_of(page)
    try:
        if task is not None:
            memory.possible = Experiment(task=task, network=network, training=training)
            return memory.possible, True
    except ValidationError as error:
        for sentence in explain(error):
            st.error(sentence)
    return memory.possible, False


def notices(form: Form, session: Session, run: Run | None) -> None:
    """What there is to say, in a place that is always there: else the charts would be drawn anew."""
    with st.container(key="notices"):
        form.say_notices()
        if session.met_unknown_run:
            st.warning(_("The run in this link is no longer on this server. Press Play to train it again."))
        if run is not None and run.books.diverged:
            st.error(_diverged(run))
        if run is not None and run.state == "interrupted":
            st.error(_("The worker process ended again and again. Press Play to go on from the last checkpoint."))
        if session.left_a_run:
            st.caption(_("These settings are a new run; the previous one stays as a pale line until you clear it."))


def _diverged(run: Run) -> str:
    what = _("the loss") if run.books.diverged == "loss" else _("the gradient")
    return _(
        "Diverged at step {step}: {what} is no longer a finite number. The weights are those of the last finite step. "
        "Try a lower learning rate, a clip norm (1 is customary), or LSTM or GRU cells; then press Reset."
    ).format(step=run.step + 1, what=what)
