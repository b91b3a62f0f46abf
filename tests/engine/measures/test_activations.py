"""What is seen of a trained network is what autograd, torch's own layers and differences say."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnn_engine.measures.activations import (
    activations,
    principal_path,
    saliency,
    slow_to_quick,
    time_constants,
    vectors,
)
from tests.engine.small_runs import ALL_CELLS, ALL_TASKS, experiment_of, start, steps


def trained(task, cell, layers=2, **options):
    trainer = start(experiment_of(task, cell, layers, **options))
    steps(trainer, 5)
    batch = trainer._data.batch(torch.tensor([7]), torch.float64)
    return trainer.network, batch.inputs[:, 0]


def answer(network, vectors_read, output):
    """y_T[output] as a function of what the first layer reads, by the plain forward pass."""
    network = network.double()
    network._modules.pop("embedding", None)  # it reads vectors from here on
    return network(vectors_read.unsqueeze(0)).outputs[0, -1, output]


@ALL_CELLS
@ALL_TASKS
def test_saliency_is_the_norm_of_autograd_s_gradient(cell, task):
    network, inputs = trained(task, cell)
    output = 3 if task == "text" else 0
    ours = saliency(network, inputs, output)
    read: Any = vectors(network, inputs).requires_grad_()
    answer(network, read, output).backward()
    assert ours.shape == (20,)
    np.testing.assert_allclose(ours, read.grad.norm(dim=1), rtol=1e-10, atol=1e-18)


@ALL_CELLS
def test_saliency_is_what_differences_measure(cell):
    network, inputs = trained("text", cell, layers=1)
    ours, read = saliency(network, inputs, 2), vectors(network, inputs)
    network = network.double()
    for t in (0, 10, 19):
        slopes = []
        for place in range(read.shape[1]):
            moves = []
            for step in (1e-5, -1e-5):
                moved = read.clone()
                moved[t, place] += step
                with torch.no_grad():
                    weights = network._modules.pop("embedding")
                    moves.append(float(network(moved.unsqueeze(0)).outputs[0, -1, 2]))
                    network.add_module("embedding", weights)
            slopes.append((moves[0] - moves[1]) / 2e-5)
        assert ours[t] == pytest.approx(np.linalg.norm(slopes), rel=1e-5, abs=1e-9)


def test_saliency_reaches_back_further_than_training_that_was_truncated():
    network, inputs = trained("text", "gru", truncate=3)
    assert (saliency(network, inputs, 0) > 0).all()


def test_a_remedied_network_s_saliency_is_autograd_s_too():
    network, inputs = trained("sine", "rnn_tanh", network={"skip": 0.4, "layer_norm": True})
    ours = saliency(network, inputs, 0)
    read: Any = vectors(network, inputs).requires_grad_()
    answer(network, read, 0).backward()
    np.testing.assert_allclose(ours, read.grad.norm(dim=1), rtol=1e-10)


@ALL_CELLS
@ALL_TASKS
def test_states_and_outputs_are_those_of_the_plain_forward_pass(cell, task):
    network, inputs = trained(task, cell)
    seen: Any = activations(network, inputs)
    with torch.no_grad():
        plain = network.double()(inputs.unsqueeze(0))
    np.testing.assert_allclose(seen.outputs, plain.outputs[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(seen.hidden, plain.hidden[:, :, 0], rtol=1e-10, atol=1e-12)
    assert (seen.cell is None) == (cell != "lstm")
    if seen.cell is not None:
        np.testing.assert_allclose(seen.cell, plain.cell[:, :, 0], rtol=1e-10, atol=1e-12)


def test_an_lstm_s_gates_are_those_its_equations_give():
    network, inputs = trained("sine", "lstm")
    seen: Any = activations(network, inputs)
    weights = network.double().weights()
    assert set(seen.gates) == {"i", "f", "g", "o"}
    for k, layer in enumerate(weights.layers):
        below = inputs.numpy() if k == 0 else seen.hidden[0]
        before = np.vstack([np.zeros(8), seen.hidden[k][:-1]])
        entering = below @ layer.weight_ih.numpy().T + before @ layer.weight_hh.numpy().T
        entering = entering + layer.bias_ih.numpy() + layer.bias_hh.numpy()
        parts = dict(zip("ifgo", np.split(entering, 4, axis=1), strict=True))
        for name, part in parts.items():
            gate = np.tanh(part) if name == "g" else 1 / (1 + np.exp(-part))
            np.testing.assert_allclose(seen.gates[name][k], gate, rtol=1e-10)
        memory = np.vstack([np.zeros(8), seen.cell[k][:-1]])
        np.testing.assert_allclose(
            seen.cell[k], seen.gates["f"][k] * memory + seen.gates["i"][k] * seen.gates["g"][k], rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(seen.time_constants[k], 1 / (1 - seen.gates["f"][k].mean(0)))


def test_a_gru_s_gates_carry_its_state_as_torch_s_own_layer_does():
    network, inputs = trained("series", "gru", layers=1)
    seen: Any = activations(network, inputs)
    own = nn.GRU(1, 8).double()
    own.load_state_dict(
        {name[4:]: value for name, value in network.double().state_dict().items() if name[:4] == "rnn."}
    )
    with torch.no_grad():
        wanted = own(inputs)[0].numpy()
    z, n = seen.gates["z"][0], seen.gates["n"][0]
    before = np.vstack([np.zeros(8), wanted[:-1]])
    np.testing.assert_allclose((1 - z) * n + z * before, wanted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(seen.time_constants[0], 1 / (1 - z.mean(0)))


def test_a_gate_that_keeps_nine_tenths_has_a_time_constant_of_ten():
    kept = np.array([[0.8, 0.5, 1.0], [1.0, 0.5, 1.0]])
    np.testing.assert_allclose(time_constants(kept), [10, 2, np.inf])


def test_the_path_s_axes_are_orthonormal_and_an_ellipse_s_variance_is_that_of_its_half_axes():
    angle = np.arange(40) * 2 * np.pi / 40
    random = np.random.default_rng(3)
    directions, _ = np.linalg.qr(random.normal(size=(7, 2)))
    states = 5 + np.outer(3 * np.cos(angle), directions[:, 0]) + np.outer(np.sin(angle), directions[:, 1])
    path = principal_path(states)
    np.testing.assert_allclose(path.axes @ path.axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(path.explained, [0.9, 0.1, 0], atol=1e-12)  # 3² to 1²
    np.testing.assert_allclose(path.points @ path.axes + states.mean(0), states, atol=1e-12)
    assert abs(path.axes[0] @ directions[:, 0]) == pytest.approx(1)
    assert all(axis[np.abs(axis).argmax()] > 0 for axis in path.axes)


def test_a_path_that_does_not_move_explains_nothing():
    path = principal_path(np.ones((4, 3)))
    assert path.explained.tolist() == [0, 0, 0]
    assert np.abs(path.points).max() == 0
    assert principal_path(np.ones((1, 5)) * 2).points.shape == (1, 1)


def test_units_are_sorted_from_slow_to_quick():
    t = np.arange(60)
    states = np.stack([np.sin(2.0 * t), np.zeros(60), np.sin(0.1 * t), np.sin(0.5 * t)], axis=1)
    assert slow_to_quick(states).tolist() == [2, 3, 0, 1]
