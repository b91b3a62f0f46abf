"""Questions and their answers as types: each has somebody who answers it, and mypy knows what comes back."""

from typing import assert_type

from rnn_engine import Experiment, NetworkConfig, SineTask, TrainingConfig
from rnn_engine.free_running.results import Forecast
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.questions import about_a_run, kinds, without_a_run
from rnn_engine.questions.kinds import (
    ForecastQuestion,
    GradientFlowAnswer,
    GradientFlowQuestion,
    MicroscopeAnswer,
    MicroscopeQuestion,
    Question,
    RunQuestion,
    TraceQuestion,
)
from rnn_engine.runs import worker

EXPERIMENT = Experiment(
    task=SineTask(length=60), network=NetworkConfig(hidden_size=4), training=TrainingConfig(sequence_length=8)
)
OFFERED = [getattr(kinds, name) for name in kinds.__all__]


def asked(base: type) -> set[type]:
    return {each for each in OFFERED if isinstance(each, type) and issubclass(each, base) and each is not base}


def test_every_question_that_can_be_asked_is_answered() -> None:
    assert asked(Question) == set(without_a_run.ANSWERS)
    assert asked(RunQuestion) == set(about_a_run.ANSWERS)


def test_the_answer_has_the_type_that_its_question_names() -> None:
    flows = worker.probe(GradientFlowQuestion((EXPERIMENT,), "noise"))
    assert_type(flows, list[GradientFlowAnswer])  # for mypy; at run time it says nothing
    assert [type(each) for each in flows] == [GradientFlowAnswer]
    magnified = worker.probe(MicroscopeQuestion(NetworkConfig(hidden_size=4), 8, "noise", seed=1))
    assert_type(magnified, MicroscopeAnswer)
    assert type(magnified) is MicroscopeAnswer
    forecast = worker.ask(worker.Subject("a run", EXPERIMENT), ForecastQuestion(5))
    assert_type(forecast, Forecast)
    assert type(forecast) is Forecast


def trace_question(sequence: str) -> TraceQuestion:
    read = ShortSequence(kind="words", sequence=sequence, target="c")
    network = NetworkConfig(hidden_size=2)
    return TraceQuestion(read, network, embedding_size=2, loss_on="last", learning_rate=0.1, steps=0, seed=1)


def test_the_same_question_again_is_the_same_key_and_another_is_not() -> None:
    first, again = trace_question("a b"), trace_question("a b")
    assert first.sequence.task is not None  # a cached property, which must not count
    assert {first: "kept"}[again] == "kept"
    assert trace_question("b a") not in {first: "kept"}
