"""The network as a torch module: cells in layers over time, read out by one linear map.

`forward` is the plain statement of what the network computes; autograd can follow it, and every faster way in
the engine is tested against it. Weights have torch's own names, shapes and order. Knows nothing of training.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnn_engine.architectures import NetworkConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.experiment import Experiment
from rnn_engine.network.cells import EQUATIONS, State, from_input, with_remedies
from rnn_engine.network.initialisation import initialise
from rnn_engine.network.weights import NetworkWeights


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
        gates = len(CELLS[config.cell].blocks) * config.hidden_size
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
        initialise(self.weights(), config, generator)

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
        return State(zeros, zeros if CELLS[self.cell].has_cell_state else None)

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
        cell = with_remedies(self.cell, self.skip, self.layer_norm) if remedied else EQUATIONS[self.cell]
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
