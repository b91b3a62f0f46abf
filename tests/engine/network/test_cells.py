"""The cells are torch's: the same weights give the same states and outputs."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from rnn_engine import NetworkConfig
from rnn_engine.cells import Cell
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.network.recurrent import Network

TORCH: dict[Cell, Callable[..., nn.RNNBase]] = {
    "rnn_tanh": lambda *sizes: nn.RNN(*sizes),
    "rnn_relu": lambda *sizes: nn.RNN(*sizes, nonlinearity="relu"),
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize(("batch", "timesteps", "features", "hidden"), [(4, 9, 1, 7), (1, 2, 3, 1), (5, 30, 2, 16)])
@pytest.mark.parametrize("cell", EQUATIONS)
def test_every_cell_equals_torch_s_given_the_same_weights(cell, batch, timesteps, features, hidden, layers):
    network = network_of(cell, features, hidden, layers)
    theirs = TORCH[cell](features, hidden, layers).double()
    theirs.load_state_dict(network.rnn.state_dict())
    inputs = torch.randn(batch, timesteps, features, dtype=torch.float64, generator=generator())

    ours = network(inputs)
    hidden_states, last = theirs(inputs.transpose(0, 1))

    assert_close(ours.hidden[-1], hidden_states)
    assert_close(ours.outputs, nn.functional.linear(ours.hidden[-1].transpose(0, 1), *network.readout.parameters()))
    if cell == "lstm":
        assert_close(ours.state.hidden, last[0])
        assert_close(ours.state.cell, last[1])
        assert_close(ours.cell[:, -1], last[1])
    else:
        assert ours.cell is None
        assert_close(ours.state.hidden, last)


@pytest.mark.parametrize("cell", EQUATIONS)
def test_one_step_at_a_time_is_the_same_as_the_whole_sequence(cell):
    network = network_of(cell, 2, 5, 2)
    inputs = torch.randn(3, 8, 2, dtype=torch.float64, generator=generator())
    whole = network(inputs)
    state = None
    for t in range(8):
        output, state = network.step(inputs[:, t], state)
        assert_close(output, whole.outputs[:, t])
        assert_close(state.hidden, whole.hidden[:, t])


@pytest.mark.parametrize("cell", EQUATIONS)
def test_a_sequence_can_be_continued_from_its_state(cell):
    network = network_of(cell, 2, 5, 2)
    inputs = torch.randn(3, 8, 2, dtype=torch.float64, generator=generator())
    first = network(inputs[:, :5])
    assert_close(network(inputs[:, 5:], first.state).outputs, network(inputs).outputs[:, 5:])


def network_of(cell: Cell, features: int, hidden: int, layers: int) -> Network:
    config = NetworkConfig(cell=cell, hidden_size=hidden, num_layers=layers)
    return Network(
        config,
        input_size=features,
        output_size=features,
        vocabulary_size=None,
        generator=generator(),
        dtype=torch.float64,
    )


def generator(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def assert_close(a, b):
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)
