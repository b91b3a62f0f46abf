"""What a trained network says by itself: samples of text. `forecast.py` has what it says of values.

A sample is a stream of characters, each with the probability it was drawn with; the whole text is that stream drained,
so what a screen shows character by character is what a notebook gets at once. Nothing here changes the network or
touches random numbers that are not its own. Knows nothing of training.
"""

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from rnn_engine.experiment import Experiment
from rnn_engine.free_running.results import Character, Mode, Values
from rnn_engine.network.cells import State
from rnn_engine.network.recurrent import Network

LONGEST_SAMPLE = 100_000  # characters or words
LIKELY = 5  # how many of the most probable characters come with each drawn one
AT_ONCE = 64  # characters the fast tier draws in one call
NOT_FINITE = "the network's outputs are not finite, so nothing can be drawn: training has diverged"
NUMBERS_AT_ONCE = 2_000_000  # of one kind (states, inputs) that a forward pass may hold: a few tens of megabytes


class Trained(Protocol):
    """A network and what it was trained on: a `Trainer`, whose `tier` is used here too, or anything that has these two."""

    @property
    def network(self) -> Network: ...
    @property
    def experiment(self) -> Experiment: ...


def is_fast(trainer: Trained) -> bool:
    """Whether its network runs with the fast tier's kernels."""
    return getattr(trainer, "tier", "reference") == "fast"


def sample_text(
    trainer: Trained,
    prompt: str = "",
    length: int = 200,
    temperature: float = 0.8,
    top_k: int | None = None,
    mode: Mode = "carry",
    seed: int | None = None,
) -> Iterator[Character]:
    """Draw `length` characters that continue `prompt`, one at a time; or words, where the task is of words.

    `mode` "carry" reads the prompt once and carries the hidden state on from character to character. "window" is the
    chapter's way: at every character the network starts from a zero state and reads a window as long as the prompt
    (at most the sequence length), which moves on by one character each time.

    `temperature` divides the outputs before the softmax: 1 leaves the network's own distribution, less sharpens it, 0
    always takes the most probable character. `top_k` draws from the k most probable ones. Characters of the prompt
    that the task does not know are skipped (`task.unknown(prompt)` names them); where none is left, the network
    starts from a character drawn from the training part, which is not part of the sample. The same `seed` and
    weights give the same sample, on either tier but for rounding; None gives another each time.

    Raises ValueError, naming the field, before the first character is drawn.
    """
    task = trainer.experiment.task
    symbols = task.writes
    if symbols is None:
        instead = "; use forecast for values" if task.has_sequence else ""
        raise ValueError(f"task must be a text to sample from, not '{task.kind}'{instead}")
    if not 1 <= length <= LONGEST_SAMPLE:
        raise ValueError(f"length must be from 1 to {LONGEST_SAMPLE}, not {length}")
    if not 0 <= temperature < math.inf:
        raise ValueError(f"temperature must be a finite number, at least 0, not {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be at least 1, or None for no limit, not {top_k}")
    if mode not in ("carry", "window"):
        raise ValueError(f"mode must be 'carry' or 'window', not {mode!r}")
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    start = torch.from_numpy(symbols.encode(prompt))
    if not len(start):
        place = int(torch.randint(trainer.experiment.split.training_part, (1,), generator=generator))
        start = torch.tensor([int(task.sequence(trainer.experiment.training.seed)[place])])
    chances = torch.rand(length, generator=generator, dtype=torch.float64).numpy()
    window = 0 if mode == "carry" else trainer.experiment.training.sequence_length
    drawn = _draw_fast if is_fast(trainer) else _draw
    return _spoken(drawn(trainer, start[-window:], window, temperature, top_k, chances), symbols.names)


def generate_text(
    trainer: Trained,
    prompt: str = "",
    length: int = 200,
    temperature: float = 0.8,
    top_k: int | None = None,
    mode: Mode = "carry",
    seed: int | None = None,
) -> str:
    """The prompt (its known characters or words) and `length` more, as `sample_text` draws them, joined to a text."""
    drawn = sample_text(trainer, prompt, length, temperature, top_k, mode, seed)
    symbols = trainer.experiment.task.writes
    assert symbols is not None  # sample_text refused others
    known = [symbols.names[token] for token in symbols.encode(prompt)]
    return symbols.join([*known, *(each.character for each in drawn)])


class _Carried:
    """The network's outputs after each character, its hidden state carried over."""

    def __init__(self, network: Network, start: Tensor) -> None:
        self.network, self.unread, self.state = network, start, None

    unread: Tensor  # (characters,) tokens that the network has not seen yet
    state: State | None

    @torch.no_grad()
    def __call__(self) -> Tensor:
        at_once = max(1, NUMBERS_AT_ONCE // (self.network.num_layers * self.network.hidden_size))
        for tokens in self.unread.split(at_once):
            result = self.network(tokens.unsqueeze(0), self.state)
            self.state = result.state
        return result.outputs[0, -1].double()  # (vocabulary,)

    def append(self, token: int) -> None:
        self.unread = torch.tensor([token])


class _Windowed:
    """The network's outputs after a window that moves on with each character, read from a zero state each time."""

    def __init__(self, network: Network, start: Tensor) -> None:
        self.network, self.window = network, start

    @torch.no_grad()
    def __call__(self) -> Tensor:
        return self.network(self.window.unsqueeze(0)).outputs[0, -1].double()  # (vocabulary,)

    def append(self, token: int) -> None:
        self.window = torch.cat([self.window[1:], torch.tensor([token])])


Drawn = Iterator[tuple[int, Values]]  # a token, and the distribution it was drawn from, (vocabulary,)


def _draw(
    trainer: Trained, start: Tensor, window: int, temperature: float, top_k: int | None, chances: Values
) -> Drawn:
    outputs: _Carried | _Windowed = (_Windowed if window else _Carried)(trainer.network, start)
    for chance in chances:
        probabilities = distribution(outputs(), temperature, top_k).numpy()
        token = pick(probabilities, chance)
        yield token, probabilities
        outputs.append(token)


def _draw_fast(
    trainer: Trained, start: Tensor, window: int, temperature: float, top_k: int | None, chances: Values
) -> Drawn:
    """The same with the fast tier's kernels, some characters at a time."""
    from rnn_engine.training.kernels.tier import Runner

    runner = Runner(trainer.experiment, trainer.network)
    unread = start.numpy().copy()
    for first in range(0, len(chances), AT_ONCE):
        part = chances[first : first + AT_ONCE]
        tokens, probabilities = runner.sample(unread, window, temperature, top_k, part)
        yield from zip(tokens.tolist(), probabilities, strict=True)
        if len(tokens) < len(part):
            raise ValueError(NOT_FINITE)
        if not window:
            unread = tokens[-1:]


def _spoken(drawn: Drawn, vocabulary: tuple[str, ...]) -> Iterator[Character]:
    for token, probabilities in drawn:
        likely = np.argsort(-probabilities, kind="stable")[:LIKELY].tolist()
        yield Character(
            vocabulary[token],
            float(probabilities[token]),
            tuple((vocabulary[each], float(probabilities[each])) for each in likely if probabilities[each] > 0),
        )


def pick(probabilities: Values, chance: float) -> int:
    """The token that a number from [0, 1) falls on when the probabilities are laid end to end."""
    ends = np.cumsum(probabilities)
    return int(min(np.searchsorted(ends, chance, side="right"), np.flatnonzero(probabilities)[-1]))


def distribution(outputs: Tensor, temperature: float, top_k: int | None = None) -> Tensor:
    """Probabilities of the next character, (vocabulary,) float64, from the network's outputs for it."""
    if not outputs.isfinite().all():
        raise ValueError(NOT_FINITE)
    below = outputs.double() - outputs.max()  # at most 0, so exp cannot overflow
    if temperature == 0:
        return torch.nn.functional.one_hot(below.argmax(), len(below)).double()
    if top_k is not None and top_k < len(below):
        kept = below.sort(descending=True, stable=True).indices[:top_k]  # of equals the first: topk takes any
        below = torch.full_like(below, -math.inf).index_copy(0, kept, below[kept])
    weights = torch.exp(below / temperature)
    return weights / weights.sum()
