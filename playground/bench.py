"""What every training page does with its settings before it draws: one experiment, one run, and what to tell about them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground.form import Form
from playground.i18n import _
from playground.problems import explain
from playground.session import Session
from rnn_engine import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.baselines import baselines
from rnn_engine.runs import Run
from rnn_engine.tasks import evenly_spaced


def possible_experiment(
    page: str, task: Any, network: NetworkConfig, training: TrainingConfig
) -> tuple[Experiment | None, bool]:
    """The experiment of these settings, and True; while they are impossible the last possible one, and False.

    What is wrong is said in the sidebar, below the settings; nothing that ran or was typed is lost.
    """
    key = f"{page} experiment"
    try:
        if task is not None:
            st.session_state[key] = Experiment(task=task, network=network, training=training)
            return st.session_state[key], True
    except ValidationError as error:
        for sentence in explain(error):
            st.error(sentence)
    return st.session_state.get(key), False


@lru_cache(maxsize=64)
def naive_losses(experiment: Experiment) -> Mapping[str, float]:
    """The naive baselines on the targets that the live test loss is measured on."""
    # Where no window is left to test with, the training part is what the lines can be compared with.
    return baselines(experiment, test_windows=experiment.live_test_windows or None)


@lru_cache(maxsize=64)
def tested(experiment: Experiment) -> tuple[list[Any], list[float]]:
    """Positions (or timestamps) and values of the targets that the live prediction is compared with."""
    split, task = experiment.split, experiment.task
    targets = evenly_spaced(split.test_windows, experiment.live_test_windows) + split.test_start + split.sequence_length
    values = task.sequence(experiment.training.seed)[targets]
    stamps = getattr(task, "timestamps", None)
    return [stamps[i] for i in targets] if stamps else targets.tolist(), values.tolist()


def notices(form: Form, session: Session, run: Run | None) -> None:
    """What there is to say, in a place that is always there: else the charts would be drawn anew."""
    with st.container(key="notices"):
        for notice in form.notices:
            st.warning(notice)
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
