"""The fast tier says what the reference says: to 1e-10 in float64, and in float32 as truly as torch does."""

from typing import Any

import numba
import numpy as np
import pytest
import torch
from torch import nn

from rnn_engine import CopyTask, Experiment, NetworkConfig, SineTask, Trainer, TrainingConfig
from rnn_engine.tasks import AddingTask
from rnn_engine.training import kernels
from rnn_engine.training.data import Data
from rnn_engine.training.kernels import update
from rnn_engine.training.kernels.curves import exp, sigmoid, tanh
from rnn_engine.training.kernels.step import mean_norms
from rnn_engine.training.kernels.tier import shape_of
from rnn_engine.training.kernels.vectors import LANES, load, store
from rnn_engine.training.optimizers import OPTIMIZERS
from tests.engine.measures.test_gradient_flow_exact import cell_loop, losses_at
from tests.engine.small_runs import ALL_CELLS, ALL_TASKS, experiment_of, plain, start, steps

pytestmark = pytest.mark.usefixtures("fast")

LOSS_ON = pytest.mark.parametrize("loss_on", ["last", "all"])


def both(experiment: Experiment, dtype: torch.dtype = torch.float64) -> tuple[Any, Any]:
    """The same experiment on either tier, in this dtype."""
    pair = start(experiment, tier="reference"), start(experiment, tier="fast")
    for trainer in pair:
        trainer.network.to(dtype)
    return pair


def gradient_of(trainer: Any) -> np.ndarray:
    return torch.cat([p.grad.flatten() for p in trainer.network.parameters()]).double().numpy()


def assert_equal(ours: Any, wanted: Any, to: float = 1e-10) -> None:
    ours, wanted = np.asarray(ours), np.asarray(wanted)
    assert np.abs(ours - wanted).max() <= to * np.abs(wanted).max()


# Parity in float64


@LOSS_ON
@pytest.mark.parametrize(("layers", "hidden", "batch"), [(1, 4, 4), (2, 17, 5), (3, 32, 1)])
@ALL_TASKS
@ALL_CELLS
def test_loss_gradient_and_gradient_flow_equal_the_reference_in_float64(cell, task, layers, hidden, batch, loss_on):
    experiment = experiment_of(task, cell, layers, hidden, batch_size=batch, loss_on=loss_on)
    reference, fast = both(experiment)
    for _ in range(2):
        assert reference.step()
        assert fast.step()
        assert fast.loss == pytest.approx(reference.loss, rel=1e-10)
        assert fast.gradient_norm == pytest.approx(reference.gradient_norm, rel=1e-10)
        assert_equal(gradient_of(fast), gradient_of(reference))
        assert_equal(fast.gradient_flow.hidden, reference.gradient_flow.hidden)
        if cell == "lstm":
            assert_equal(fast.gradient_flow.cell, reference.gradient_flow.cell)
    ours, wanted = fast.snapshot(), reference.snapshot()
    assert_equal(ours.gradient_flow.weight_parts, wanted.gradient_flow.weight_parts)
    assert ours.test_loss == pytest.approx(wanted.test_loss, rel=1e-10)
    assert ours.test_accuracy == wanted.test_accuracy
    if wanted.prediction is not None:
        assert_equal(ours.prediction, wanted.prediction)
    assert_equal(fast.probe().hidden, reference.probe().hidden)


@pytest.mark.parametrize("task", [AddingTask(), CopyTask(symbols=3, length=2, delay=4)])
@ALL_CELLS
def test_generated_examples_train_as_in_the_reference(cell, task):
    where: Any = {"adding": {"sequence_length": 12}, "copy": {"sequence_length": 8, "loss_on": "all"}}[task.kind]
    training = TrainingConfig(batch_size=6, epochs=1, **where)
    network = NetworkConfig(cell=cell, hidden_size=6, embedding_size=5)
    reference, fast = both(Experiment(task=task, network=network, training=training))
    np.testing.assert_allclose(steps(fast, 20), steps(reference, 20), rtol=1e-9)
    assert fast.snapshot().test_loss == pytest.approx(reference.snapshot().test_loss, rel=1e-9)
    accuracies = [each.snapshot().test_accuracy for each in (fast, reference)]
    assert accuracies[0] == (accuracies[1] and pytest.approx(accuracies[1]))


@pytest.mark.parametrize(
    "clipping", [{}, {"clip_norm": 0.01}, {"clip_value": 0.001}, {"clip_norm": 0.1, "clip_value": 0.01}]
)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_and_every_clipping_steps_as_in_the_reference(optimizer, clipping):
    reference, fast = both(experiment_of(optimizer=optimizer, epochs=5, **clipping))
    np.testing.assert_allclose(steps(fast, 30), steps(reference, 30), rtol=1e-9)
    assert fast.clipped.norm == pytest.approx(reference.clipped.norm, rel=1e-9)
    assert fast.clipped.angle == pytest.approx(reference.clipped.angle, abs=1e-4)  # of acos near 1 half the digits stay
    assert fast.clipped_steps == reference.clipped_steps


@ALL_CELLS
def test_a_cut_in_time_lets_exactly_nothing_through(cell):
    reference, fast = both(experiment_of(cell=cell, truncate=6))
    for trainer in (reference, fast):
        trainer.step()
    assert_equal(fast.gradient_flow.hidden, reference.gradient_flow.hidden)
    assert (fast.gradient_flow.hidden[0, :14] == 0).all()
    assert (fast.gradient_flow.hidden[0, 14:] > 0).all()


# Exact, and in float32 as true as torch


@LOSS_ON
@ALL_CELLS
def test_the_gradient_at_every_timestep_equals_central_differences(cell, loss_on):
    experiment = experiment_of(cell=cell, hidden=4, batch_size=3, sequence_length=8, loss_on=loss_on)
    trainer = start(experiment, tier="fast")
    trainer.network.double()
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    trainer.step()
    trainer.network.load_state_dict(before)
    batch = Data(experiment).batch(trainer._windows, torch.float64)
    inputs = batch.inputs.transpose(0, 1)
    targets = batch.targets if loss_on == "last" else batch.targets.transpose(0, 1)
    step = 1e-5
    for part, ours in (("hidden", trainer.gradient_flow.hidden), ("cell", trainer.gradient_flow.cell)):
        if ours is None:
            continue
        found = np.empty(8)
        for t in range(8):
            delta = torch.empty(3, 4, dtype=torch.float64)
            for j in range(4):
                sides = []
                for amount in (step, -step):
                    bump = torch.zeros(4, dtype=torch.float64)
                    bump[j] = amount
                    with torch.no_grad():
                        _, outputs = cell_loop(trainer.network, inputs, (0, t, part, bump))
                    sides.append(losses_at(outputs, targets, loss_on).sum(1))
                delta[:, j] = (sides[0] - sides[1]) / (2 * step)
            found[t] = delta.norm(dim=1).mean()
        assert np.abs(found - ours[0]).max() <= 1e-9 * ours.max()


TORCH_S = {"rnn_tanh": nn.RNN, "rnn_relu": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@ALL_CELLS
def test_in_float32_it_is_as_close_to_the_truth_as_torch_is(cell):
    experiment = experiment_of("sine", cell, 2, hidden=48, sequence_length=40, batch_size=32)
    truth, single = start(experiment, tier="reference"), start(experiment, tier="fast")
    truth.network.double()
    own = {"nonlinearity": "relu"} if cell == "rnn_relu" else {}
    torch_s = TORCH_S[cell](1, 48, 2, batch_first=True, **own)
    torch_s.load_state_dict(
        {name.removeprefix("rnn."): w for name, w in single.network.state_dict().items() if name.startswith("rnn.")}
    )
    readout = nn.Linear(48, 1)
    readout.load_state_dict(
        {
            name.removeprefix("readout."): w
            for name, w in single.network.state_dict().items()
            if name.startswith("readout.")
        }
    )
    assert truth.step()
    assert single.step()
    assert torch.equal(truth._windows, single._windows)
    batch = Data(experiment).batch(single._windows, torch.float32)
    loss = nn.functional.mse_loss(readout(torch_s(batch.inputs.transpose(0, 1))[0][:, -1]), batch.targets)
    loss.backward()
    torch_gradient = torch.cat([p.grad.flatten() for p in (*torch_s.parameters(), *readout.parameters())]).double()
    wanted = gradient_of(truth)
    our_error = np.linalg.norm(gradient_of(single) - wanted)
    their_error = np.linalg.norm(torch_gradient.numpy() - wanted)
    assert our_error <= 3 * their_error
    assert abs(single.loss - truth.loss) <= 3 * max(abs(loss.item() - truth.loss), 1e-7 * truth.loss)


def test_norms_are_added_up_in_float64_where_squares_of_float32_overflow_or_vanish():
    for size in (1e-22, 1e22):
        vector = np.full(3, size, np.float32)
        assert update.norm(vector) == pytest.approx(3**0.5 * size)
        gradient, out = np.full((1, 1, 4, 16), size, np.float32), np.empty((1, 1))
        shape = shape_of(experiment_of(hidden=16, batch_size=4), batch=4)
        mean_norms(shape, gradient, out)
        assert out[0, 0] == pytest.approx(16 * size)


@ALL_CELLS
def test_the_loss_curve_is_the_reference_s_for_300_steps(cell):
    training = TrainingConfig(sequence_length=30, batch_size=32, learning_rate=0.001, epochs=30)
    experiment = Experiment(
        task=SineTask(length=400), network=NetworkConfig(cell=cell, hidden_size=24), training=training
    )
    reference, fast = both(experiment, torch.float32)
    np.testing.assert_allclose(steps(fast, 300), steps(reference, 300), rtol=1e-3)


def through(function: Any, values: Any) -> np.ndarray:
    """A nonlinearity of vectors, of a row of float32."""

    @numba.njit
    def run(x: Any, y: Any) -> None:
        for j in range(0, x.shape[1], LANES):
            store(y, 0, j, function(load(x, 0, j)))

    row = np.resize(np.asarray(values, np.float32), (1, -(-len(values) // LANES) * LANES))
    result = np.empty_like(row)
    run(row, result)
    return result[0, : len(values)]


def test_nonlinearities_are_off_by_few_units_in_the_last_place_and_keep_nan():
    x = np.linspace(-20, 20, 1 << 18, dtype=np.float32)
    for function, wanted, units in ((tanh, np.tanh(x.astype(float)), 3), (exp, np.exp(x.astype(float)), 2)):
        assert (np.abs(through(function, x) - wanted) <= units * np.spacing(np.abs(wanted).astype(np.float32))).all()
    assert np.abs(through(sigmoid, x) - 1 / (1 + np.exp(-x.astype(float)))).max() <= 1.2e-7
    edges = through(tanh, [np.nan, np.inf, -np.inf, 0, 50, -50])
    assert np.isnan(edges[0])
    assert edges[1:].tolist() == [1, -1, 0, 1, -1]  # exactly, so that the slope of what is saturated is 0


# Tiers


def test_auto_takes_the_fast_tier_once_it_is_ready_and_a_trainer_keeps_its_own():
    experiment = experiment_of()
    trainer = start(experiment)
    assert trainer.tier == "fast"
    kernels._ready.clear()
    assert start(experiment).tier == "reference"
    steps(trainer, 3)
    assert trainer.tier == Trainer.restore(experiment, trainer.checkpoint()).tier == "fast"
    reference = start(experiment, tier="reference")
    kernels.warm_up()
    steps(reference, 3)
    assert Trainer.restore(experiment, reference.checkpoint()).tier == "reference"


@pytest.mark.parametrize(
    "remedy", [{"network": {"skip": 0.5}}, {"network": {"layer_norm": True}}, {"regulariser": 1.0}]
)
def test_what_the_kernels_cannot_train_is_the_reference_s(remedy):
    experiment = experiment_of(**remedy)
    assert start(experiment).tier == "reference"
    with pytest.raises(ValueError, match="fast"):
        start(experiment, tier="fast")


@ALL_CELLS
def test_the_same_experiment_gives_the_same_numbers_bit_for_bit(cell):
    one, other = (start(experiment_of("text", cell, layers=2)) for _ in range(2))
    assert steps(one, 30) == steps(other, 30)
    assert plain(one.snapshot()) == plain(other.snapshot())


def test_buffers_are_as_large_as_one_window_s_states_however_long_the_series_and_the_run():
    sizes = []
    for length, epochs in ((200, 1), (4000, 2)):
        trainer = start(
            Experiment(task=SineTask(length=length), training=TrainingConfig(sequence_length=20, epochs=epochs))
        )
        while trainer.step():
            pass
        rooms = trainer._tier._rooms.values()
        sizes.append(max(sum(array.nbytes for array in (*room.buffers, *room.panels)) for room in rooms))
        assert len(rooms) <= 2
    assert sizes[0] == sizes[1]
