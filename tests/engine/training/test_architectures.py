"""A network of another architecture than the recurrent one, made up here: a causal convolution."""

import json
from typing import Annotated, Any, Literal

import pytest
import torch
from pydantic import Field, ValidationError
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, Trainer, TrainingConfig
from rnn_engine.architectures import ARCHITECTURES, Architecture
from rnn_engine.cost import Cost, Work
from rnn_engine.network.building import BUILDERS
from rnn_engine.network.recurrent import Network
from rnn_engine.tasks import Task
from rnn_engine.training import kernels
from rnn_engine.training.tiers import TierName, chosen_tier
from tests.engine.tasks.other_kinds import AnyExperiment, RaggedTask


class ConvolutionConfig(Architecture):
    """A causal convolution over the last `width` timesteps, and a readout."""

    architecture: Literal["convolution"] = "convolution"
    channels: Annotated[int, Field(ge=1)] = 8
    width: int = 3

    @property
    def token_size(self) -> int:
        return self.channels

    def cost(self, work: Work) -> Cost:
        weights = self.channels * (self.width * work.input_size + 1 + work.output_size) + work.output_size
        weights += work.vocabulary_size * work.input_size
        positions = work.sequence_length * work.batch_size
        return Cost(weights, 6.0 * weights * positions, 4.0 * (positions * (2 * self.channels) + 5 * weights))


class Convolution(nn.Module):
    def __init__(self, experiment: Experiment, generator: torch.Generator) -> None:
        super().__init__()
        config: Any = experiment.network
        task = experiment.task
        self.width = config.width
        self.embedding = None
        if task.vocabulary_size is not None:
            self.embedding = nn.Embedding(task.vocabulary_size, experiment.input_size)
        self.convolution = nn.Conv1d(experiment.input_size, config.channels, config.width)
        self.readout = nn.Linear(config.channels, task.output_size)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-0.3, 0.3, generator=generator)

    def forward(self, inputs: Tensor) -> Tensor:
        x = inputs if self.embedding is None else self.embedding(inputs)  # (B, T, I)
        x = F.pad(x.transpose(1, 2), (self.width - 1, 0))
        outputs: Tensor = self.readout(self.convolution(x).tanh().transpose(1, 2))
        return outputs


class OutputsOfRecurrent(nn.Module):
    """The recurrent network, with its gradient found by autograd."""

    def __init__(self, experiment: Experiment, generator: torch.Generator) -> None:
        super().__init__()
        twin = experiment.model_copy(update={"network": NetworkConfig(hidden_size=8)})
        self.network = Network.of(twin, generator)

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.network(inputs).outputs
        return outputs


class TwinConfig(ConvolutionConfig):
    architecture: Literal["twin"] = "twin"  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def other_architectures(monkeypatch: pytest.MonkeyPatch) -> None:
    for config, module in ((ConvolutionConfig, Convolution), (TwinConfig, OutputsOfRecurrent)):
        monkeypatch.setitem(ARCHITECTURES, config().architecture, config)
        monkeypatch.setitem(BUILDERS, config().architecture, module)


SINE, TEXT = SineTask(length=200), TextTask(text="abcab" * 40)


def experiment_of(task: Any, network: object = None, **training: object) -> Experiment:
    settings = {"sequence_length": 12, "batch_size": 8, "epochs": 2, "seed": 3, **training}
    return AnyExperiment.model_validate(
        {"task": task, "network": network or ConvolutionConfig(), "training": TrainingConfig.model_validate(settings)}
    )


CASES = pytest.mark.parametrize(
    ("task", "loss_on"),
    [(SINE, "last"), (SINE, "all"), (TEXT, "last"), (TEXT, "all"), (RaggedTask(), "last"), (RaggedTask(), "all")],
    ids=["values, last", "values, all", "tokens, last", "tokens, all", "unequal, last", "unequal, all"],
)


def losses_of(trainer: Trainer, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        assert trainer.step()
        found.append(trainer.loss)
    return found


@CASES
def test_another_architecture_learns(task: Task, loss_on: str) -> None:
    trainer = Trainer(experiment_of(task, loss_on=loss_on, epochs=40))
    assert trainer.tier == "autograd"
    before = trainer.snapshot().test_loss
    losses_of(trainer, 200)
    after = trainer.snapshot()
    assert before is not None
    assert after.test_loss is not None
    assert after.test_loss < 0.8 * before
    assert after.gradient_flow is None
    assert (after.test_accuracy is not None) == task.answers_classes


@CASES
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
def test_a_checkpoint_goes_on_bit_for_bit(task: Task, loss_on: str, optimizer: str) -> None:
    experiment = experiment_of(task, loss_on=loss_on, optimizer=optimizer, clip_norm=0.05)
    whole, part = Trainer(experiment), Trainer(experiment)
    losses = losses_of(whole, 30)
    assert losses_of(part, 13) == losses[:13]
    restored = Trainer.restore(experiment, part.checkpoint())
    assert restored.tier == "autograd"
    assert losses_of(restored, 17) == losses[13:]
    assert restored.checkpoint() == whole.checkpoint()


@CASES
def test_autograd_takes_the_steps_of_the_reference(task: Task, loss_on: str) -> None:
    by_autograd = Trainer(experiment_of(task, TwinConfig(), loss_on=loss_on))
    reference = Trainer(experiment_of(task, NetworkConfig(hidden_size=8), loss_on=loss_on), "reference")
    assert losses_of(by_autograd, 15) == pytest.approx(losses_of(reference, 15), rel=1e-4)
    ours, theirs = by_autograd.snapshot(), reference.snapshot()
    assert ours.test_loss == pytest.approx(theirs.test_loss, rel=1e-3)
    assert (ours.test_accuracy or 0) == pytest.approx(theirs.test_accuracy or 0, rel=1e-3)
    assert ours.gradient_norm == pytest.approx(theirs.gradient_norm, rel=1e-3)


def test_json_says_every_architecture_but_the_recurrent_and_reads_both() -> None:
    other = Experiment.model_validate({"task": SINE, "network": {"architecture": "convolution", "width": 5}})
    text = other.model_dump_json()
    assert json.loads(text)["network"] == {"architecture": "convolution", "channels": 8, "width": 5}
    assert Experiment.model_validate_json(text) == other
    assert hash(Experiment.model_validate_json(text)) == hash(other)
    recurrent = Experiment(task=SINE)
    assert "architecture" not in recurrent.model_dump_json()
    assert Experiment.model_validate_json(recurrent.model_dump_json()) == recurrent
    named = json.loads(recurrent.model_dump_json())
    named["network"]["architecture"] = "recurrent"
    assert Experiment.model_validate(named) == recurrent
    assert other != recurrent


def test_settings_of_another_architecture_are_changed_by_name() -> None:
    changed = experiment_of(SINE).with_settings(width=7, learning_rate=0.5)
    network: Any = changed.network
    assert (network.width, changed.training.learning_rate) == (7, 0.5)


@pytest.mark.parametrize(
    ("network", "where", "message"),
    [
        ({"architecture": "lattice"}, ("network",), "no architecture “lattice”.*recurrent, convolution"),
        ({"architecture": ["recurrent"]}, ("network",), "no architecture"),
        ({"architecture": "convolution", "channels": 0}, ("network", "channels"), "greater than or equal to 1"),
        ({"architecture": "convolution", "cell": "gru"}, ("network", "cell"), "Extra inputs"),
        ({"width": 3}, ("network", "width"), "Extra inputs"),
        (7, ("network",), "valid dictionary"),
    ],
)
def test_a_network_that_is_none_is_refused_where_it_is_wrong(network: object, where: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Experiment.model_validate({"task": SINE, "network": network})
    assert [error["loc"] for error in caught.value.errors()] == [where]


def test_each_tier_says_what_it_can_train() -> None:
    other, recurrent = experiment_of(SINE), experiment_of(SINE, NetworkConfig())
    assert not kernels.supports(other)
    assert chosen_tier("auto", [other]) == "autograd"
    assert chosen_tier("auto", [recurrent]) in ("fast", "reference")
    tiers: tuple[TierName, ...] = ("fast", "reference")
    for tier in tiers:
        with pytest.raises(ValueError, match=f"tier '{tier}' has no .*; use 'auto' or 'autograd'"):
            Trainer(other, tier)
    with pytest.raises(ValueError, match=r"tier 'autograd' has no .*; use 'auto', 'fast' or 'reference'"):
        Trainer(recurrent, "autograd")


def test_what_needs_hidden_states_is_refused_to_a_network_without() -> None:
    trainer = Trainer(experiment_of(SINE))
    with pytest.raises(ValueError, match="'convolution' has no hidden states"):
        _ = trainer.network
    with pytest.raises(ValueError, match="no gradient flow"):
        trainer.probe()


def test_a_step_that_is_not_finite_is_not_made() -> None:
    trainer = Trainer(experiment_of(SINE, optimizer="sgd", learning_rate=100, epochs=40))
    while trainer.step():
        pass
    assert trainer.diverged in ("loss", "gradient")
    assert all(parameter.isfinite().all() for parameter in trainer.module.parameters())
