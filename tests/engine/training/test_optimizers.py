"""The optimisers are torch's, on flat vectors; clipping shortens a gradient and says how long it was."""

import pytest
import torch

from rnn_engine import Experiment, SineTask, Trainer, TrainingConfig
from rnn_engine.training.optimizers import OPTIMIZERS, clip

TORCH = {
    "sgd": lambda p, rate: torch.optim.SGD(p, lr=rate),
    "momentum": lambda p, rate: torch.optim.SGD(p, lr=rate, momentum=0.9),
    "rmsprop": lambda p, rate: torch.optim.RMSprop(p, lr=rate),
    "adam": lambda p, rate: torch.optim.Adam(p, lr=rate),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_equals_torch_s_over_200_steps_also_when_the_rate_changes(name):
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(50, generator=generator, dtype=torch.float64)
    scale = torch.logspace(-6, 3, 50, dtype=torch.float64)
    ours, theirs = start.clone(), start.clone().requires_grad_()
    optimizer, wanted = OPTIMIZERS[name](ours), TORCH[name]([theirs], 0.01)
    for step in range(200):
        rate = 0.01 if step < 100 else 0.002
        gradient = scale * torch.randn(50, generator=generator, dtype=torch.float64)
        optimizer.step(ours, gradient, rate)
        wanted.param_groups[0]["lr"] = rate
        theirs.grad = gradient.clone()
        wanted.step()
        assert ((ours - theirs.detach()).abs() <= 1e-12 * theirs.detach().abs().clamp(min=1)).all()


def test_clipping_by_norm_keeps_the_direction_and_leaves_short_gradients_alone():
    gradient = torch.tensor([3.0, 4.0], dtype=torch.float64)
    clip(gradient, 5.0, clip_norm=1.0, clip_value=None)
    torch.testing.assert_close(gradient, torch.tensor([0.6, 0.8], dtype=torch.float64))
    kept = gradient.clone()
    clip(gradient, gradient.norm().item(), clip_norm=2.0, clip_value=None)
    assert torch.equal(gradient, kept)


def test_clipping_by_value_turns_the_gradient():
    gradient = torch.tensor([3.0, 4.0, -0.5])
    clip(gradient, 5.0, clip_norm=None, clip_value=1.0)
    assert gradient.tolist() == [1.0, 1.0, -0.5]


def test_clipping_stands_between_the_gradient_and_the_step():
    training = TrainingConfig(sequence_length=10, optimizer="sgd", learning_rate=0.5, clip_norm=0.01)
    trainer = Trainer(Experiment(task=SineTask(length=100), training=training))
    before = {name: weight.clone() for name, weight in trainer.network.state_dict().items()}
    trainer.step()
    assert trainer.gradient_norm is not None
    assert trainer.gradient_norm > 0.02  # reported before clipping
    moved = sum(((weight - before[name]) ** 2).sum() for name, weight in trainer.network.state_dict().items())
    assert float(moved) ** 0.5 == pytest.approx(0.5 * 0.01, rel=1e-3)  # but stepped along after it
    assert trainer.clipped is not None
    assert trainer.clipped.norm == 0.01
    assert trainer.snapshot().clipped_share == 1


def test_clipping_by_value_reports_its_angle_and_by_norm_there_is_none():
    raw = torch.tensor([3.0, 4.0])
    assert clip(raw.clone(), 5.0, clip_norm=None, clip_value=1.0).angle == pytest.approx(8.13, abs=0.01)
    assert clip(raw.clone(), 5.0, clip_norm=1.0, clip_value=None).angle == 0


def test_adam_hides_the_size_of_a_gradient_and_sgd_does_not():
    generator = torch.Generator().manual_seed(2)
    gradients = torch.randn(20, 50, generator=generator, dtype=torch.float64)
    paths = {}
    for name in ("adam", "sgd"):
        for scale in (1.0, 1e-3):
            values = torch.zeros(50, dtype=torch.float64)
            optimizer = OPTIMIZERS[name](values)
            for gradient in gradients:
                optimizer.step(values, scale * gradient, 0.01)
            paths[name, scale] = values
    difference = (paths["adam", 1.0] - paths["adam", 1e-3]).abs().max()
    assert difference <= 1e-3 * paths["adam", 1.0].abs().max()
    torch.testing.assert_close(paths["sgd", 1e-3], 1e-3 * paths["sgd", 1.0])
