"""What a task reads and what it answers are two questions: every combination trains, is tested and measured right."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from rnn_engine import Experiment, NetworkConfig, Trainer, TrainingConfig
from rnn_engine.cells import Cell
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.network.recurrent import Network
from rnn_engine.tasks import GeneratedTask, Task
from rnn_engine.tasks.base import LossOn
from rnn_engine.training import kernels
from rnn_engine.training.data import Data
from rnn_engine.training.evaluation import ReferenceEvaluator
from rnn_engine.training.reference_tier import ReferenceTier
from tests.engine.measures.test_gradient_flow_exact import cell_loop
from tests.engine.tasks.other_kinds import AnyExperiment, CountsTask, LargestTask, RaggedTask

TASKS: dict[str, GeneratedTask] = {"values to classes": LargestTask(), "tokens to values": CountsTask()}
ALL = pytest.mark.parametrize("kind", TASKS)
LOSSES = pytest.mark.parametrize("loss_on", ["last", "all"])
TIERS = pytest.mark.parametrize("tier", ["reference", "fast"])
BY_CELL = pytest.mark.parametrize("cell", EQUATIONS)

pytestmark = pytest.mark.usefixtures("fast")


def experiment_of(task: Task, loss_on: LossOn = "last", cell: Cell = "gru", **network: object) -> Experiment:
    return AnyExperiment(
        task=task,
        network=NetworkConfig(cell=cell, hidden_size=12, **network),  # type: ignore[arg-type]
        training=TrainingConfig(
            sequence_length=8, batch_size=16, epochs=1, loss_on=loss_on, learning_rate=0.02, seed=3
        ),
    )


def batch_of(experiment: Experiment, first: int = 0) -> tuple[Tensor, Tensor]:
    """The training batch from example `first` on, in float64, batch first."""
    batch = Data(experiment).batch(torch.arange(first, first + experiment.training.batch_size), torch.float64)
    every = experiment.training.loss_on == "all"
    return batch.inputs.transpose(0, 1), batch.targets.transpose(0, 1) if every else batch.targets


def loss_by_torch(outputs: Tensor, targets: Tensor) -> Tensor:
    if targets.is_floating_point():
        return F.mse_loss(outputs, targets)
    return F.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def norms_by_autograd(network: Network, inputs: Tensor, targets: Tensor, loss_on: LossOn) -> list[float]:
    """The mean over the batch of |dl/dh_t| for every t, l one example's loss, from torch's autograd."""
    layers, outputs = cell_loop(network, inputs)
    loss = loss_by_torch(outputs[:, -1] if loss_on == "last" else outputs, targets)
    gradients = torch.autograd.grad(loss, [state.hidden for state in layers[-1]])
    return [gradient.norm(dim=-1).sum().item() for gradient in gradients]


@ALL
@LOSSES
@TIERS
def test_it_is_learnt(kind: str, loss_on: LossOn, tier: str) -> None:
    experiment = experiment_of(TASKS[kind], loss_on)
    trainer = Trainer(experiment, tier=tier)  # type: ignore[arg-type]
    before = trainer.snapshot().test_loss
    while trainer.step():
        pass
    after = trainer.snapshot()
    assert after.test_loss is not None
    assert before is not None
    assert after.test_loss < 0.8 * min(before, TASKS[kind].floor(8, loss_on))
    if kind == "values to classes":
        assert after.test_accuracy is not None
        assert after.test_accuracy > 0.7
        assert after.prediction is None
    else:
        assert after.test_accuracy is None
        assert after.prediction is not None


@ALL
@LOSSES
@TIERS
@BY_CELL
def test_its_loss_and_accuracy_are_those_of_torch_by_hand(kind: str, loss_on: LossOn, tier: str, cell: Cell) -> None:
    experiment = experiment_of(TASKS[kind], loss_on, cell)
    trainer = Trainer(experiment, tier=tier)  # type: ignore[arg-type]
    for _ in range(20):
        trainer.step()
    network, snapshot = trainer.network.double(), trainer.snapshot()
    drawn = experiment.task.test_examples(3, 8, loss_on)  # type: ignore[union-attr]
    inputs, targets = torch.from_numpy(drawn.inputs).transpose(0, 1), torch.from_numpy(drawn.targets)
    outputs = network(inputs).outputs.detach()
    outputs = outputs[:, -1] if loss_on == "last" else outputs.transpose(0, 1)
    assert snapshot.test_loss == pytest.approx(loss_by_torch(outputs, targets).item(), rel=1e-5)
    if kind == "values to classes":
        assert snapshot.test_accuracy == pytest.approx((outputs.argmax(-1) == targets).double().mean().item(), abs=2e-3)


@ALL
@LOSSES
@TIERS
@BY_CELL
def test_its_gradient_flow_is_that_of_autograd(kind: str, loss_on: LossOn, tier: str, cell: Cell) -> None:
    experiment = experiment_of(TASKS[kind], loss_on, cell)
    trainer = Trainer(experiment, tier=tier)  # type: ignore[arg-type]
    before = Trainer(experiment, tier="reference").network.double()
    trainer.step()
    flow = trainer.snapshot().gradient_flow
    assert flow is not None
    by_autograd = norms_by_autograd(before, *batch_of(experiment), loss_on)
    assert flow.hidden[-1].tolist() == pytest.approx(by_autograd, rel=1e-4)


@ALL
@LOSSES
@BY_CELL
def test_both_tiers_take_the_same_steps(kind: str, loss_on: LossOn, cell: Cell) -> None:
    experiment = experiment_of(TASKS[kind], loss_on, cell, num_layers=2)
    losses: list[list[float]] = []
    for tier in ("reference", "fast"):
        trainer = Trainer(experiment, tier=tier)
        losses.append([])
        for _ in range(12):
            trainer.step()
            losses[-1].append(trainer.loss)
    assert losses[0] == pytest.approx(losses[1], rel=2e-4)


def padded(padding: float, loss_on: LossOn, cell: Cell, **network: object) -> Experiment:
    return experiment_of(RaggedTask(padding=padding), loss_on, cell, **network)


REMEDIES = pytest.mark.parametrize(
    ("cell", "network"),
    [*((cell, {}) for cell in EQUATIONS), ("lstm", {"num_layers": 2}), ("rnn_tanh", {"skip": 0.5, "layer_norm": True})],
    ids=str,
)


@LOSSES
@REMEDIES
def test_what_stands_in_the_padding_changes_no_bit(loss_on: LossOn, cell: Cell, network: dict[str, object]) -> None:
    runs = []
    for padding in (0.0, 1e6):
        trainer = Trainer(padded(padding, loss_on, cell, **network))
        losses = []
        for _ in range(6):
            trainer.step()
            losses.append(trainer.loss)
        snapshot, probed = trainer.snapshot(), trainer.probe()
        assert snapshot.gradient_flow is not None
        weights = [weight.tolist() for weight in trainer.network.parameters()]
        numbers = (losses, weights, snapshot.test_loss, snapshot.test_accuracy, snapshot.gradient_norm)
        runs.append((*numbers, snapshot.gradient_flow.hidden.tolist(), probed.hidden.tolist()))
    assert runs[0] == runs[1]
    assert all(math.isfinite(loss) for loss in runs[0][0])


@LOSSES
@REMEDIES
def test_a_padded_batch_has_the_loss_and_the_gradient_of_its_sequences_one_by_one(
    loss_on: LossOn, cell: Cell, network: dict[str, object]
) -> None:
    experiment = padded(7.0, loss_on, cell, **network)
    trainer = Trainer(experiment)
    alone = Network.of(experiment, torch.Generator().manual_seed(experiment.training.seed)).double()
    alone.load_state_dict(trainer.network.state_dict())
    batch = Data(experiment).batch(torch.arange(16), torch.float64)
    assert batch.real is not None
    lengths = batch.real.sum(0).tolist()
    losses = []
    for b, length in enumerate(lengths):
        outputs = alone(batch.inputs[:length, b].unsqueeze(0)).outputs[0]
        if loss_on == "last":
            losses.append(F.cross_entropy(outputs[-1], batch.targets[b]))
        else:
            losses.append(F.cross_entropy(outputs, batch.targets[:length, b], reduction="sum"))
    total = torch.stack(losses).sum() / (16 if loss_on == "last" else sum(lengths))
    total.backward()
    trainer.step()
    squares = [float(weight.grad.square().sum()) for weight in alone.parameters() if weight.grad is not None]
    assert trainer.loss == pytest.approx(total.item(), rel=1e-5)
    assert trainer.snapshot().gradient_norm == pytest.approx(math.sqrt(sum(squares)), rel=1e-4)


@BY_CELL
def test_no_gradient_is_shown_at_a_padded_timestep(cell: Cell) -> None:
    trainer = Trainer(padded(0.0, "last", cell))
    trainer.step()
    tier = trainer._tier
    assert isinstance(tier, ReferenceTier)
    assert tier._measured is not None
    real = Data(trainer.experiment).batch(torch.arange(16), torch.float32).real
    assert real is not None
    for hidden, memory in tier._measured.totals():
        assert (hidden[~real] == 0).all()
        assert (hidden[real].abs().sum(-1) > 0).any()
        assert memory is None or (memory[~real] == 0).all()


def test_the_test_part_s_means_are_over_what_is_asked() -> None:
    experiment = padded(0.0, "all", "gru")
    evaluator, network = ReferenceEvaluator(experiment, Data(experiment)), Trainer(experiment).network
    evaluator._chunk = 1000
    whole = evaluator.test(network)
    evaluator._chunk = 7
    parts = evaluator.test(network)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-6)
    assert parts.accuracy == pytest.approx(whole.accuracy, rel=1e-12)


def test_the_fast_tier_says_that_it_trains_no_unequal_lengths() -> None:
    experiment = padded(0.0, "last", "gru")
    assert not kernels.supports(experiment)
    assert Trainer(experiment).tier == "reference"
    with pytest.raises(ValueError, match="fast"):
        Trainer(experiment, tier="fast")


def test_inputs_are_drawn_alike_whatever_the_padding() -> None:
    one, other = (RaggedTask(padding=padding).test_examples(1, 8, "all") for padding in (0.0, 3.0))
    assert one.real is not None
    assert np.array_equal(one.inputs[one.real], other.inputs[one.real])
    assert not np.array_equal(one.inputs, other.inputs)
