"""Clipping, schedules, training that diverges, and weights that others write: the numbers stay finite."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from rnn_engine import Experiment, Trainer, train
from tests.engine.small_runs import ALL_CELLS, experiment_of, plain, start, steps

pytestmark = [
    pytest.mark.parametrize("either_tier", ["reference", "fast"], indirect=True),
    pytest.mark.usefixtures("either_tier"),
]


def test_clipping_reports_the_norm_before_it_and_leaves_its_ceiling_behind():
    free, clipped = start(experiment_of()), start(experiment_of(clip_norm=0.01))
    steps(free, 1)
    steps(clipped, 1)
    norm = math.sqrt(sum(p.grad.double().square().sum().item() for p in clipped.network.parameters()))
    assert norm == pytest.approx(0.01, rel=1e-5)
    assert clipped.gradient_norm == free.gradient_norm > 0.01
    assert np.array_equal(clipped.gradient_flow.hidden, free.gradient_flow.hidden)
    by_value = start(experiment_of(clip_value=0.001))
    steps(by_value, 1)
    largest = max(p.grad.abs().max().item() for p in by_value.network.parameters())
    assert largest == pytest.approx(0.001, rel=1e-6)
    assert by_value.gradient_norm == free.gradient_norm


def test_the_cosine_schedule_falls_from_the_learning_rate_towards_zero():
    experiment = experiment_of(schedule="cosine", learning_rate=0.02)
    rates = [s.learning_rate for s in train(experiment, every=1)]
    wanted = [0.01 * (1 + math.cos(math.pi * n / 18)) for n in range(18)]
    np.testing.assert_allclose(rates, wanted, rtol=1e-12)


def exploding(**changes) -> Experiment:
    settings = {"optimizer": "sgd", "learning_rate": 10.0, "epochs": 20, **changes}
    return experiment_of(cell=settings.pop("cell", "rnn_relu"), network={"init": "orthogonal", "gain": 3.0}, **settings)


def test_divergence_ends_the_run_with_a_reason_and_finite_weights_and_numbers():
    trainer = start(exploding())
    done = 0
    while trainer.step():
        done += 1
    assert trainer.diverged in ("loss", "gradient")
    assert not trainer.finished
    assert trainer.step_number == done
    assert not trainer.step()
    assert all(p.isfinite().all() for p in trainer.network.parameters())
    snapshot = trainer.snapshot()
    assert snapshot.diverged == trainer.diverged
    for name in ("loss", "train_loss", "test_loss", "gradient_norm"):
        value = getattr(snapshot, name)
        assert value is None or math.isfinite(value), name
    assert snapshot.prediction is None or np.isfinite(snapshot.prediction).all()
    assert snapshot.gradient_flow is None or np.isfinite(snapshot.gradient_flow.hidden).all()
    restored = Trainer.restore(exploding(), trainer.checkpoint())
    assert plain(restored.snapshot()) == plain(snapshot)
    assert not restored.step()
    assert [s.diverged for s in train(exploding())][-1] == trainer.diverged


@pytest.mark.parametrize(("where", "value", "reason"), [("readout.bias", 1e30, "loss"), ("readout.weight", 1e19, None)])
@ALL_CELLS
def test_after_divergence_the_measurements_are_those_of_the_last_step(cell, where, value, reason):
    """Whether or not anyone looked at the last step before."""
    looked, not_looked = (start(experiment_of(cell=cell)) for _ in range(2))
    for trainer in (looked, not_looked):
        steps(trainer, 3)
    wanted = looked.gradient_flow
    for trainer in (looked, not_looked):
        with torch.no_grad():
            trainer.network.get_parameter(where).fill_(value)
        while trainer.step():
            pass
        assert reason is None or trainer.diverged == reason
    if reason == "loss":
        np.testing.assert_array_equal(looked.gradient_flow.hidden, wanted.hidden)
    np.testing.assert_array_equal(not_looked.gradient_flow.hidden, looked.gradient_flow.hidden)
    assert (looked.step_number, looked.loss) == (not_looked.step_number, not_looked.loss)


def test_an_update_that_would_overflow_a_weight_is_taken_back():
    trainer = start(experiment_of(optimizer="sgd", learning_rate=100.0))
    steps(trainer, 1)
    with torch.no_grad():
        trainer.network.get_parameter("readout.bias").fill_(1e18)
        trainer.network.get_parameter("readout.weight").mul_(1e18)
    before = {name: weight.clone() for name, weight in trainer.network.state_dict().items()}
    assert not trainer.step()
    assert trainer.diverged
    assert all(torch.equal(weight, before[name]) for name, weight in trainer.network.state_dict().items())


# Weights belong to whoever holds the network


@ALL_CELLS
def test_weights_written_from_outside_and_a_change_to_double_are_honoured(cell):
    experiment = experiment_of(cell=cell)
    source, target = start(experiment), start(experiment)
    steps(source, 2)
    target.network.load_state_dict(source.network.state_dict())
    assert target.snapshot().test_loss == source.snapshot().test_loss
    target.network.double()
    assert target.snapshot().test_loss == pytest.approx(source.snapshot().test_loss, rel=1e-4)
    steps(target, 2)
    assert {p.dtype for p in target.network.parameters()} == {torch.float64}
    assert target.gradient_flow.hidden.shape == (1, 20)
    restored = Trainer.restore(experiment, target.checkpoint())
    steps(restored, 9)
    steps(target, 9)
    assert plain(restored.snapshot()) == plain(target.snapshot())


def test_in_double_precision_float32_training_differs_by_rounding_only():
    experiment = experiment_of(cell="lstm", layers=2)
    single, double = start(experiment), start(experiment)
    double.network.double()
    np.testing.assert_allclose(steps(single, 12), steps(double, 12), rtol=1e-3)


def test_a_tier_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="tier"):
        start(experiment_of(), tier="warp")


def test_an_epoch_goes_through_every_training_window_once():
    trainer = start(experiment_of())
    for _ in range(3):
        seen = []
        for _ in range(6):
            steps(trainer, 1)
            seen += trainer._windows.tolist()
        assert sorted(seen) == list(range(trainer.experiment.split.train_windows))
    sizes = [len(trainer._order[i * 16 : (i + 1) * 16]) for i in range(6)]
    assert all(a >= b for a, b in pairwise(sizes))
