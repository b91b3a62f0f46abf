"""Which survey the bench "phase" shows, and what its buttons do to it. In a visit equal settings are the same survey."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from playground.laboratory.phase.matrices import matrices_of
from playground.laboratory.phase.settings import PhaseSettings, experiments_of, grid_of
from playground.language.i18n import _
from playground.live.channel import Channel
from playground.running.registry import open_registry
from rnn_engine.runs import Survey


class PhaseSurvey:
    """The surveys of one page in one visit."""

    def __init__(self, page: str) -> None:
        self._state = st.session_state.setdefault(f"{page} surveys", {"ids": {}, "action": None, "channel": Channel()})
        self.met_unknown = False  # the link named a survey that this server does not have

    def adopt(self, survey_id: str) -> Mapping[str, Any]:
        """For a form that meets a survey in a link: show it from now on. The settings stand in the link themselves."""
        survey = open_registry().find_survey(survey_id)
        self.met_unknown = survey is None
        if survey is not None:
            self._state["ids"][survey.about] = survey.id
        return {}

    def act(self, settings: PhaseSettings, possible: bool) -> Survey | None:
        """Do what was pressed, stream the survey of these settings and return it; one that is left behind pauses."""
        action, self._state["action"] = self._state["action"], None
        if action == "reset":
            self._state["ids"].pop(settings, None)
        survey = self._find(settings)
        if action == "play" and possible:
            survey = survey or self._begin(settings)
            survey.play()
        elif action == "pause" and survey is not None:
            survey.pause()
        before, self._state["shown"] = self._state.get("shown"), survey
        if before is not None and before is not survey:
            before.pause()
        self.channel.show(survey)
        return survey

    @property
    def channel(self) -> Channel:
        """What the page's stream shows."""
        return self._state["channel"]

    def transport(self, survey: Survey | None, possible: bool) -> None:
        """Play or pause, and reset."""
        ended = survey is not None and survey.ended
        if survey is not None and survey.next_action == "pause":
            self._button(_("Pause"), "pause", ":material/pause:", type="primary")
        else:
            self._button(_("Play"), "play", ":material/play_arrow:", type="primary", disabled=ended or not possible)
        self._button(_("Reset"), "reset", ":material/replay:", disabled=survey is None)

    def press(self, action: str) -> None:
        """Remember what was pressed until the settings are known; for a button's callback."""
        self._state["action"] = action

    def _button(self, label: str, key: str, icon: str, **options: Any) -> None:
        st.button(label, key=key, icon=icon, on_click=self.press, args=(key,), **options)

    def _find(self, settings: PhaseSettings) -> Survey | None:
        survey_id = self._state["ids"].get(settings)
        return open_registry().find_survey(survey_id) if survey_id else None

    def _begin(self, settings: PhaseSettings) -> Survey:
        survey = open_registry().survey(
            experiments_of(settings),
            settings.steps,
            about=settings,
            frame_of=partial(matrices_of, grid_of(settings), settings.seeds),
        )
        self._state["ids"][settings] = survey.id
        return survey
