"""The network as a torch module: cells in layers over time, read out by one linear map.

`forward` is the plain statement of what the network computes; autograd can follow it, and every faster way in
the engine is tested against it. Weights have torch's own names, shapes and order. Knows nothing of training.
"""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn import init

from rnn_engine.cells import CELLS, LayerWeights, State, from_input, with_remedies
from rnn_engine.configs import Cell, NetworkConfig
from rnn_engine.cost import GATES
from rnn_engine.experiment import Experiment
from rnn_engine.spectra import set_spectral_radius


class NetworkWeights(NamedTuple):
    """All weights of a network, or their gradients, as plain tensors."""

    layers: tuple[LayerWeights, ...]  # the first layer first
    readout_weight: Tensor  # (outputs, H), W_hy of the formulas
    readout_bias: Tensor  # (outputs,)
    embedding: Tensor | None  # (vocabulary, I); tokens only

    @classmethod
    def named(cls, tensors: Mapping[str, Tensor]) -> "NetworkWeights":
        """From tensors under the names of `Network.state_dict()`."""
        count = sum(name.startswith("rnn.weight_hh_l") for name in tensors)
        return cls(
            layers=tuple(
                LayerWeights(*(tensors[f"rnn.{field}_l{k}"] for field in LayerWeights._fields)) for k in range(count)
            ),
            readout_weight=tensors["readout.weight"],
            readout_bias=tensors["readout.bias"],
            embedding=tensors.get("embedding.weight"),
        )

    def empty_like(self) -> "NetworkWeights":
        """As many numbers, to be written over."""
        layers = tuple(LayerWeights(*map(torch.empty_like, layer)) for layer in self.layers)
        embedding = None if self.embedding is None else torch.empty_like(self.embedding)
        return NetworkWeights(
            layers, torch.empty_like(self.readout_weight), torch.empty_like(self.readout_bias), embedding
        )


class Result(NamedTuple):
    """What a network computes from a batch of B sequences of T timesteps: every output and every state."""

    outputs: Tensor  # (B, T, outputs)
    hidden: Tensor  # (layers, T, B, H)
    cell: Tensor | None  # (layers, T, B, H); LSTM only
    state: State  # after the last timestep, (layers, B, H) each: pass it on to continue the sequence


class Network(nn.Module):
    """Cells in layers, and a readout; for tokens an embedding before them.

    `input_size` counts the numbers the first layer reads at a timestep: features, or the embedding's size
    where `vocabulary_size` says that inputs are tokens. Random numbers come from `generator` alone; for
    `init="pytorch"` the weights are, bit for bit, those of building nn.Embedding, then nn.RNN, nn.LSTM or
    nn.GRU, then nn.Linear under the generator's seed.
    """

    rnn: nn.Module
    readout: nn.Module

    def __init__(
        self,
        config: NetworkConfig,
        *,
        input_size: int,
        output_size: int,
        vocabulary_size: int | None,
        generator: torch.Generator,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.cell: Cell = config.cell
        self.hidden_size = config.hidden_size
        self.num_layers = config.num_layers
        self.skip, self.layer_norm = config.skip, config.layer_norm
        gates = GATES[config.cell] * config.hidden_size
        shapes: dict[str, tuple[int, ...]] = {}
        if vocabulary_size is not None:
            shapes["embedding.weight"] = (vocabulary_size, input_size)
        for k in range(config.num_layers):
            shapes[f"rnn.weight_ih_l{k}"] = (gates, config.hidden_size if k else input_size)
            shapes[f"rnn.weight_hh_l{k}"] = (gates, config.hidden_size)
            shapes[f"rnn.bias_ih_l{k}"] = shapes[f"rnn.bias_hh_l{k}"] = (gates,)
        shapes["readout.weight"] = (output_size, config.hidden_size)
        shapes["readout.bias"] = (output_size,)
        # torch's own Linear and Embedding would draw from the global random numbers, which belong to no run.
        for name, shape in shapes.items():
            part, _, weight = name.partition(".")
            if part not in self._modules:
                self.add_module(part, nn.Module())
            self.get_submodule(part).register_parameter(weight, nn.Parameter(torch.empty(shape, dtype=dtype)))
        _initialise(self.weights(), config, generator)

    @classmethod
    def of(cls, experiment: Experiment, generator: torch.Generator) -> "Network":
        """The network that `experiment` trains, untrained."""
        task = experiment.task
        return cls(
            experiment.network,
            input_size=experiment.input_size,
            output_size=task.output_size,
            vocabulary_size=task.vocabulary_size,
            generator=generator,
        )

    @property
    def dtype(self) -> torch.dtype:
        """What the network computes in: its weights' type."""
        return next(self.parameters()).dtype

    def weights(self) -> NetworkWeights:
        """The present weights as tensors outside autograd, sharing memory with the parameters."""
        return NetworkWeights.named({name: parameter.detach() for name, parameter in self.named_parameters()})

    def initial_state(self, batch_size: int) -> State:
        """h_0 (and c_0), all zeros: (layers, batch_size, H) each."""
        zeros = torch.zeros(self.num_layers, batch_size, self.hidden_size, dtype=self.dtype)
        return State(zeros, zeros if self.cell == "lstm" else None)

    def forward(self, inputs: Tensor, state: State | None = None) -> Result:
        """Read whole sequences: values (B, T, features) or tokens (B, T), from `state` or from zeros.

        Raises ValueError for another number of dimensions, IndexError for a token outside the vocabulary.
        """
        weights = NetworkWeights.named(dict(self.named_parameters()))
        wanted = 3 if weights.embedding is None else 2
        if inputs.dim() != wanted:
            shape = "(batch, timesteps, features)" if wanted == 3 else "(batch, timesteps)"
            raise ValueError(f"inputs must have shape {shape}, not {tuple(inputs.shape)}")
        x = inputs.to(self.dtype) if weights.embedding is None else F.embedding(inputs, weights.embedding)
        below = x.transpose(0, 1)  # (T, B, I): time first from here on
        state = self.initial_state(inputs.shape[0]) if state is None else state
        remedied = self.skip or self.layer_norm
        cell = with_remedies(self.cell, self.skip, self.layer_norm) if remedied else CELLS[self.cell]
        layers: list[list[State]] = []
        for k, layer in enumerate(weights.layers):
            now = State(state.hidden[k], None if state.cell is None else state.cell[k])
            states = []
            for x in from_input(below, layer):
                now = cell(x, now, layer)
                states.append(now)
            layers.append(states)
            below = torch.stack([s.hidden for s in states])  # (T, B, H)
        hidden = torch.stack([torch.stack([s.hidden for s in states]) for states in layers])
        cells = [
            torch.stack([s.cell for s in states if s.cell is not None]) for states in layers if state.cell is not None
        ]
        memory = torch.stack(cells) if cells else None
        last = State(hidden[:, -1], None if memory is None else memory[:, -1])
        outputs = F.linear(below, weights.readout_weight, weights.readout_bias)
        return Result(outputs.transpose(0, 1), hidden, memory, last)

    def step(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """One timestep: x is (B, features) or (B,) tokens; returns the output (B, outputs) and the state."""
        result = self.forward(x.unsqueeze(1), state)
        return result.outputs[:, 0], result.state


def _initialise(weights: NetworkWeights, config: NetworkConfig, generator: torch.Generator) -> None:
    """Draw the initial weights, in place.

    PyTorch's own draws come first whatever the initialisation, so that with one seed all of them share what
    they do not replace: the embedding, the readout and, for orthogonal, identity and spectral, W_ih.
    """
    bound = 1 / sqrt(config.hidden_size)
    if weights.embedding is not None:
        init.normal_(weights.embedding, generator=generator)
    for layer in weights.layers:
        for tensor in layer:
            init.uniform_(tensor, -bound, bound, generator=generator)
    init.kaiming_uniform_(weights.readout_weight, a=sqrt(5), generator=generator)  # nn.Linear's way to say ±bound
    init.uniform_(weights.readout_bias, -bound, bound, generator=generator)
    for layer in weights.layers:
        if config.init != "pytorch":
            layer.bias_ih.zero_()
            layer.bias_hh.zero_()
        if config.init in ("xavier", "he"):
            for gate in layer.weight_ih.split(config.hidden_size):
                _REPLACE[config.init](gate, generator)
        if config.init in _REPLACE:
            for gate in layer.weight_hh.split(config.hidden_size):
                _REPLACE[config.init](gate, generator)
        layer.weight_hh.mul_(config.gain)
        if config.cell == "lstm" and config.forget_bias is not None:
            forget = slice(config.hidden_size, 2 * config.hidden_size)  # torch's order: i, f, g, o
            layer.bias_ih[forget] = config.forget_bias
            layer.bias_hh[forget] = 0  # the two biases add up
        if config.chrono is not None and config.cell in ("lstm", "gru"):
            _chrono(layer, config, generator)


def _chrono(layer: LayerWeights, config: NetworkConfig, generator: torch.Generator) -> None:
    """Biases that let units remember for between 1 and `chrono` timesteps: ln u, u uniform in [1, chrono - 1], of the
    LSTM's forget gates, whose input gates get the negative, or of the GRU's update gates (Tallec and Ollivier 2018).
    """
    assert config.chrono is not None
    size = config.hidden_size
    remember = torch.empty(size).uniform_(1, config.chrono - 1, generator=generator).log()
    keeping = slice(size, 2 * size)  # torch's order: LSTM i, f, g, o; GRU r, z, n
    layer.bias_ih[keeping], layer.bias_hh[keeping] = remember, 0
    if config.cell == "lstm":
        layer.bias_ih[:size], layer.bias_hh[:size] = -remember, 0


#: How each initialisation fills one gate's matrix, where it differs from PyTorch's.
_REPLACE: dict[str, Callable[[Tensor, torch.Generator], object]] = {
    "xavier": lambda gate, generator: init.xavier_uniform_(gate, generator=generator),  # Glorot and Bengio 2010
    "he": lambda gate, generator: init.kaiming_uniform_(gate, nonlinearity="relu", generator=generator),  # He 2015
    "orthogonal": lambda gate, generator: init.orthogonal_(gate, generator=generator),  # Saxe et al. 2014
    "identity": lambda gate, generator: init.eye_(gate),  # Le, Jaitly and Hinton 2015
    "spectral": lambda gate, generator: gate.copy_(
        set_spectral_radius(init.normal_(gate, std=1 / sqrt(len(gate)), generator=generator), 1.0)
    ),
}
