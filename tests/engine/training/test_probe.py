"""Steps are compared on a batch that is always the same, and looking at it changes nothing."""

import numpy as np
import pytest
import torch

from rnn_engine import gradient_flow
from tests.engine.small_runs import ALL_CELLS, ALL_TASKS, experiment_of, start, steps


@ALL_CELLS
@ALL_TASKS
def test_the_probe_is_the_gradient_flow_of_the_first_windows(cell, task):
    trainer = start(experiment_of(task, cell))
    steps(trainer, 3)
    batch = trainer._data.batch(torch.arange(16), torch.float32)
    inputs = batch.inputs.transpose(0, 1)
    wanted = gradient_flow(trainer.network, inputs, batch.targets)
    np.testing.assert_allclose(trainer.probe().hidden, wanted.hidden, rtol=1e-4, atol=1e-9)


def test_it_is_the_same_however_training_came_there_and_the_training_is_the_same_without_it():
    watched, alone = start(experiment_of()), start(experiment_of())
    losses = []
    for _ in range(5):
        losses += steps(watched, 1)
        watched.probe()
    assert losses == steps(alone, 5)
    np.testing.assert_array_equal(watched.probe().hidden, alone.probe().hidden)
    assert not np.array_equal(watched.probe().hidden, watched.gradient_flow.hidden)


def test_a_truncated_run_s_probe_ends_where_its_training_gradient_does():
    trainer = start(experiment_of(truncate=5))
    steps(trainer, 1)
    assert trainer.probe().horizon == pytest.approx(4)
    assert (trainer.probe().hidden[0, :15] == 0).all()
