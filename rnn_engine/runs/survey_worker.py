"""A survey's half inside a worker process: it measures experiments, a portion of time at a time.

Everything that comes in or goes out is a plain value, as in `worker.py`.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnn_engine.experiment import Experiment
from rnn_engine.training.tiers import Tier, chosen_tier

if TYPE_CHECKING:
    from rnn_engine.sweeps.measurement import Measurement

MOST_UNDER_WAY = 16  # measurements kept half made; one that was dropped begins again


@dataclass(frozen=True)
class Portion:
    """What to measure: these experiments of a survey, in this order, as far as `seconds` go."""

    survey_id: str
    experiments: tuple[tuple[int, Experiment], ...]  # with their places in the survey
    steps: int
    tier: Tier
    seconds: float


@dataclass(frozen=True)
class Reading:
    """What one experiment came to. What is not finite, or was not measured, is None."""

    steps: int
    per_step_factor: float | None = None
    cell_per_step_factor: float | None = None
    train_loss: float | None = None
    gradient_norm: float | None = None
    diverged: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Measured:
    """What a portion brought: readings by their experiments' places, and the tier they were measured on."""

    readings: dict[int, Reading]
    tier: Tier


_under_way: OrderedDict[tuple[str, int], "Measurement"] = OrderedDict()  # by survey and place


def measure(portion: Portion) -> Measured:
    """Measure as many of a portion's experiments as there is time for; one that is half made goes on next time."""
    began, tier = time.monotonic(), chosen_tier(portion.tier, (each for _, each in portion.experiments))
    readings: dict[int, Reading] = {}
    for place, experiment in portion.experiments:
        left = portion.seconds - (time.monotonic() - began)
        if left <= 0 and readings:  # the first has at least a step, however little time there is
            break
        try:
            reading = _go_on(portion, place, experiment, tier, left)
        except Exception as error:  # in its reading, so that it hurts no other
            reading = Reading(0, error=f"{type(error).__name__}: {error}")
        if reading is None:
            break
        readings[place] = reading
    return Measured(readings, tier)


def _go_on(portion: Portion, place: int, experiment: Experiment, tier: Tier, seconds: float) -> Reading | None:
    """Measure on; None while there is more to do."""
    from rnn_engine.sweeps.measurement import Measurement

    measurement = _under_way.pop((portion.survey_id, place), None)
    if measurement is None:
        measurement = Measurement(experiment, tier=tier, steps=portion.steps, tested=False)
    if not measurement.go_on(seconds):
        _under_way[portion.survey_id, place] = measurement
        while len(_under_way) > MOST_UNDER_WAY:
            _under_way.popitem(last=False)
        return None
    result = measurement.result(place)
    return Reading(
        steps=result.steps,
        per_step_factor=result.per_step_factor,
        cell_per_step_factor=result.cell_per_step_factor,
        train_loss=result.train_loss,
        gradient_norm=result.gradient_norm,
        diverged=result.diverged,
    )
