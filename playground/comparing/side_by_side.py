"""Several runs side by side, in step: which ones a bench shows, and what its buttons do to all of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import streamlit as st

from playground import live
from playground.language.i18n import _
from playground.language.words import lane_words, reading_words
from playground.live.channel import Channel
from playground.running.registry import open_registry
from playground.running.session import steps_per_second
from playground.settings.form import Form
from rnn_engine import Experiment
from rnn_engine.runs import Run

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
        self._state = st.session_state.setdefault(f"{page} arena", {"ids": {}, "action": None, "channel": Channel()})
        self.runs: tuple[Run | None, ...] = ()

    def adopt(self, run_ids: str) -> Mapping[str, Any]:
        """For a form that meets runs in a link: show those from now on. The settings stand in the link themselves."""
        for run_id in run_ids.split(","):
            run = open_registry().find(run_id)
            if run is not None:
                self._state["ids"][run.experiment] = run.id
        return {}

    def act(self, lanes: Sequence[Lane], pace: str) -> None:
        """Do what was pressed to the runs of these lanes, and stream them; runs that are left behind pause."""
        action, self._state["action"] = self._state["action"], None
        if action == "reset":
            for lane in lanes:
                self._forget(lane.experiment)
        runs = [self._find(lane.experiment) for lane in lanes]
        if action in ("play", "step"):
            runs = [run or self._begin(lane.experiment) for run, lane in zip(runs, lanes, strict=True)]
        self.runs = tuple(runs)
        begun = [run for run in runs if run is not None]
        for left in self._state.get("shown", ()):
            if left not in begun:
                left.pause()
        self._state["shown"] = begun
        for run in begun:
            run.mates = tuple(other for other in begun if other is not run)
            run.set_pace(steps_per_second(pace, run.experiment))
        self._state["channel"].show(*runs)
        for run in begun:
            if action == "play":
                run.play()
            elif action == "step":
                run.advance(1)
            elif action == "pause":
                run.pause()

    @property
    def next_action(self) -> Literal["play", "pause", "none"]:
        """What a visitor can do next to all of them: the button to show."""
        actions = [run.next_action if run else "play" for run in self.runs]
        return "pause" if "pause" in actions else "play" if "play" in actions else "none"

    @property
    def link(self) -> str | None:
        """The runs' ids, as a link holds them."""
        return ",".join(run.id for run in self.runs if run) or None

    def transport(self, form: Form) -> None:
        """Play or pause, one step, reset; the pace."""
        action = self.next_action
        with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
            if action == "pause":
                self._button(_("Pause"), "pause", ":material/pause:", type="primary")
            else:
                self._button(_("Play"), "play", ":material/play_arrow:", type="primary", disabled=action == "none")
            self._button(_("Step"), "step", ":material/skip_next:", disabled=action == "none")
            self._button(_("Reset"), "reset", ":material/replay:", disabled=not any(self.runs))
            form.widget("pace", width=150)

    def readings(self, lanes: Sequence[Lane], columns: Sequence[str] = COLUMNS) -> None:
        """How all runs stand together, and a table with a row for each; connects the page to its stream."""
        together = {
            name: words for name, words in reading_words(lanes[0].experiment).items() if name in ("state", "step")
        }
        run = self.runs[0] if self.runs else None
        # A race has no pale previous curves that could be cleared: 0 times.
        live.readings(self.page, self._state["channel"], run, self.next_action, 0, together)
        words = lane_words()
        live.lanes(self.page, [(lane.name, lane.colour) for lane in lanes], {name: words[name] for name in columns})

    def press(self, action: str) -> None:
        """Remember what was pressed until the settings are known; for a button's callback."""
        self._state["action"] = action

    def _button(self, label: str, key: str, icon: str, **options: Any) -> None:
        st.button(label, key=key, icon=icon, on_click=self.press, args=(key,), **options)

    def _find(self, experiment: Experiment) -> Run | None:
        run_id = self._state["ids"].get(experiment)
        return open_registry().find(run_id) if run_id else None

    def _begin(self, experiment: Experiment) -> Run:
        run = open_registry().start(experiment)
        run.probing = True
        self._state["ids"][experiment] = run.id
        return run

    def _forget(self, experiment: Experiment) -> None:
        run = self._find(experiment)
        if run is not None:
            run.pause()
            del self._state["ids"][experiment]
