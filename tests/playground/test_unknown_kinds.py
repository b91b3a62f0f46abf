"""The screens ask a task, and a cell's record, what they need: kinds that they have never met are shown right, too."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from playground.comparing.tasks import floor_of
from playground.live.readings import run_readings
from playground.panels.model import _arithmetic, _print_out
from playground.running.chosen_run import run_label
from rnn_engine import Experiment, NetworkConfig, SineTask, TrainingConfig
from rnn_engine.cells import CELLS
from rnn_engine.network.recurrent import Network
from rnn_engine.scripts.pytorch_script import plain_script
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


def test_a_cell_that_torch_lacks_is_printed_by_its_own_name_and_has_no_script(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(task=SineTask(), network=NetworkConfig(cell="gru"))
    assert "(rnn): GRU(1, 32)" in _print_out(experiment)
    monkeypatch.setitem(CELLS, "gru", replace(CELLS["gru"], torch_module=None, title="Minimal unit"))
    assert "(rnn): Minimal unit(1, 32)" in _print_out(experiment)
    with pytest.raises(ValueError, match="no layers of the cell 'gru'"):
        plain_script(experiment)


def test_a_cell_whose_gates_stand_in_another_order_starts_with_its_biases_at_the_right_gates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CELLS, "lstm", replace(CELLS["lstm"], blocks=("g", "o", "i", "f")))
    config = NetworkConfig(cell="lstm", hidden_size=3, forget_bias=2.0, init="orthogonal")
    assert started(config).tolist() == [0] * 9 + [2] * 3
    drawn = started(config.model_copy(update={"chrono": 30, "forget_bias": None}))
    assert (drawn[:6] == 0).all()
    assert (drawn[9:] > 0).all()
    assert (drawn[6:9] == -drawn[9:]).all()


def started(config: NetworkConfig) -> torch.Tensor:
    """The input biases of an untrained layer."""
    generator = torch.Generator().manual_seed(1)
    network = Network(config, input_size=1, output_size=1, vocabulary_size=None, generator=generator)
    return network.weights().layers[0].bias_ih.detach()
