"""Trains recurrent networks and measures their gradients. This file is the whole public API.

What needs torch is imported when it is first asked for, so that a server may describe experiments without loading it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rnn_engine.configs import NetworkConfig, TrainingConfig
from rnn_engine.experiment import Experiment
from rnn_engine.kernels import warm_up
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

if TYPE_CHECKING:
    from rnn_engine.forecasting import forecast as forecast
    from rnn_engine.generation import generate_text as generate_text
    from rnn_engine.measurement import SweepResult as SweepResult
    from rnn_engine.measuring import gradient_flow as gradient_flow
    from rnn_engine.spectra import jacobian_spectrum as jacobian_spectrum
    from rnn_engine.spectra import lyapunov_exponents as lyapunov_exponents
    from rnn_engine.spectra import set_spectral_radius as set_spectral_radius
    from rnn_engine.spectra import spectral_radius as spectral_radius
    from rnn_engine.sweeping import sweep as sweep
    from rnn_engine.training import Trainer as Trainer
    from rnn_engine.training import train as train
    from rnn_engine.trust import check_gradient_flow as check_gradient_flow

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
    "Trainer": "training",
    "train": "training",
    "gradient_flow": "measuring",
    "generate_text": "generation",
    "forecast": "forecasting",
    "jacobian_spectrum": "spectra",
    "lyapunov_exponents": "spectra",
    "spectral_radius": "spectra",
    "set_spectral_radius": "spectra",
    "check_gradient_flow": "trust",
    "sweep": "sweeping",
    "SweepResult": "measurement",
}


def __getattr__(name: str) -> Any:
    if name not in _NEEDS_TORCH:
        raise AttributeError(f"module 'rnn_engine' has no attribute '{name}'")
    value = getattr(import_module(f"rnn_engine.{_NEEDS_TORCH[name]}"), name)
    globals()[name] = value
    return value
