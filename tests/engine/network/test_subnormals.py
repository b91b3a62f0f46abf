"""Numbers below the smallest normal one are zeros in training, and nowhere else."""

import torch

from rnn_engine import Experiment, NetworkConfig, SineTask, Trainer, TrainingConfig
from rnn_engine.network.subnormals import subnormals_are_zeros

TINY = torch.finfo(torch.float32).tiny


def test_a_subnormal_product_is_zero_inside_and_itself_again_outside():
    small = torch.tensor([1e-30])
    with subnormals_are_zeros():
        assert (small * 1e-10).item() == 0
    assert (small * 1e-10).item() > 0


def test_who_flushes_already_goes_on_flushing():
    small = torch.tensor([1e-30])
    torch.set_flush_denormal(True)
    try:
        with subnormals_are_zeros():
            pass
        assert (small * 1e-10).item() == 0
    finally:
        torch.set_flush_denormal(False)


def test_a_vanished_gradient_is_zero_and_never_subnormal():
    experiment = Experiment(
        task=SineTask(length=600),
        network=NetworkConfig(cell="lstm", hidden_size=8),  # PyTorch's own start forgets half at every timestep
        training=TrainingConfig(sequence_length=500, batch_size=4),
    )
    trainer = Trainer(experiment)
    trainer.step()
    flow = trainer.gradient_flow
    assert flow is not None
    assert flow.hidden[0, 0] == 0
    assert flow.hidden[0, -1] > 0
    used = flow.hidden[flow.hidden > 0]
    assert used.min() >= TINY


def test_a_step_leaves_the_thread_as_it_was():
    trainer = Trainer(Experiment(task=SineTask(length=100), training=TrainingConfig(sequence_length=10)))
    trainer.step()
    assert (torch.tensor([1e-30]) * 1e-10).item() > 0
