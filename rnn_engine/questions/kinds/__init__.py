"""Every question that a page asks outside training, with its answer, as values. Knows nothing of torch."""

from rnn_engine.questions.kinds.base import Answer, Question, RunQuestion
from rnn_engine.questions.kinds.gradient_flow import (
    GradientCheckQuestion,
    GradientFlowAnswer,
    GradientFlowQuestion,
    Inputs,
)
from rnn_engine.questions.kinds.run import (
    About,
    ForecastQuestion,
    PassageAnswer,
    PassageQuestion,
    SampleQuestion,
    WindowAnswer,
    WindowQuestion,
)
from rnn_engine.questions.kinds.sequence import (
    ForgettingQuestion,
    Input,
    MicroscopeAnswer,
    MicroscopeQuestion,
    OtherSequence,
    Saturation,
    TraceAnswer,
    TraceQuestion,
    Weights,
)

__all__ = [
    "About",
    "Answer",
    "ForecastQuestion",
    "ForgettingQuestion",
    "GradientCheckQuestion",
    "GradientFlowAnswer",
    "GradientFlowQuestion",
    "Input",
    "Inputs",
    "MicroscopeAnswer",
    "MicroscopeQuestion",
    "OtherSequence",
    "PassageAnswer",
    "PassageQuestion",
    "Question",
    "RunQuestion",
    "SampleQuestion",
    "Saturation",
    "TraceAnswer",
    "TraceQuestion",
    "Weights",
    "WindowAnswer",
    "WindowQuestion",
]
