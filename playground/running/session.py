"""Which run a page shows, and what its buttons do to it.

A run exists from Play on. In one visit an equal experiment is the same run (live settings aside); any other change of
the settings leaves the run behind, as a pale line, until it is cleared.
"""

from collections.abc import Callable, Mapping
from typing import Any

from playground.live.channel import Channel
from playground.running.held_runs import HeldRuns, held_runs
from playground.running.registry import open_registry
from rnn_engine import Experiment
from rnn_engine.configs import TrainingConfig
from rnn_engine.experiment import LIVE_SETTINGS
from rnn_engine.runs import Run

_LIVE_DEFAULTS = {
    name: TrainingConfig.model_fields[name].default for name in LIVE_SETTINGS if name in TrainingConfig.model_fields
}


class Session:
    """The runs of one page in one visit."""

    def __init__(self, page: str, probing: bool = False) -> None:
        self.page = page
        self.probing = probing  # whether its runs measure the gradient flow of a fixed batch at every look
        self.met_unknown_run = False  # the link named a run that this server does not have
        self._held: HeldRuns[Run] = held_runs(page, Run)
        self.press = self._held.press

    def adopter(self, settings_of: Callable[[Run], Mapping[str, Any]]) -> Callable[[str], Mapping[str, Any]]:
        """For a form that meets a run's id in a link: show that run from now on, and give the settings it has."""

        def adopt(run_id: str) -> Mapping[str, Any]:
            run = self._held.adopt(run_id, lambda run: _identity(run.experiment))
            self.met_unknown_run = run is None
            return {} if run is None else settings_of(run)

        return adopt

    def current(self, experiment: Experiment | None) -> Run | None:
        """The run of this experiment in this visit, if it was played."""
        run = self._held.find(_identity(experiment)) if experiment else None
        if run is not None:
            self._held.left = False
        elif self._held.shown:
            self._held.left = True
        self._held.leave_all_but(run)
        return run

    @property
    def left_a_run(self) -> bool:
        """Whether a change of settings has left a run behind."""
        return self._held.left

    def act(self, experiment: Experiment | None, live: Mapping[str, Any], pace: str) -> Run | None:
        """Do what was pressed, pass on the live settings and the pace, and return the run to show."""
        action = self._held.take_action()
        if action == "reset" and experiment:
            self._held.forget(_identity(experiment))
        run = self.current(experiment)
        if action in ("play", "step", "step_epoch") and experiment is not None:
            run = run or self.begin(experiment)
            _follow(run, live, pace)
            self.channel.show(run)
            if action == "play":
                run.play()
            else:
                run.advance(1 if action == "step" else _to_the_next_epoch(run))
        elif action == "pause" and run is not None:
            run.pause()
        if run is not None:
            _follow(run, live, pace)
        self.channel.show(run)
        return run

    @property
    def channel(self) -> Channel:
        """What the page's stream shows."""
        return self._held.channel

    def begin(self, experiment: Experiment) -> Run:
        """A run of this experiment that has not trained yet."""
        run = self._held.hold(_identity(experiment), open_registry().start(experiment))
        run.probing = self.probing
        self._held.show(run)
        return run

    def clear_previous(self) -> None:
        """Take the previous run's pale curves away; for a button's callback."""
        self._held.cleared += 1
        self._held.left = False

    @property
    def cleared(self) -> int:
        """How often the previous curves were taken away."""
        return self._held.cleared


def _identity(experiment: Experiment) -> Experiment:
    """The experiment without its live settings, which may change while its run goes on."""
    return experiment.with_settings(**_LIVE_DEFAULTS)


def _follow(run: Run, live: Mapping[str, Any], pace: str) -> None:
    for name, value in live.items():
        run.set(name, value)
    run.set_pace(steps_per_second(pace, run.experiment))


def steps_per_second(pace: str, experiment: Experiment) -> float | None:
    """What a pace means: steps a second, or None for as fast as possible."""
    if pace == "max":
        return None
    return float(experiment.steps_per_epoch) if pace == "epoch" else float(pace)


def _to_the_next_epoch(run: Run) -> int:
    steps = run.experiment.steps_per_epoch
    return steps - run.step % steps
