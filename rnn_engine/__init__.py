"""Trains recurrent networks and measures their gradients. This file is the whole public API.

What needs torch is imported when it is first asked for, so that a server may describe experiments without loading it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rnn_engine.experiment import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.tasks import SeriesTask, SineTask, TextTask

if TYPE_CHECKING:
    from rnn_engine.generation import forecast as forecast
    from rnn_engine.generation import generate_text as generate_text
    from rnn_engine.measuring import gradient_flow as gradient_flow
    from rnn_engine.training import Trainer as Trainer
    from rnn_engine.training import train as train

__all__ = [
    "Experiment",
    "NetworkConfig",
    "SeriesTask",
    "SineTask",
    "TextTask",
    "Trainer",
    "TrainingConfig",
    "forecast",
    "generate_text",
    "gradient_flow",
    "train",
]

_NEEDS_TORCH = {
    "Trainer": "training",
    "train": "training",
    "gradient_flow": "measuring",
    "generate_text": "generation",
    "forecast": "generation",
}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module 'rnn_engine' has no attribute '{name}'")
    value = getattr(import_module(f"rnn_engine.{_NEEDS_TORCH[name]}"), name)
    globals()[name] = value
    return value
