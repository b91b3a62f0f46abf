"""Answers to what a page asks about a network that is not being trained.

Runs in a slot's worker, since the server never loads torch. Every answer is an experiment handed to the engine's public
functions; nothing here has a recurrence or a gradient of its own.
"""

from collections.abc import Callable
from typing import Any

from rnn_engine.questions.flow import flow, trust
from rnn_engine.questions.forgetting import forgets
from rnn_engine.questions.kinds import (
    Answer,
    ForgettingQuestion,
    GradientCheckQuestion,
    GradientFlowQuestion,
    MicroscopeQuestion,
    Question,
    TraceQuestion,
)
from rnn_engine.questions.microscope import microscope
from rnn_engine.questions.trace import look_inside

#: Who answers, by the question's class.
ANSWERS: dict[type[Question[Any]], Callable[..., Any]] = {
    GradientFlowQuestion: flow,
    GradientCheckQuestion: trust,
    TraceQuestion: look_inside,
    MicroscopeQuestion: microscope,
    ForgettingQuestion: forgets,
}


def answer(question: Question[Answer]) -> Answer:
    """What `Registry.probe` returns."""
    found: Answer = ANSWERS[type(question)](question)
    return found
