"""Published results about memory, run again: which cells learn what needs memory, beside what the papers print.

Three seeds where one could be lucky. Rates and sizes are in the table; everything trains through `rnn_engine` alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from benchmarks.report import table
from rnn_engine import AddingTask, CopyTask, Experiment, NetworkConfig, TemporalOrderTask, Trainer, TrainingConfig
from rnn_engine.baselines import baselines
from rnn_engine.training.evaluation import error_rate

SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Trial:
    """One setting, trained with every seed."""

    name: str
    expected: str  # what the source prints
    experiment: Experiment
    steps: int
    stop_below: float | None = None  # a test loss at which a run has learnt it and need not go on
    classes: bool = False  # report the error rate, too


def adding(cell: str, steps: int, rate: float, expected: str, timesteps: int = 50, **network: object) -> Trial:
    """Hochreiter and Schmidhuber 1997, experiment 4, as in Arjovsky et al. 2016."""
    experiment = Experiment(
        task=AddingTask(),
        network=NetworkConfig.model_validate({"cell": cell, "hidden_size": 64, **network}),
        training=TrainingConfig(
            sequence_length=timesteps, batch_size=50, learning_rate=rate, clip_norm=1.0, epochs=100
        ),
    )
    return Trial(f"adding T {timesteps}, {cell}", expected, experiment, steps, stop_below=0.01)


def copying(cell: str, expected: str, **network: object) -> Trial:
    """The copy task in its standard form; 500 steps are far too few to leave its floor."""
    experiment = Experiment(
        task=CopyTask(symbols=8, length=10, delay=20),
        # As many numbers a symbol as there are: with 128 the LSTM leaves the floor by step 300 (measured).
        network=NetworkConfig.model_validate({"cell": cell, "hidden_size": 128, "embedding_size": 10, **network}),
        training=TrainingConfig(sequence_length=40, batch_size=64, learning_rate=0.003, loss_on="all", epochs=100),
    )
    return Trial(f"copy 8 symbols x 10, delay 20, {cell}", expected, experiment, 500)


def short_copying(expected: str) -> Trial:
    """So few symbols, so short a delay that the floor is left."""
    experiment = Experiment(
        task=CopyTask(symbols=4, length=3, delay=10),
        network=NetworkConfig(cell="lstm", hidden_size=128, forget_bias=1.0),
        training=TrainingConfig(sequence_length=16, batch_size=64, learning_rate=0.003, loss_on="all", epochs=100),
    )
    return Trial("copy 4 symbols x 3, delay 10, lstm", expected, experiment, 600, stop_below=0.13)


def order(cell: str, timesteps: int, steps: int, expected: str, **network: object) -> Trial:
    """Temporal order (Pascanu, Mikolov and Bengio 2013, section 4.1)."""
    experiment = Experiment(
        task=TemporalOrderTask(),
        network=NetworkConfig.model_validate({"cell": cell, "hidden_size": 50, "embedding_size": 6, **network}),
        training=TrainingConfig(
            sequence_length=timesteps, batch_size=20, learning_rate=0.003, clip_norm=1.0, epochs=100
        ),
    )
    name = f"temporal order T {timesteps}, {cell}, embedding {experiment.network.embedding_size}"
    return Trial(name, expected, experiment, steps, stop_below=0.01, classes=True)


def trials() -> list[Trial]:
    """All of them, quick ones first."""
    return [
        adding("gru", 600, 0.01, "< .01 by 200-300 steps"),
        adding("lstm", 1200, 0.01, "< .01 by 500-600 steps (forget bias 1)", forget_bias=1.0),
        adding("rnn_relu", 1500, 0.001, "IRNN: < .01 by 900-1100 steps", init="identity"),
        adding("rnn_tanh", 1500, 0.001, "stays at .158-.171 (floor .1667)"),
        copying("rnn_tanh", "floor .5199: .5203"),
        copying("lstm", "floor .5199: .5209"),
        short_copying("leaves the floor of .260 within 600 steps"),
        order("rnn_tanh", 20, 1500, "0 % error"),
        order("rnn_tanh", 60, 1500, "74-77 % error, loss 1.386-1.390 (chance: 75 %, ln 4)"),
        order("gru", 60, 1500, "solved by 1 of 2 seeds", embedding_size=50),
        order("lstm", 60, 1500, "solved by 1 of 2 seeds; here forget bias 3", forget_bias=3.0),
    ]


def run(trial: Trial, seed: int, look_every: int = 50) -> tuple[float, float | None, int]:
    """Train; the last test loss, the error rate if there are classes, and the steps it took."""
    training = trial.experiment.training.model_copy(update={"seed": seed})
    trainer = Trainer(trial.experiment.model_copy(update={"training": training}))
    loss = float("nan")
    while trainer.step_number < trial.steps and trainer.step():
        if trainer.step_number % look_every == 0 or trainer.step_number == trial.steps:
            loss = trainer.snapshot(weight_parts=False).test_loss or 0.0
            if trial.stop_below is not None and loss < trial.stop_below:
                break
    wrong = error_rate(trainer.experiment, trainer.network) if trial.classes else None
    return loss, wrong, trainer.step_number


def report(rounds: int) -> Iterator[str]:
    """The table of this part; `rounds` is how many seeds, at most three."""
    torch.set_num_threads(1)
    yield from (
        "",
        "## Science",
        "",
        "Tasks that need memory, trained by the engine, beside what the sources print. Adam; test loss on 1,000 examples,",
        "for each seed; a run stops once it has learnt the task. One lucky seed is not a result.",
        "",
    )
    yield from table(("trial", "floor", "expected", "test loss", "error", "steps"), _rows(rounds))


def _rows(rounds: int) -> Iterator[list[str]]:
    for trial in trials():
        results = [run(trial, seed) for seed in SEEDS[:rounds]]
        yield [
            trial.name,
            f"{baselines(trial.experiment)['floor']:.4f}",
            trial.expected,
            ", ".join(f"{loss:.4f}" for loss, _wrong, _steps in results),
            ", ".join(f"{100 * wrong:.0f} %" for _loss, wrong, _steps in results if wrong is not None) or "–",
            ", ".join(str(steps) for _loss, _wrong, steps in results),
        ]
