"""The trace of a small network: every number in it is the one that autograd finds, timestep by timestep."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnn_engine import NetworkConfig
from rnn_engine.cells import Cell
from rnn_engine.cost import feed_forward_parameters
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.measures.trace import bag_of_words, small_network, states_of, tensor_of, trace, train
from rnn_engine.network.cells import EQUATIONS, LayerWeights, State, from_input
from tests.engine.small_networks import ALL_CELLS, LOSS_ON

SEQUENCES = {
    "numbers": ShortSequence(kind="numbers", sequence="0.3 -0.5, 0.9 1.4 -0.2", target="0.7"),
    "words": ShortSequence(kind="words", sequence="apple banana orange", target="pear", other="pear banana orange"),
    "characters": ShortSequence(kind="characters", sequence="hello hall", target="o"),
    "one": ShortSequence(kind="numbers", sequence="0.4", target="1"),
}
SIZES = pytest.mark.parametrize("hidden_size", [1, 3, 6])
READS = pytest.mark.parametrize("reads", SEQUENCES)


def network_for(reads: str, cell: Cell = "rnn_tanh", hidden_size: int = 3, seed: int = 5, **config: Any) -> Any:
    made = NetworkConfig(cell=cell, hidden_size=hidden_size, **config)
    return small_network(made, SEQUENCES[reads], embedding_size=2, seed=seed)


def with_leaves(network: Any, inputs: Any, targets: Any, loss_on: str) -> tuple[Any, list[dict[str, Any]]]:
    """The loss by plain torch, with weights of its own for each timestep; and all that each timestep touched."""
    tensors = {name: value.detach() for name, value in network.named_parameters()}
    steps: list[dict[str, Any]] = []
    hidden = torch.zeros(1, network.hidden_size, dtype=torch.float64, requires_grad=True)
    memory = torch.zeros_like(hidden) if network.cell == "lstm" else None
    state, losses, start = State(hidden, memory), [], hidden
    for x, target in zip(inputs, targets, strict=True):
        own = {name: value.clone().requires_grad_() for name, value in tensors.items()}
        read = F.embedding(x, own["embedding.weight"]) if "embedding.weight" in own else x
        read.retain_grad() if read.requires_grad else read.requires_grad_()
        layer = LayerWeights(*(own[f"rnn.{field}_l0"] for field in LayerWeights._fields))
        state = EQUATIONS[network.cell](from_input(read, layer), state, layer)
        state.hidden.retain_grad()
        if state.cell is not None:
            state.cell.retain_grad()
        y = F.linear(state.hidden, own["readout.weight"], own["readout.bias"])
        y.retain_grad()
        losses.append(F.mse_loss(y, target) if y.shape[1] == 1 else F.cross_entropy(y, target))
        steps.append({"own": own, "x": read, "h": state.hidden, "c": state.cell, "y": y, "loss": losses[-1]})
    loss = losses[-1] if loss_on == "last" else torch.stack(losses).mean()
    loss.backward()
    return (loss, start), steps


def gradient_of(tensor: Any) -> Any:
    return np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()


@ALL_CELLS
@LOSS_ON
@SIZES
@READS
def test_every_number_is_autograds_at_every_timestep_and_matrix(cell: Cell, loss_on: Any, hidden_size, reads) -> None:
    network, inputs, targets = network_for(reads, cell, hidden_size)
    found: Any = trace(network, inputs, targets, loss_on, learning_rate=0.1)
    (loss, start), steps = with_leaves(network, inputs, targets, loss_on)
    close: Any = {"rtol": 1e-10, "atol": 1e-14}
    assert found.loss == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(found.total[0], gradient_of(start)[0], **close)
    names = {"W_xh": "rnn.weight_ih_l0", "W_hh": "rnn.weight_hh_l0", "b_h": "rnn.bias_ih_l0"}
    names |= {"b_hn": "rnn.bias_hh_l0"} if cell == "gru" else {}
    names |= {"W_hy": "readout.weight", "b_y": "readout.bias"}
    sums = dict.fromkeys(names, 0.0)
    for t, step in enumerate(steps):
        for part, ours in {"x": found.inputs, "h": found.hidden[1:], "y": found.outputs}.items():
            np.testing.assert_allclose(ours[t], step[part].detach()[0], **close)
        for part, ours in {"x": found.input_gradient, "h": found.total[1:], "y": found.output_gradient}.items():
            np.testing.assert_allclose(ours[t], gradient_of(step[part])[0], **close)
        if cell == "lstm":
            np.testing.assert_allclose(found.memory[t + 1], step["c"].detach()[0], **close)
            np.testing.assert_allclose(found.memory_gradient[t], gradient_of(step["c"])[0], **close)
        if reads == "numbers":
            assert found.probabilities is None
        elif reads != "one":
            np.testing.assert_allclose(found.probabilities[t], step["y"].detach().softmax(1)[0], **close)
        if loss_on == "all" or t == len(steps) - 1:
            assert found.losses[t] == pytest.approx(step["loss"].item(), rel=1e-12)
        else:
            assert np.isnan(found.losses[t])
        for name, torchs in names.items():
            expected = gradient_of(step["own"][torchs])
            expected = expected[-hidden_size:] if name == "b_hn" else expected
            np.testing.assert_allclose(found.shares(name)[t], expected, **close)
            sums[name] = sums[name] + expected
    np.testing.assert_allclose(found.direct + found.through, found.total, rtol=1e-12, atol=1e-16)
    for name, expected in sums.items():
        np.testing.assert_allclose(found.gradients[name], expected, **close)
        np.testing.assert_allclose(found.shares(name).sum(0), found.gradients[name], **close)
    assert found.gradients.keys() == found.from_autograd.keys() == found.parameters.keys()
    for name, gradient in found.gradients.items():  # E too
        np.testing.assert_allclose(gradient, found.from_autograd[name], **close)


@LOSS_ON
@READS
def test_what_enters_the_gates_becomes_the_gates_and_the_state(loss_on: Any, reads) -> None:
    def sigmoid(a: Any) -> Any:
        return 1 / (1 + np.exp(-a))

    for cell in EQUATIONS:
        network, inputs, targets = network_for(reads, cell)
        found: Any = trace(network, inputs, targets, loss_on, 0.1)
        parts = np.split(found.entering, found.entering.shape[1] // 3, axis=1)
        gates, before, now = found.gates, found.hidden[:-1], found.hidden[1:]
        if cell == "rnn_tanh":
            np.testing.assert_allclose(np.tanh(parts[0]), now)
        elif cell == "rnn_relu":
            np.testing.assert_allclose(np.maximum(parts[0], 0), now)
        elif cell == "lstm":
            for name, part in zip("ifgo", parts, strict=True):
                np.testing.assert_allclose(gates[name], (np.tanh if name == "g" else sigmoid)(part))
            np.testing.assert_allclose(found.memory[1:], gates["f"] * found.memory[:-1] + gates["i"] * gates["g"])
            np.testing.assert_allclose(now, gates["o"] * np.tanh(found.memory[1:]))
        else:
            for name, part in zip("rzn", parts, strict=True):
                np.testing.assert_allclose(gates[name], (np.tanh if name == "n" else sigmoid)(part))
            np.testing.assert_allclose(gates["m"], before @ found.parameters["W_hh"][6:].T + found.parameters["b_hn"])
            np.testing.assert_allclose(now, (1 - gates["z"]) * gates["n"] + gates["z"] * before)


@ALL_CELLS
def test_the_update_is_a_step_down_the_gradient_and_leaves_the_network_as_it_was(cell: Cell) -> None:
    network, inputs, targets = network_for("words", cell)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found = trace(network, inputs, targets, "all", 0.2)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    for name, value in found.updated.items():
        np.testing.assert_allclose(
            value, found.parameters[name] - 0.2 * found.from_autograd[name], rtol=1e-9, atol=1e-12
        )
    assert found.after is not None
    assert found.after.loss < found.loss
    train(network, inputs, targets, "all", 0.2, steps=1)
    again = trace(network, inputs, targets, "all", 0.2)
    assert again.loss == found.after.loss
    np.testing.assert_array_equal(again.hidden, found.after.hidden)


@ALL_CELLS
def test_training_learns_what_comes_next(cell: Cell) -> None:
    network, inputs, targets = network_for("words", cell, hidden_size=4)
    losses = train(network, inputs, targets, "last", 0.5, steps=200)
    assert losses[0] > 1
    assert losses[-1] < 0.02


@ALL_CELLS
def test_the_network_computes_what_the_engine_starts_from(cell: Cell) -> None:
    from rnn_engine.network.recurrent import Network

    network, inputs, _ = network_for("words", cell, seed=9)
    generator = torch.Generator().manual_seed(9)
    config = NetworkConfig(cell=cell, hidden_size=3)
    drawn = Network(config, input_size=2, output_size=4, vocabulary_size=4, generator=generator, dtype=torch.float64)
    ours, theirs = (each(inputs.transpose(0, 1)).outputs for each in (network, drawn))
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)


def test_order_moves_a_recurrent_state_and_no_bag_of_words() -> None:
    sequence = ShortSequence(kind="words", sequence="我 爱 中国", target="。", other="中国 爱 我")
    network, inputs, _ = small_network(NetworkConfig(hidden_size=3), sequence, embedding_size=2, seed=1)
    both = [inputs, tensor_of(sequence, sequence.other_units)]
    (states, _), (others, _) = states_of(network, both)
    assert np.linalg.norm(states[-1] - others[-1]) > 0.05
    one, other = bag_of_words(network, both, seed=1)
    assert (one == other).all()
    changed = bag_of_words(network, [inputs, tensor_of(sequence, ["中国", "爱", "爱"])], seed=1)
    assert (changed[0] != changed[1]).any()


def test_numbers_beyond_the_range_are_refused() -> None:
    sequence = ShortSequence(kind="numbers", sequence=" ".join(["900"] * 400), target="1")
    config = NetworkConfig(cell="rnn_relu", hidden_size=4, init="identity", gain=10)
    network, inputs, targets = small_network(config, sequence, embedding_size=1, seed=0)
    with pytest.raises(ValueError, match="not finite"):
        trace(network, inputs, targets, "last", 0.1)


@pytest.mark.parametrize("timesteps", [1, 10, 1000])
def test_a_feed_forward_network_has_as_many_parameters_as_torch_counts(timesteps: int) -> None:
    torchs = torch.nn.Sequential(torch.nn.Linear(2 * timesteps, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    counted = feed_forward_parameters(input_size=2, hidden_size=5, output_size=3, sequence_length=timesteps)
    assert counted == sum(parameter.numel() for parameter in torchs.parameters())
