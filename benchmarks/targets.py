"""Time to a target: how long until a network is as good as the chapter's script makes it.

Seconds of the processor spent on training alone; looking at the test part is not counted on either side. What a faster
engine gains and what a better recipe gains are told apart: ours is timed with the chapter's own recipe, too.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import torch
from torch.nn import functional as F

from benchmarks.chapter import COUNTED, EPOCHS, experiment_of
from benchmarks.plain import PlainScript, windows
from benchmarks.steps import SONNETS
from rnn_engine import Experiment, NetworkConfig, TextTask, Trainer, TrainingConfig

#: The best recipe found for the chapter's sine: its rate falls to zero, and clipping calms it.
SINE_RECIPE = {"schedule": "cosine", "epochs": 30, "clip_norm": 0.1}
#: And for text: the same network, with a loss at every timestep instead of the last alone.
TEXT_RECIPE = {"learning_rate": 0.003, "loss_on": "all", "clip_norm": 1.0}

TEXT_STEPS = 1000  # that the script trains
VALIDATED = 512  # held-out windows
LOOK_EVERY = 25  # steps


@dataclass(frozen=True)
class TimeToTarget:
    """How a run came to its target."""

    seconds: float | None  # of training until its first look at or below the target; None: never
    whole: float  # of all its training
    last: float  # what it was at in the end


def follow(step: Callable[[], object], look: Callable[[], float], looks: int, every: int) -> list[tuple[float, float]]:
    """(seconds of training so far, what a look has found), a look after every so many steps."""
    seconds, found = 0.0, []
    for _ in range(looks):
        began = time.process_time()
        for _ in range(every):
            step()
        seconds += time.process_time() - began
        found.append((seconds, look()))
    return found


def time_to(target: float, found: list[tuple[float, float]]) -> TimeToTarget:
    """When a run was there."""
    there = next((seconds for seconds, error in found if error <= target), None)
    return TimeToTarget(there, found[-1][0], found[-1][1])


def sine(seeds: int) -> tuple[float, dict[str, list[TimeToTarget]]]:
    """The target, and every side's way to it from each seed: the script, ours with its recipe, ours with the best."""
    scripts, same, best = [], [], []
    for seed in range(1, seeds + 1):
        experiment = experiment_of(seed).with_settings(epochs=100)
        script, per_epoch = PlainScript(experiment), experiment.steps_per_epoch
        scripts.append(follow(script.step, script.test_loss, 100, per_epoch))
        same.append(_ours(experiment))
        best.append(_ours(experiment.with_settings(**SINE_RECIPE)))
    counted = slice(EPOCHS - COUNTED, EPOCHS)
    target = median(median(error for _, error in found[counted]) for found in scripts)
    sides = {"script": scripts, "same recipe": same, "best recipe": best}
    return target, {name: [time_to(target, found) for found in side] for name, side in sides.items()}


def _ours(experiment: Experiment) -> list[tuple[float, float]]:
    trainer = Trainer(experiment, tier="fast")

    def step() -> None:
        trainer.step()
        _ = trainer.gradient_flow

    def look() -> float:
        error = trainer.snapshot(weight_parts=False).test_loss
        assert error is not None
        return error

    return follow(step, look, experiment.training.epochs, experiment.steps_per_epoch)


def text(seeds: int) -> Iterator[tuple[float, TimeToTarget, TimeToTarget]]:
    """For each seed: the script's validation loss in the end, its way there, and ours."""
    task = TextTask(text=SONNETS.read_text(encoding="utf-8"))
    network = NetworkConfig(hidden_size=128, num_layers=2)
    for seed in range(1, seeds + 1):
        training = TrainingConfig(learning_rate=0.001, epochs=10, seed=seed)
        yield _text(Experiment(task=task, network=network, training=training))


def _text(experiment: Experiment) -> tuple[float, TimeToTarget, TimeToTarget]:
    inputs, targets = windows(experiment)
    held_out = torch.linspace(experiment.split.test_start, len(inputs) - 1, VALIDATED).long()
    inputs, targets = inputs[held_out], targets[held_out]
    script = PlainScript(experiment)
    trainer = Trainer(experiment.with_settings(**TEXT_RECIPE), tier="fast")

    def step() -> None:
        trainer.step()
        _ = trainer.gradient_flow

    @torch.no_grad()
    def validate_script() -> float:
        return float(F.cross_entropy(script.model(inputs), targets))

    @torch.no_grad()
    def validate() -> float:
        return float(F.cross_entropy(trainer.network(inputs).outputs[:, -1], targets))

    theirs = follow(script.step, validate_script, TEXT_STEPS // LOOK_EVERY, LOOK_EVERY)
    target = theirs[-1][1]
    ours = follow(step, validate, TEXT_STEPS // 2 // LOOK_EVERY, LOOK_EVERY)
    return target, time_to(target, theirs), time_to(target, ours)
