"""The optimisers are torch's, on flat vectors; clipping shortens a gradient and says how long it was."""

import pytest
import torch

from rnn_engine.optimizers import OPTIMIZERS, clip

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
