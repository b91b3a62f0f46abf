"""Answers to what a page asks about a run's network as it stands.

Runs in a slot's worker, since the server never loads torch; `without_a_run.py` has what is asked without a run.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rnn_engine.free_running.forecast import forecast
from rnn_engine.free_running.results import Character, Forecast
from rnn_engine.free_running.text import sample_text
from rnn_engine.questions.kinds import (
    Answer,
    ForecastQuestion,
    PassageQuestion,
    RunQuestion,
    SampleQuestion,
    WindowQuestion,
)
from rnn_engine.questions.passage import forget_in, look_at
from rnn_engine.training.trainer import Trainer


def _forecast(trainer: Trainer, question: ForecastQuestion) -> Forecast:
    return forecast(trainer, question.horizon)


def _sample(trainer: Trainer, question: SampleQuestion) -> list[Character]:
    return list(sample_text(trainer, **asdict(question)))


#: Who answers, by the question's class.
ANSWERS: dict[type[RunQuestion[Any]], Callable[..., Any]] = {
    ForecastQuestion: _forecast,
    SampleQuestion: _sample,
    PassageQuestion: look_at,
    WindowQuestion: forget_in,
}


def answer(trainer: Trainer, question: RunQuestion[Answer]) -> Answer:
    """What `Registry.ask` returns."""
    found: Answer = ANSWERS[type(question)](trainer, question)
    return found
