"""What moves is measured by a second pass, and agrees with autograd's gradient for small changes, and only for those."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.autograd.functional import jacobian

from rnn_engine import NetworkConfig
from rnn_engine.measures.activations import vectors
from rnn_engine.measures.forgetting import forgetting, moved
from rnn_engine.network.recurrent import Network
from tests.engine.small_runs import ALL_CELLS, ALL_TASKS, TEXT, experiment_of, start, steps


def trained(task, cell, layers=2):
    trainer = start(experiment_of(task, cell, layers))
    steps(trainer, 5)
    batch = trainer._data.batch(torch.tensor([7]), torch.float64)
    return trainer.network, batch.inputs[:, 0]


def end_of(network, read):
    """h_T and y_T by the plain forward pass, which autograd can follow; `read`: what the first layer reads."""
    embedding = network._modules.pop("embedding", None)
    result = network.double()(read.unsqueeze(0))
    if embedding is not None:
        network.add_module("embedding", embedding)
    return result.hidden[-1, -1, 0], result.outputs[0, -1]


@ALL_CELLS
@ALL_TASKS
def test_what_the_gradient_foretells_is_autograd_s_jacobian_times_the_change(cell, task):
    network, inputs = trained(task, cell)
    ours = forgetting(network, inputs, "nudge", 0.3)
    read = vectors(network, inputs)
    other = vectors(network, (inputs + 1) % len(TEXT.vocabulary)) if task == "text" else read + 1
    moves = 0.3 * (other - read)
    wanted = [jacobian(lambda x, part=part: end_of(network, x)[part], read) for part in (0, 1)]
    for derivative, found in zip(wanted, (ours.hidden_foretold, ours.output_foretold), strict=True):
        expected = torch.einsum("oti,ti->to", derivative, moves).norm(dim=1).flip(0).detach()
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-18)
    np.testing.assert_allclose(ours.change, moves.norm(dim=1).flip(0))


@ALL_CELLS
@ALL_TASKS
def test_what_is_measured_is_the_difference_of_two_plain_forward_passes(cell, task):
    network, inputs = trained(task, cell)
    ours, read = forgetting(network, inputs, "erase"), vectors(network, inputs)
    with torch.no_grad():
        before = end_of(network, read)
        for lag in (0, 5, 19):
            changed = read.clone()
            changed[-1 - lag] = 0
            after = end_of(network, changed)
            assert ours.hidden[lag] == pytest.approx(float((after[0] - before[0]).norm()), rel=1e-6, abs=1e-14)
            assert ours.output[lag] == pytest.approx(float((after[1] - before[1]).norm()), rel=1e-6, abs=1e-14)


@ALL_CELLS
def test_a_small_change_moves_the_end_as_foretold_and_the_error_is_of_second_order(cell):
    network, inputs = trained("series", cell)
    errors = []
    for size in (1e-3, 1e-4):
        found = forgetting(network, inputs, "nudge", size)
        np.testing.assert_allclose(found.output[:6], found.output_foretold[:6], rtol=2e-2)
        np.testing.assert_allclose(found.hidden[:6], found.hidden_foretold[:6], rtol=2e-2)
        errors.append(abs(found.hidden[0] - found.hidden_foretold[0]))
    if cell != "rnn_relu":  # which is straight between its kinks
        assert errors[0] > 30 * errors[1]


@pytest.mark.parametrize("cell", ["rnn_tanh", "lstm", "gru"])
def test_a_large_change_moves_the_end_by_less_than_foretold(cell):
    network, inputs = trained("series", cell)
    found = forgetting(network, inputs, "nudge", 30.0)
    assert found.hidden[0] < 0.8 * found.hidden_foretold[0]


def test_a_linear_network_forgets_exactly_as_its_weights_say():
    config = NetworkConfig(cell="rnn_relu", hidden_size=3, init="identity", gain=0.5)
    network = Network(
        config, input_size=1, output_size=1, vocabulary_size=None, generator=torch.Generator(), dtype=torch.float64
    )
    with torch.no_grad():
        network.weights().layers[0].weight_ih.copy_(torch.tensor([[1.0], [2.0], [0.5]]))
    found = forgetting(network, torch.full((12, 1), 2.0, dtype=torch.float64), "nudge", 0.25)
    wanted = 0.25 * np.linalg.norm([1, 2, 0.5]) * 0.5 ** np.arange(12)
    np.testing.assert_allclose(found.hidden, wanted, rtol=1e-12)
    np.testing.assert_allclose(found.hidden_foretold, wanted, rtol=1e-12)


def test_a_network_without_recurrence_forgets_all_at_once_and_the_zeros_are_exact():
    config = NetworkConfig(cell="rnn_tanh", hidden_size=4, init="orthogonal", gain=0.0)
    network = Network(config, input_size=1, output_size=1, vocabulary_size=None, generator=torch.Generator())
    found = forgetting(network, torch.ones(8, 1), "erase")
    assert found.output[0] > 0
    assert (found.output[1:] == 0).all()
    assert (found.output_foretold[1:] == 0).all()


def test_passes_in_several_chunks_give_the_same(monkeypatch):
    network, inputs = trained("text", "gru")
    whole = forgetting(network, inputs, "erase")
    monkeypatch.setattr("rnn_engine.measures.forgetting.NUMBERS_AT_ONCE", 20 * 2 * 8 * 10 * 3)
    chunked = forgetting(network, inputs, "erase")
    np.testing.assert_allclose(chunked.output, whole.output, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(chunked.hidden_foretold, whole.hidden_foretold, rtol=1e-10)


def test_any_change_can_be_asked_about_and_none_moves_nothing():
    network, inputs = trained("sine", "lstm")
    read = vectors(network, inputs)
    found = moved(network, read, torch.zeros_like(read))
    assert found.change.max() == found.output_foretold.max() == found.hidden_foretold.max() == 0
    assert found.output.max() <= 4 * found.resolution[0]
    assert found.hidden.max() <= 4 * found.resolution[1]
    other: Any = "shuffle"
    with pytest.raises(ValueError, match="erase"):
        forgetting(network, inputs, other)
