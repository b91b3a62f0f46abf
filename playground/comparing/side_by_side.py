"""Several runs side by side, in step: which ones a bench shows, and what its buttons do to all of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from playground import live
from playground.language.i18n import _
from playground.live.readings import run_readings
from playground.running.held_runs import HeldRuns, held_runs
from playground.running.registry import open_registry
from playground.running.session import steps_per_second
from playground.running.transport import button, play_or_pause
from playground.settings.form import Form
from rnn_engine import Experiment
from rnn_engine.runs import Action, Run

#: What the table of the runs shows, unless a bench asks for something else.
COLUMNS = (
    "state", "step", "train_loss", "test_loss", "gradient_norm", "clipped_norm", "clip_angle", "clipped_share",
    "per_step_factor", "horizon",
)  # fmt: skip


class Lane(NamedTuple):
    """One of the runs that are compared: what it is called, its colour, what it trains."""

    name: str
    colour: str
    experiment: Experiment


class SideBySide:
    """The runs of one bench in one visit. In a visit an equal experiment is the same run."""

    def __init__(self, page: str) -> None:
        self.page = page
        self._held: HeldRuns[Run] = held_runs(page, Run)
        self.press = self._held.press
        self.runs: tuple[Run | None, ...] = ()
        self.next_action: Action = "play"  # the button the page shows; the runs may have stopped meanwhile

    def adopt(self, run_ids: str) -> Mapping[str, Any]:
        """For a form that meets runs in a link: show those from now on. The settings stand in the link themselves."""
        for run_id in run_ids.split(","):
            self._held.adopt(run_id, lambda run: run.experiment)
        return {}

    def act(self, lanes: Sequence[Lane], pace: str) -> None:
        """Do what was pressed to the runs of these lanes, and stream them; runs that are left behind pause."""
        action = self._held.take_action()
        if action == "reset":
            for lane in lanes:
                self._held.forget(lane.experiment)
        runs = [self._held.find(lane.experiment) for lane in lanes]
        if action in ("play", "step"):
            runs = [run or self._begin(lane.experiment) for run, lane in zip(runs, lanes, strict=True)]
        self.runs = tuple(runs)
        begun = [run for run in runs if run is not None]
        self._held.leave_all_but(*begun)
        for run in begun:
            run.mates = tuple(other for other in begun if other is not run)
            run.set_pace(steps_per_second(pace, run.experiment))
        self._held.channel.show(*runs)
        for run in begun:
            if action == "play":
                run.play()
            elif action == "step":
                run.advance(1)
            elif action == "pause":
                run.pause()
        actions = [run.next_action if run else "play" for run in runs]
        self.next_action = "pause" if "pause" in actions else "play" if "play" in actions else "none"

    @property
    def link(self) -> str | None:
        """The runs' ids, as a link holds them."""
        return ",".join(run.id for run in self.runs if run) or None

    def transport(self, form: Form) -> None:
        """Play or pause, one step, reset; the pace."""
        off = self.next_action == "none"
        with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
            play_or_pause(self.press, self.next_action)
            button(_("Step"), "step", ":material/skip_next:", self.press, disabled=off)
            button(_("Reset"), "reset", ":material/replay:", self.press, disabled=not any(self.runs))
            form.widget("pace", width=150)

    def readings(self, lanes: Sequence[Lane], columns: Sequence[str] = COLUMNS) -> None:
        """How all runs stand together, and a table with a row for each; connects the page to its stream."""
        experiment = lanes[0].experiment
        together = run_readings(experiment, ("state", "step"))
        run = self.runs[0] if self.runs else None
        # A race has no pale previous curves that could be cleared: 0 times.
        live.readings(self.page, self._held.channel, run, self.next_action, 0, together)
        live.lanes(self.page, [(lane.name, lane.colour) for lane in lanes], run_readings(experiment, columns))

    def _begin(self, experiment: Experiment) -> Run:
        run = self._held.hold(experiment, open_registry().start(experiment))
        run.probing = True
        return run
