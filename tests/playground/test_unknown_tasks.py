"""The screens ask a task what it reads and answers: one of a kind that they have never met is shown right, too."""

from types import SimpleNamespace
from typing import Any

import pytest

from playground.comparing.tasks import floor_of
from playground.live.readings import run_readings
from playground.panels.model import _arithmetic, _print_out
from playground.running.chosen_run import run_label
from rnn_engine import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.tasks import Task
from rnn_engine.tasks.kinds import Classes
from tests.engine.tasks.other_kinds import AnyExperiment, CountsTask, LargestTask


class VowelsTask(LargestTask):
    """Values in, classes out, in a unit of its own."""

    title = "Vowels"

    @property
    def answers(self) -> Classes:
        return Classes(("a", "e", "i"), "nats per vowel")


def experiment_of(task: Task) -> Experiment:
    return AnyExperiment(
        task=task, network=NetworkConfig(hidden_size=5), training=TrainingConfig(sequence_length=8, loss_on="all")
    )


def test_a_run_is_called_by_its_task_s_title_and_its_loss_has_its_task_s_unit() -> None:
    experiment = experiment_of(VowelsTask())
    run: Any = SimpleNamespace(experiment=experiment)
    assert run_label(run) == "Vowels: RNN (tanh) 5"
    (loss,) = run_readings(experiment, ("test_loss",))
    assert loss.help.endswith(" Cross-entropy, nats per vowel.")
    assert floor_of(experiment) == pytest.approx(1.0986, abs=1e-4)


@pytest.mark.parametrize(
    ("task", "embedding", "outputs"), [(VowelsTask(), None, 3), (CountsTask(), "Embedding(4, 5)", 2)]
)
def test_a_network_has_an_embedding_where_it_reads_tokens_whatever_it_answers(
    task: Task, embedding: str | None, outputs: int
) -> None:
    experiment = experiment_of(task)
    printed = _print_out(experiment)
    assert embedding in printed if embedding else "embedding" not in printed
    assert f"out_features={outputs}" in printed
    assert _arithmetic(experiment)[-1][-1] == experiment.cost.parameters
