"""The network: torch's names and shapes, initial weights bit for bit, and random numbers of nobody else."""

import math
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn

from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask
from rnn_engine.cells import Cell
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.network.recurrent import Network

CELLS_OF_TORCH: dict[Cell, Callable[..., nn.RNNBase]] = {
    "rnn_tanh": lambda *sizes: nn.RNN(*sizes),
    "rnn_relu": lambda *sizes: nn.RNN(*sizes, nonlinearity="relu"),
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


def build(vocabulary: int | None = None, dtype=torch.float32, generator=None, **config) -> Network:
    return Network(
        NetworkConfig(**config),
        input_size=6,
        output_size=9,
        vocabulary_size=vocabulary,
        generator=generator or torch.Generator().manual_seed(5),
        dtype=dtype,
    )


@pytest.mark.parametrize("vocabulary", [None, 9])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", EQUATIONS)
def test_initial_weights_are_bit_for_bit_those_of_a_plain_script(cell, layers, vocabulary):
    generator = torch.Generator().manual_seed(5)
    network = build(vocabulary, generator=generator, cell=cell, hidden_size=8, num_layers=layers)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        embedding = [nn.Embedding(vocabulary, 6)] if vocabulary else []
        modules = [*embedding, CELLS_OF_TORCH[cell](6, 8, layers), nn.Linear(8, 9)]
        order = torch.randperm(100)
    wanted = [parameter for module in modules for parameter in module.parameters()]
    for ours, theirs in zip(network.parameters(), wanted, strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(torch.randperm(100, generator=generator), order)


@pytest.mark.parametrize("cell", EQUATIONS)
def test_the_state_dict_has_torch_s_names_and_shapes_and_nothing_else(cell):
    state = build(9, cell=cell, hidden_size=8, num_layers=2).state_dict()
    theirs = CELLS_OF_TORCH[cell](6, 8, 2).state_dict()
    assert list(state) == ["embedding.weight", *(f"rnn.{name}" for name in theirs), "readout.weight", "readout.bias"]
    assert all(state[f"rnn.{name}"].shape == weight.shape for name, weight in theirs.items())
    assert "embedding.weight" not in build(cell=cell).state_dict()


@pytest.mark.parametrize("init", ["pytorch", "xavier", "he", "orthogonal", "identity"])
@pytest.mark.parametrize("cell", EQUATIONS)
def test_the_global_random_numbers_stay_untouched(cell, init):
    before = torch.get_rng_state()
    build(9, cell=cell, init=init)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("cell", EQUATIONS)
@pytest.mark.parametrize("init", ["orthogonal", "identity"])
def test_every_gate_s_recurrent_block_is_the_gain_times_an_orthogonal_matrix(cell, init):
    network = build(cell=cell, hidden_size=8, num_layers=2, init=init, gain=1.5, dtype=torch.float64)
    eye = torch.eye(8, dtype=torch.float64)
    for k in range(2):
        for block in network.get_parameter(f"rnn.weight_hh_l{k}").split(8):
            torch.testing.assert_close(block @ block.t(), 2.25 * eye, rtol=0, atol=1e-12)
            assert init == "orthogonal" or torch.equal(block, 1.5 * eye)
        assert not network.get_parameter(f"rnn.bias_ih_l{k}").any()
        assert not network.get_parameter(f"rnn.bias_hh_l{k}").any()
    assert torch.equal(
        network.get_parameter("rnn.weight_ih_l0"),
        build(cell=cell, hidden_size=8, dtype=torch.float64).get_parameter("rnn.weight_ih_l0"),
    )


@pytest.mark.parametrize(("init", "hidden_bound", "input_bound"), [
    ("xavier", math.sqrt(6 / 128), math.sqrt(6 / 70)),
    ("he", math.sqrt(6 / 64), math.sqrt(6 / 6)),
])  # fmt: skip
@pytest.mark.parametrize("cell", EQUATIONS)
def test_xavier_and_he_bounds_are_those_of_one_gate(cell, init, hidden_bound, input_bound):
    network = build(cell=cell, hidden_size=64, init=init)
    for weight, bound in (
        (network.get_parameter("rnn.weight_hh_l0"), hidden_bound),
        (network.get_parameter("rnn.weight_ih_l0"), input_bound),
    ):
        assert 0.9 * bound < weight.abs().max() <= bound
    assert not network.get_parameter("rnn.bias_ih_l0").any()
    assert not network.get_parameter("rnn.bias_hh_l0").any()


@pytest.mark.parametrize("cell", EQUATIONS)
def test_the_gain_multiplies_the_recurrent_weights_and_nothing_else(cell):
    plain, twice = build(cell=cell, num_layers=2), build(cell=cell, num_layers=2, gain=2)
    for (name, a), (_, b) in zip(plain.named_parameters(), twice.named_parameters(), strict=True):
        assert torch.equal(2 * a if "weight_hh" in name else a, b)


@pytest.mark.parametrize("init", ["pytorch", "orthogonal"])
def test_the_forget_bias_is_the_sum_of_torch_s_two_biases(init):
    network = build(cell="lstm", hidden_size=8, num_layers=2, init=init, forget_bias=1.5)
    plain = build(cell="lstm", hidden_size=8, num_layers=2, init=init)
    for k in range(2):
        ours = network.get_parameter(f"rnn.bias_ih_l{k}") + network.get_parameter(f"rnn.bias_hh_l{k}")
        before = plain.get_parameter(f"rnn.bias_ih_l{k}") + plain.get_parameter(f"rnn.bias_hh_l{k}")
        assert (ours[8:16] == 1.5).all()
        assert torch.equal(ours[:8], before[:8])
        assert torch.equal(ours[16:], before[16:])
    assert (
        build(cell="gru", forget_bias=3.0).get_parameter("rnn.bias_ih_l0")
        == build(cell="gru").get_parameter("rnn.bias_ih_l0")
    ).all()


def test_the_shapes_an_experiment_s_network_returns():
    network = Network.of(Experiment(task=TextTask(text="abcab" * 20)), torch.Generator())
    result = network(torch.randint(3, (4, 7)))
    assert result.outputs.shape == (4, 7, 3)
    assert result.hidden.shape == (1, 7, 4, 32)
    assert result.cell is None
    assert (network.cell, network.hidden_size, network.num_layers) == ("rnn_tanh", 32, 1)
    lstm = Network.of(Experiment(task=SineTask(), network=NetworkConfig(cell="lstm", num_layers=2)), torch.Generator())
    result = lstm(torch.zeros(4, 7, 1))
    assert result.cell.shape == result.hidden.shape == (2, 7, 4, 32)
    assert result.state.cell.shape == (2, 4, 32)


def test_inputs_of_another_number_of_dimensions_are_refused_with_the_wanted_shape():
    with pytest.raises(ValueError, match="batch, timesteps, features"):
        build()(torch.zeros(4, 6))
    with pytest.raises(ValueError, match="batch, timesteps"):
        build(9)(torch.zeros(4, 6, 1, dtype=torch.int64))


def test_training_never_imports_what_torch_s_optimisers_and_compiler_need():
    program = """
import sys
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, Trainer
for task in (SineTask(length=60), TextTask(text="abcab" * 20)):
    for cell in ("rnn_tanh", "rnn_relu", "lstm", "gru"):
        trainer = Trainer(Experiment(task=task, network=NetworkConfig(cell=cell, init="orthogonal")))
        trainer.step()
        trainer.snapshot()
        trainer.checkpoint()
print([name for name in ("torch._dynamo", "sympy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
