"""Which of the visit's runs a view looks at: any run of any page, one from a link, or one begun here with a click."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground import live
from playground.data.texts import built_in
from playground.language.i18n import _
from playground.live.readings import run_readings
from playground.running.held_runs import HeldRuns, held_runs, runs_of_the_visit
from playground.running.registry import open_registry
from playground.settings.form import WORDS, Form
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, TrainingConfig
from rnn_engine.runs import Run


def sonnets() -> tuple[Experiment, int]:
    """An LSTM that learns the sonnets, and for how many steps: some ten seconds."""
    network = NetworkConfig(cell="lstm", hidden_size=64, forget_bias=1.0)
    training = TrainingConfig(loss_on="all", learning_rate=0.005, clip_norm=1.0, epochs=20)
    return Experiment(task=TextTask(text=built_in("sonnets")), network=network, training=training), 400


def sine() -> tuple[Experiment, int]:
    """The chapter's network for the sine, and for how many steps: twenty epochs."""
    return Experiment(task=SineTask()), 480


class ChosenRun:
    """The run that one view of one visit looks at."""

    def __init__(self, page: str) -> None:
        self.page = page
        self._held: HeldRuns[Run] = held_runs(page, Run)

    def open(self, form: Form) -> None:
        """Fill the form from its link, look at the run that the link names, and say what in the link is not known here."""
        unknown = False

        def adopt(run_id: str) -> Mapping[str, Any]:
            nonlocal unknown
            run = self._held.adopt(run_id, lambda run: run.experiment)
            unknown = run is None
            if run is not None:
                self._held.shown = (run.id,)
            return {}

        form.open(adopt)
        form.say_notices()
        if unknown:
            st.warning(_("The run in this link is no longer on this server."))

    def begin(self, made: tuple[Experiment, int]) -> None:
        """Train this experiment for so many steps and look at it; for a button's callback."""
        experiment, steps = made
        run = self._held.find(experiment) or self._held.hold(experiment, open_registry().start(experiment))
        if run.step < steps and run.next_action == "play":
            run.advance(steps - run.step)
        self._held.shown = (run.id,)

    def widget(self) -> Run | None:
        """Let the visitor choose among the runs of this visit, and stream the one that is looked at."""
        runs = {run.id: run for run in runs_of_the_visit()}
        chosen = next((run_id for run_id in (*self._held.shown, *runs) if run_id in runs), None)
        if runs:
            labels = _labels(list(runs.values()))
            st.session_state.inside_run = chosen
            st.selectbox(
                _("Run"),
                list(runs),
                format_func=labels.__getitem__,
                key="inside_run",
                on_change=self._take,
                help=_("Every run of this visit that has trained: of this page and of the others."),
            )
        run = runs[chosen] if chosen else None
        self._held.shown = (run.id,) if run else ()  # what another page shows goes on: nothing is left behind here
        self._held.channel.show(run)
        return run

    def bar(self, form: Form, run: Run | None) -> None:
        """The buttons that begin a run here, and those of the run that is looked at; how it stands, live."""
        kind: Any = "primary" if run is None else "secondary"
        with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
            st.button(
                _("Train on sonnets"), key="preset", icon=":material/notes:", type=kind, on_click=self.begin,
                args=(sonnets(),),
            )  # fmt: skip
            st.button(
                _("Train on a sine"), key="preset_sine", icon=":material/show_chart:", type=kind, on_click=self.begin,
                args=(sine(),),
            )  # fmt: skip
            if run is None:
                return
            action = run.next_action
            if action == "pause":
                st.button(_("Pause"), key="pause", icon=":material/pause:", on_click=run.pause)
            else:
                off = action == "none"
                st.button(_("Go on"), key="play", icon=":material/play_arrow:", on_click=run.play, disabled=off)
            st.button(_("Look again"), key="look_again", icon=":material/refresh:")
        rows = run_readings(run.experiment, ("state", "step", "train_loss", "test_loss"))
        live.readings(self.page, self._held.channel, run, action, 0, rows)

    def _take(self) -> None:
        self._held.shown = (st.session_state.inside_run,)


def run_label(run: Run) -> str:
    """The task and the network, without the step: the list of choices must not change while the run trains."""
    network = run.experiment.network
    layers = f" × {network.num_layers}" if network.num_layers > 1 else ""
    return f"{_(run.experiment.task.title)}: {_(WORDS[network.cell])} {network.hidden_size}{layers}"


def _labels(runs: list[Run]) -> dict[str, str]:
    """A label for each run's id; those that would be called alike are numbered."""
    labels: dict[str, str] = {}
    for run in runs:
        label, number = run_label(run), 2
        while label in labels.values():
            label, number = f"{run_label(run)} ({number})", number + 1
        labels[run.id] = label
    return labels
