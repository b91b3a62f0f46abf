"""Which survey the bench "phase" shows, and what its buttons do to it. In a visit equal settings are the same survey."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from playground.laboratory.phase.matrices import matrices_of
from playground.laboratory.phase.settings import PhaseSettings, experiments_of, grid_of
from playground.language.i18n import _
from playground.live.channel import Channel
from playground.running.held_runs import HeldRuns, held_runs
from playground.running.registry import open_registry
from playground.running.transport import button, play_or_pause
from rnn_engine.runs import Action, Survey


class PhaseSurvey:
    """The surveys of one page in one visit."""

    def __init__(self, page: str) -> None:
        self._held: HeldRuns[Survey] = held_runs(page, Survey)
        self.press = self._held.press
        self.met_unknown = False  # the link named a survey that this server does not have

    def adopt(self, survey_id: str) -> Mapping[str, Any]:
        """For a form that meets a survey in a link: show it from now on. The settings stand in the link themselves."""
        self.met_unknown = self._held.adopt(survey_id, lambda survey: survey.about) is None
        return {}

    def act(self, settings: PhaseSettings, possible: bool) -> Survey | None:
        """Do what was pressed, stream the survey of these settings and return it; one that is left behind pauses."""
        action = self._held.take_action()
        if action == "reset":
            self._held.forget(settings)
        survey = self._held.find(settings)
        if action == "play" and possible:
            survey = survey or self._begin(settings)
            survey.play()
        elif action == "pause" and survey is not None:
            survey.pause()
        self._held.show(survey)
        return survey

    @property
    def channel(self) -> Channel:
        """What the page's stream shows."""
        return self._held.channel

    def transport(self, survey: Survey | None, possible: bool) -> Action:
        """Play or pause, and reset; returns the action of the button that is shown."""
        action: Action = survey.next_action if survey else "play"
        play_or_pause(self.press, action, possible)
        button(_("Reset"), "reset", ":material/replay:", self.press, disabled=survey is None)
        return action

    def _begin(self, settings: PhaseSettings) -> Survey:
        survey = open_registry().survey(
            experiments_of(settings),
            settings.steps,
            about=settings,
            frame_of=partial(matrices_of, grid_of(settings), settings.seeds),
        )
        return self._held.hold(settings, survey)
