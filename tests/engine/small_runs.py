"""Small experiments for the tests of training: three tasks, quick to run, and what is asked of every one."""

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from rnn_engine import Experiment, NetworkConfig, SeriesTask, SineTask, TextTask, Trainer, TrainingConfig
from rnn_engine.network.cells import EQUATIONS
from rnn_engine.training.trainer import Snapshot

TEXT = TextTask(text="To be, or not to be, that is the question. " * 6)
SERIES = SeriesTask(values=tuple(100 + 7 * math.sin(0.3 * n) + n / 40 for n in range(150)))
TASKS: dict[str, Any] = {"sine": SineTask(length=140), "series": SERIES, "text": TEXT}
ALL_CELLS = pytest.mark.parametrize("cell", EQUATIONS)
ALL_TASKS = pytest.mark.parametrize("task", TASKS)


def experiment_of(task="sine", cell="rnn_tanh", layers=1, hidden=8, network=(), **training) -> Experiment:
    return Experiment(
        task=TASKS[task],
        network=NetworkConfig(cell=cell, hidden_size=hidden, num_layers=layers, **dict(network)),
        training=TrainingConfig(**{"sequence_length": 20, "batch_size": 16, "epochs": 3, **training}),
    )


def steps(trainer: Any, count: int) -> list[float]:
    losses = []
    for _ in range(count):
        assert trainer.step()
        losses.append(trainer.loss)
    return losses


def plain(snapshot: Snapshot) -> dict[str, Any]:
    """All of a snapshot's values, comparable."""
    values = {field.name: getattr(snapshot, field.name) for field in fields(snapshot)}
    flow = values.pop("gradient_flow")
    values |= {"hidden": flow and flow.hidden, "cell": flow and flow.cell, "factor": flow and flow.per_step_factor}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}


def start(experiment: Experiment, **how: Any) -> Any:
    """A trainer whose optional values the type checker takes to be there."""
    return Trainer(experiment, **how)
