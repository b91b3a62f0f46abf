"""How fast the engine is, with the gradient flow of every timestep read at every step: `python -m benchmarks speed`.

Every row has its own work and the chapter's way of doing it, interleaved in one process on one thread (a sweep may use
every core). Beside the ratio to the chapter's script stand the one to the strongest plain PyTorch, the share of one core's
measured matrix-multiply peak that the step's arithmetic comes to, and what was aimed at.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from statistics import median

import numpy as np
import torch
from torch import nn

from benchmarks import targets
from benchmarks.cell_loop import CellLoop
from benchmarks.plain import PlainScript
from benchmarks.report import number, spread, table
from benchmarks.rounds import Spread, interleaved, ratio
from benchmarks.steps import SIZES, SONNETS, experiment_of
from benchmarks.strong import StrongScript
from rnn_engine import Experiment, NetworkConfig, SineTask, TextTask, Trainer, TrainingConfig, sweep, train, warm_up
from rnn_engine.cells import Cell
from rnn_engine.free_running.text import generate_text

HEADER = ("what", "to the chapter's script", "to the strongest plain PyTorch", "of one core's peak", "must", "goal")

#: Size, cell, and what was aimed at.
STEPS: tuple[tuple[str, Cell, str, str], ...] = (
    ("A", "rnn_tanh", "12", "25"),
    ("B", "rnn_tanh", "1.8", "2.3"),
    ("C", "rnn_tanh", "10", "20"),
    ("D", "rnn_tanh", "1.6", "2.2"),
    ("A", "gru", "6", "15"),
    ("C", "gru", "7", "15"),
    ("A", "lstm", "1.8", "6"),
    ("B", "lstm", "1.2", "1.6"),
)
PEAK_SIZE = 1024  # rows of the square matrices whose product is called a core's peak
MODELS, MODEL_STEPS = 64, 60  # of the sweep
WINDOW, CHARACTERS = 50, 200  # of the generated text
LIVE_STEPS = 3000
GROWTH = (50, 100, 200, 400)  # timesteps, or examples, of the rows that show how cost grows

Row = Sequence[str]


def report(rounds: int) -> Iterator[str]:
    """The tables of this part."""
    torch.set_num_threads(1)
    began = time.process_time()
    warm_up()
    yield from (
        "",
        "## Speed",
        "",
        f"Kernels ready after {time.process_time() - began:.1f} s of processor time; not counted below. Median of {rounds}",
        "interleaved rounds [quartiles]; how many times faster ours is, **reading the gradient flow at every step**.",
        "",
    )
    yield from table(HEADER, _rows(rounds))
    yield from ("", "How a step's cost grows (milliseconds over those at the first size; 1, 2, 4, 8 is linear):", "")
    yield from table(("doubling", *map(str, GROWTH)), _growth(rounds))


def _rows(rounds: int) -> Iterator[Row]:
    for size, cell, must, goal in STEPS:
        yield _step_row(size, cell, rounds, must, goal)
    for size, must in (("A", "10"), ("C", "15")):
        yield _norms_row(size, rounds, must)
    yield from _sine_rows(rounds)
    yield _text_row(max(1, rounds // 4))
    yield _sweep_row(rounds)
    yield _generation_row(rounds)
    yield _live_row(rounds)


def _engine(experiment: Experiment) -> Callable[[], object]:
    trainer = Trainer(experiment, tier="fast")

    def step() -> object:
        if not trainer.step():  # a step that is refused costs nothing, and would be counted as a fast one
            raise RuntimeError(f"training ended: {trainer.diverged or 'all epochs are done'}")
        return trainer.gradient_flow

    return step


def _peak() -> dict[str, Callable[[], object]]:
    """The largest product at hand: torch's library or NumPy's, whichever is faster."""
    a = np.random.default_rng(0).random((PEAK_SIZE, PEAK_SIZE), dtype=np.float32)
    out, tensor = np.empty_like(a), torch.from_numpy(a)
    result = torch.empty_like(tensor)
    return {"NumPy": lambda: np.dot(a, a, out=out), "torch": lambda: torch.mm(tensor, tensor, out=result)}


def _step_row(size: str, cell: Cell, rounds: int, must: str, goal: str) -> Row:
    experiment = experiment_of(size, cell)
    peak = _peak()
    sides = {
        "ours": _engine(experiment), "script": PlainScript(experiment).step, "strong": StrongScript(experiment).step,
        **peak,
    }  # fmt: skip
    seconds = interleaved(sides, rounds)
    best = [min(times) for times in zip(*(seconds[name] for name in peak), strict=True)]
    share = Spread.of(
        experiment.cost.flops / ours / (2 * PEAK_SIZE**3 / product)
        for ours, product in zip(seconds["ours"], best, strict=True)
    )
    return (
        f"step, {SIZES[size]}, {cell}",
        spread(ratio(seconds["script"], seconds["ours"])),
        spread(ratio(seconds["strong"], seconds["ours"])),
        f"{100 * share.median:.0f} %",
        must,
        goal,
    )


def _norms_row(size: str, rounds: int, must: str) -> Row:
    experiment = experiment_of(size, "rnn_tanh")
    seconds = interleaved({"ours": _engine(experiment), "loop": CellLoop(experiment).step}, rounds)
    what = f"gradient norms every step, {SIZES[size]}, against a cell loop with retain_grad"
    return what, spread(ratio(seconds["loop"], seconds["ours"])), "–", "–", must, "20"


def _sine_rows(seeds: int) -> Iterator[Row]:
    target, ways = targets.sine(seeds)
    script = [way.seconds or way.whole for way in ways["script"]]
    there = sum(way.seconds is not None for way in ways["script"])
    for name, must, goal in (("same recipe", "–", "–"), ("best recipe", "20", "100")):
        seconds = [way.seconds or way.whole for way in ways[name]]
        reached = sum(way.seconds is not None for way in ways[name])
        whole = median(way.whole for way in ways["script"]) / median(seconds)
        what = f"chapter's sine, until {number(target)} is first met, {name}: {reached} of {seeds} seeds there"
        what += f" (the script: {there}; all its 100 epochs take {number(whole)} times as long)"
        yield what, spread(ratio(script, seconds)), "–", "–", must, goal


def _text_row(seeds: int) -> Row:
    found = list(targets.text(seeds))
    ratios = Spread.of(theirs.whole / (ours.seconds or np.inf) for _, theirs, ours in found)
    first = Spread.of((theirs.seconds or theirs.whole) / (ours.seconds or np.inf) for _, theirs, ours in found)
    losses = ", ".join(number(target) for target, _, _ in found)
    what = f"100 kB text, to the script's validation loss ({losses}); first touched: {spread(first)}"
    return what, spread(ratios), "–", "–", "6", "15"


def _sweep_row(rounds: int) -> Row:
    base = experiment_of("A", "rnn_tanh")
    experiments = [base.with_settings(seed=seed) for seed in range(MODELS)]
    ours, theirs = [], []
    for _ in range(max(3, rounds // 3)):  # on the wall's clock: it may use every core
        began = time.perf_counter()
        for experiment in experiments:
            script = PlainScript(experiment)
            for _ in range(MODEL_STEPS):
                script.step()
        theirs.append(time.perf_counter() - began)
        began = time.perf_counter()
        with closing(sweep(experiments, tier="fast", steps=MODEL_STEPS)) as results:
            assert all(result.error is None for result in results)
        ours.append(time.perf_counter() - began)
    what = f"sweep of {MODELS} models, {SIZES['A']}, {MODEL_STEPS} steps each with their set-up (wall clock)"
    return what, spread(ratio(theirs, ours)), "–", "–", "8", "40"


def _generation_row(rounds: int) -> Row:
    text = SONNETS.read_text(encoding="utf-8")[:20_000]
    experiment = Experiment(
        task=TextTask(text=text),
        network=NetworkConfig(hidden_size=128, num_layers=2),
        training=TrainingConfig(epochs=1),
    )
    trainer, script = Trainer(experiment, tier="fast"), PlainScript(experiment)
    for _ in range(20):
        trainer.step()
    prompt = text[:WINDOW]
    tokens = torch.from_numpy(experiment.task.encode(prompt))  # type: ignore[union-attr]

    @torch.no_grad()
    def theirs() -> None:
        window = tokens
        for _ in range(CHARACTERS // 10):
            probabilities = nn.functional.softmax(script.model(window.unsqueeze(0)) / 0.8, dim=1)
            window = torch.cat([window[1:], torch.multinomial(probabilities, 1)[0]])

    seconds = interleaved(
        {"ours": lambda: generate_text(trainer, prompt, CHARACTERS, 0.8, seed=1), "script": theirs}, rounds
    )
    what = f"text generation, H 128, 2 layers, characters a second, against re-running a window of {WINDOW}"
    return what, spread(ratio([10 * each for each in seconds["script"]], seconds["ours"])), "–", "–", "15", "40"


def _live_row(rounds: int) -> Row:
    experiment = experiment_of("A", "rnn_tanh")
    lost = []
    for turn in range(rounds):
        sides = [_bare, _live] if turn % 2 else [_live, _bare]
        seconds = {side: side(experiment) for side in sides}
        lost.append(100 * (1 - seconds[_bare] / seconds[_live]))
    what = "live loop (a snapshot with the whole test part every 100 ms), lost against the bare loop"
    return what, f"{spread(Spread.of(lost))} %", "–", "–", "< 3 %", "< 1 %"


def _bare(experiment: Experiment) -> float:
    """Processor seconds a step."""
    trainer = Trainer(experiment, tier="fast")
    trainer.step()
    began = time.process_time()
    for _ in range(LIVE_STEPS):
        trainer.step()
    return (time.process_time() - began) / LIVE_STEPS


def _live(experiment: Experiment) -> float:
    """The same with a snapshot now and then."""
    snapshots = train(experiment, seconds=0.1, tier="fast")
    first = next(snapshots)
    began = time.process_time()
    last = first
    while last.step - first.step < LIVE_STEPS:
        last = next(snapshots)
    return (time.process_time() - began) / (last.step - first.step)


def _growth(rounds: int) -> Iterator[Row]:
    for name in ("sequence_length", "batch_size"):
        steps = {}
        for count in GROWTH:
            experiment = Experiment(task=SineTask(length=3000), training=TrainingConfig(epochs=100_000))
            steps[str(count)] = _engine(experiment.with_settings(**{name: count}))
        seconds = interleaved(steps, rounds)
        yield [name, *(number(ratio(seconds[str(count)], seconds[str(GROWTH[0])]).median) for count in GROWTH)]
