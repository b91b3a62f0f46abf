"""Training steps on the reference tier, torch throughout, reading the gradient flow at every step, against plain PyTorch.

Processor time of one thread; what is compared with is the chapter's script, and, where the gradient flow is what one
wants, the naive loop that gives it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import torch

from benchmarks.cell_loop import CellLoop
from benchmarks.plain import PlainScript
from benchmarks.report import spread, table
from benchmarks.rounds import Spread, interleaved, ratio
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, Trainer, TrainingConfig
from rnn_engine.cells import Cell

SONNETS = Path(__file__).parent.parent / "assets" / "texts" / "sonnets.txt"
WINDOWS = 950  # as many as the chapter's sine has

#: What a size is called in the report.
SIZES = {
    "A": "A: sine, H 32, T 50",
    "B": "B: text, embedding 128, H 128, 2 layers, T 50",
    "C": "C: sine, H 32, T 500",
    "D": "D: sine, H 256, T 100",
}
WITH_LOOP = ("A", "C")  # sizes that are compared with the loop over cells, too


def experiment_of(size: str, cell: Cell) -> Experiment:
    """An experiment that does not end: batches of 32, loss on the last timestep, Adam."""
    training = TrainingConfig(batch_size=32, learning_rate=0.001, epochs=100_000, seed=1)
    if size == "B":
        network = NetworkConfig(cell=cell, hidden_size=128, num_layers=2)
        text = SONNETS.read_text(encoding="utf-8")[:20_000]
        return Experiment(task=TextTask(text=text), network=network, training=training)
    hidden_size, timesteps = {"A": (32, 50), "C": (32, 500), "D": (256, 100)}[size]
    return Experiment(
        task=SineTask(length=WINDOWS + timesteps),
        network=NetworkConfig(cell=cell, hidden_size=hidden_size),
        training=training.model_copy(update={"sequence_length": timesteps}),
    )


def engine_step(experiment: Experiment) -> Callable[[], object]:
    """A step of the engine's reference tier with its gradient flow read."""
    trainer = Trainer(experiment, tier="reference")

    def step() -> object:
        if not trainer.step():  # a step that is refused costs nothing, and would be counted as a fast one
            raise RuntimeError(f"training ended: {trainer.diverged or 'all epochs are done'}")
        return trainer.gradient_flow

    return step


def compare(size: str, cell: Cell, rounds: int, *, with_loop: bool = False) -> dict[str, Spread]:
    """How many times longer a step takes on each other side than in the engine."""
    experiment = experiment_of(size, cell)
    sides: dict[str, Callable[[], object]] = {"engine": engine_step(experiment), "plain": PlainScript(experiment).step}
    if with_loop:
        sides["loop"] = CellLoop(experiment).step
    seconds = interleaved(sides, rounds)
    return {name: ratio(seconds[name], seconds["engine"]) for name in sides if name != "engine"}


def report(rounds: int) -> Iterator[str]:
    """The tables of this part."""
    torch.set_num_threads(1)
    yield from (
        "",
        "## Training steps",
        "",
        "How many times faster the engine makes a training step, **reading the gradient flow at every step**, than",
        "the chapter's plain PyTorch script, which reads none. One thread, processor time, batches of 32, loss on",
        f"the last timestep, Adam; median of {rounds} interleaved rounds [quartiles].",
        "",
    )
    against_loops = []

    def rows() -> Iterator[list[str]]:
        for cell in get_args(Cell):
            ratios = {size: compare(size, cell, rounds, with_loop=size in WITH_LOOP) for size in SIZES}
            against_loops.append([cell, *(spread(ratios[size]["loop"]) for size in WITH_LOOP)])
            yield [cell, *(spread(ratios[size]["plain"]) for size in SIZES)]

    yield from table(("cell", *SIZES.values()), rows())
    yield from (
        "",
        "The same against a loop over nn.RNNCell, nn.LSTMCell or nn.GRUCell that keeps the gradient of every h_t,",
        "the naive way to the same numbers:",
        "",
    )
    yield from table(("cell", *(SIZES[size] for size in WITH_LOOP)), against_loops)
