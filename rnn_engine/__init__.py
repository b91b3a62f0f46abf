"""Trains recurrent networks and measures their gradients. This file is the whole public API.

What needs torch is imported when it is first asked for, so that a server may describe experiments without loading it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rnn_engine.architectures import NetworkConfig
from rnn_engine.configs import TrainingConfig
from rnn_engine.experiment import Experiment
from rnn_engine.tasks import (
    AddingTask,
    AgreementTask,
    CopyTask,
    EchoTask,
    SeriesTask,
    SineTask,
    TemporalOrderTask,
    TextTask,
    WordTask,
)
from rnn_engine.training.kernels import warm_up

if TYPE_CHECKING:
    from rnn_engine.free_running.forecast import forecast as forecast
    from rnn_engine.free_running.text import generate_text as generate_text
    from rnn_engine.measures.check import check_gradient_flow as check_gradient_flow
    from rnn_engine.measures.gradient_flow import gradient_flow as gradient_flow
    from rnn_engine.measures.spectra import jacobian_spectrum as jacobian_spectrum
    from rnn_engine.measures.spectra import lyapunov_exponents as lyapunov_exponents
    from rnn_engine.network.initialisation import set_spectral_radius as set_spectral_radius
    from rnn_engine.network.initialisation import spectral_radius as spectral_radius
    from rnn_engine.sweeps.measurement import SweepResult as SweepResult
    from rnn_engine.sweeps.sweep import sweep as sweep
    from rnn_engine.training.trainer import Trainer as Trainer
    from rnn_engine.training.trainer import train as train

__all__ = [
    "AddingTask",
    "AgreementTask",
    "CopyTask",
    "EchoTask",
    "Experiment",
    "NetworkConfig",
    "SeriesTask",
    "SineTask",
    "SweepResult",
    "TemporalOrderTask",
    "TextTask",
    "Trainer",
    "TrainingConfig",
    "WordTask",
    "check_gradient_flow",
    "forecast",
    "generate_text",
    "gradient_flow",
    "jacobian_spectrum",
    "lyapunov_exponents",
    "set_spectral_radius",
    "spectral_radius",
    "sweep",
    "train",
    "warm_up",
]

_NEEDS_TORCH = {
    "Trainer": "training.trainer",
    "train": "training.trainer",
    "gradient_flow": "measures.gradient_flow",
    "generate_text": "free_running.text",
    "forecast": "free_running.forecast",
    "jacobian_spectrum": "measures.spectra",
    "lyapunov_exponents": "measures.spectra",
    "spectral_radius": "network.initialisation",
    "set_spectral_radius": "network.initialisation",
    "check_gradient_flow": "measures.check",
    "sweep": "sweeps.sweep",
    "SweepResult": "sweeps.measurement",
}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module 'rnn_engine' has no attribute '{name}'")
    value = getattr(import_module(f"rnn_engine.{_NEEDS_TORCH[name]}"), name)
    globals()[name] = value
    return value
