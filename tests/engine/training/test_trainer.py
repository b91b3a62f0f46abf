"""Training is the plain script's, repeats bit for bit, and measures what it says it measures."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnn_engine import Experiment, SineTask, Trainer, TrainingConfig, gradient_flow, train
from rnn_engine.training.data import Data, scaling
from tests.engine.small_runs import ALL_CELLS, ALL_TASKS, TEXT, experiment_of, plain, start, steps

pytestmark = [
    pytest.mark.parametrize("either_tier", ["reference", "fast"], indirect=True),
    pytest.mark.usefixtures("either_tier"),
]

# The chapter's run


def test_the_chapter_s_sine_run_has_24_batches_an_epoch_and_learns_to_beat_persistence():
    experiment = Experiment(task=SineTask(), training=TrainingConfig(epochs=6))
    snapshots: Any = list(train(experiment))
    assert [s.step for s in snapshots] == [24, 48, 72, 96, 120, 144]
    assert [s.epoch for s in snapshots] == [1, 2, 3, 4, 5, 6]
    assert len(snapshots[-1].prediction) == 190
    sequence = experiment.task.sequence(42)
    targets = sequence[snapshots[-1].predicted]
    assert snapshots[-1].predicted.tolist() == list(range(810, 1000))
    persistence = np.mean((sequence[809:-1] - targets) ** 2)
    assert snapshots[-1].test_loss < 0.2 * persistence
    assert snapshots[-1].test_loss == pytest.approx(np.mean((snapshots[-1].prediction - targets) ** 2), rel=1e-4)


@pytest.mark.parametrize(("cell", "torch_s"), [("rnn_tanh", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)])
@ALL_TASKS
def test_a_plain_script_under_the_same_seed_has_the_same_losses(task, cell, torch_s):
    experiment = experiment_of(task, cell, layers=2, epochs=2, learning_rate=0.003)
    ours = steps(start(experiment), experiment.steps)

    scale = scaling(experiment)
    sequence: Any = experiment.task.sequence(42)
    data = torch.tensor(sequence if task == "text" else scale.apply(sequence).astype(np.float32))
    windows = data.unfold(0, 21, 1)[: experiment.split.train_windows]
    with torch.random.fork_rng():
        torch.manual_seed(42)
        embedding = nn.Embedding(len(TEXT.vocabulary), 8) if task == "text" else None
        rnn = torch_s(8 if embedding else 1, 8, 2, batch_first=True)
        readout = nn.Linear(8, experiment.task.output_size)
        modules = nn.ModuleList([m for m in (embedding, rnn, readout) if m is not None])
        optimizer = torch.optim.Adam(modules.parameters(), lr=0.003)
        theirs = []
        for _ in range(2):
            for batch in windows[torch.randperm(len(windows))].split(16):
                x, y = batch[:, :-1], batch[:, -1]
                output = readout(rnn(embedding(x) if embedding else x.unsqueeze(-1))[0][:, -1])
                loss = nn.functional.cross_entropy(output, y) if embedding else nn.functional.mse_loss(output[:, 0], y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                theirs.append(loss.item() * scale.std**2)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    np.testing.assert_allclose(ours[:3], theirs[:3], rtol=1e-5)


@ALL_TASKS
@ALL_CELLS
def test_the_same_experiment_gives_the_same_numbers_and_the_global_seed_is_not_touched(cell, task):
    experiment = experiment_of(task, cell)
    before = torch.get_rng_state()
    first, second = ([plain(s) for s in train(experiment)] for _ in range(2))
    assert first == second
    assert torch.equal(torch.get_rng_state(), before)
    other = experiment.with_settings(seed=1)
    assert [plain(s) for s in train(other)] != first


@pytest.mark.parametrize("loss_on", ["last", "all"])
@ALL_TASKS
@ALL_CELLS
def test_the_last_batch_s_gradient_flow_is_the_one_measured_from_outside(cell, task, loss_on):
    experiment = experiment_of(task, cell, layers=2, loss_on=loss_on)
    trainer = start(experiment)
    steps(trainer, 2)
    copy = Trainer.restore(experiment, trainer.checkpoint())  # the same weights, the same next batch
    data, order = Data(experiment), copy._order[32:48]
    batch = data.batch(order, torch.float32)
    inputs = batch.inputs.transpose(0, 1)
    targets = batch.targets if loss_on == "last" else batch.targets.transpose(0, 1)
    wanted: Any = gradient_flow(copy.network, inputs, targets, loss_on)
    steps(trainer, 1)
    trainer.snapshot()  # evaluating in between must not disturb it
    np.testing.assert_allclose(trainer.gradient_flow.hidden, wanted.hidden, rtol=2e-3)
    assert trainer.gradient_flow.loss_on == loss_on
    if cell == "lstm":
        np.testing.assert_allclose(trainer.gradient_flow.cell, wanted.cell, rtol=2e-3)


@pytest.mark.parametrize("loss_on", ["last", "all"])
@ALL_TASKS
def test_the_test_loss_is_that_of_the_network_on_every_test_window(task, loss_on):
    experiment = experiment_of(task, "gru", loss_on=loss_on)
    trainer = start(experiment)
    steps(trainer, 5)
    snapshot = trainer.snapshot()
    split, scale = experiment.split, scaling(experiment)
    sequence: Any = experiment.task.sequence(42)
    data = torch.tensor(sequence if task == "text" else scale.apply(sequence).astype(np.float32))
    windows = data.unfold(0, 21, 1)[split.test_start :]
    assert len(windows) == split.test_windows
    x = windows[:, :-1] if task == "text" else windows[:, :-1].unsqueeze(-1)
    outputs = trainer.network(x).outputs.detach()
    targets = windows[:, 1:]
    if loss_on == "last":
        outputs, targets = outputs[:, -1:], targets[:, -1:]
    if task == "text":
        loss = nn.functional.cross_entropy(outputs.flatten(0, 1), targets.flatten()).item()
        assert snapshot.prediction is None
        assert snapshot.predicted is None
    else:
        loss = nn.functional.mse_loss(outputs[..., 0], targets).item() * scale.std**2
        np.testing.assert_allclose(snapshot.prediction, scale.invert(outputs[:, -1, 0].double().numpy()), rtol=1e-5)
        assert snapshot.prediction.dtype == np.float64
    assert snapshot.test_loss == pytest.approx(loss, rel=1e-4)


def test_some_test_windows_are_evenly_spaced_and_none_are_none():
    trainer = start(experiment_of())
    assert trainer.snapshot().gradient_flow is None
    assert trainer.snapshot().train_loss is None
    everything, some = trainer.snapshot(), trainer.snapshot(5)
    chosen = [0, 6, 12, 17, 23]
    assert len(everything.prediction) == 24
    assert some.predicted.tolist() == [everything.predicted[i] for i in chosen]
    np.testing.assert_allclose(some.prediction, everything.prediction[chosen], rtol=1e-5)
    assert (trainer.snapshot(0).test_loss, trainer.snapshot(0).prediction) == (None, None)
    untested = start(experiment_of(test_fraction=0.0)).snapshot()
    assert (untested.test_loss, untested.prediction) == (None, None)


def test_the_whole_test_part_in_small_chunks_is_the_same(monkeypatch):
    experiment = experiment_of("series", "lstm")
    whole = start(experiment).snapshot()
    monkeypatch.setattr("rnn_engine.training.evaluation.WINDOWS_AT_ONCE", 7)
    pieces = start(experiment).snapshot()
    assert pieces.test_loss == pytest.approx(whole.test_loss, rel=1e-5)
    np.testing.assert_allclose(pieces.prediction, whole.prediction, rtol=1e-6)


# Time


def test_snapshots_come_every_so_many_steps_and_after_the_last():
    experiment = experiment_of()
    assert experiment.steps == 18
    assert [s.step for s in train(experiment, every=5)] == [5, 10, 15, 18]
    assert [s.step for s in train(experiment, every=6)] == [6, 12, 18]
    assert [s.step for s in train(experiment, seconds=0.0)] == list(range(1, 19))
    assert [s.step for s in train(experiment, seconds=1000.0)] == [18]
    with pytest.raises(ValueError, match="every"):
        next(train(experiment, every=0))


@ALL_CELLS
def test_a_step_after_the_last_epoch_returns_false_and_changes_nothing(cell):
    trainer = start(experiment_of(cell=cell))
    steps(trainer, 18)
    assert trainer.finished
    before = plain(trainer.snapshot())
    assert not trainer.step()
    assert plain(trainer.snapshot()) == before
    assert (trainer.step_number, trainer.epoch) == (18, 3.0)


def test_the_train_loss_is_the_mean_over_the_epoch_so_far():
    trainer = start(experiment_of())
    losses = []
    for step in range(1, 13):
        losses += steps(trainer, 1)
        epoch = losses[6 * ((step - 1) // 6) :]
        assert trainer.snapshot(0).train_loss == pytest.approx(np.mean(epoch))
