"""What a live curve is compared with: the naive baselines, and the targets of the live prediction."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rnn_engine import Experiment
from rnn_engine.baselines import baselines
from rnn_engine.tasks import evenly_spaced


@lru_cache(maxsize=64)
def naive_losses(experiment: Experiment) -> Mapping[str, float]:
    """The naive baselines on the targets that the live test loss is measured on."""
    # Where no window is left to test with, the training part is what the lines can be compared with.
    return baselines(experiment, test_windows=experiment.live_test_windows or None)


@lru_cache(maxsize=64)
def tested(experiment: Experiment) -> tuple[list[Any], list[float]]:
    """Positions (or timestamps) and values of the targets that the live prediction is compared with."""
    split, task = experiment.split, experiment.task
    targets = evenly_spaced(split.test_windows, experiment.live_test_windows) + split.test_start + split.sequence_length
    values = task.sequence(experiment.training.seed)[targets]
    stamps = getattr(task, "timestamps", None)
    return [stamps[i] for i in targets] if stamps else targets.tolist(), values.tolist()
