"""What a page asks about a run's network as it stands: plain values and arrays come out.

Runs in a slot's worker, since the server never loads torch; `without_a_run.py` has what is asked without a run.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rnn_engine.free_running.forecast import forecast
from rnn_engine.free_running.text import sample_text
from rnn_engine.questions.passage import forget_in, look_at
from rnn_engine.training.snapshot import finite
from rnn_engine.training.trainer import Trainer


def _forecast(trainer: Trainer, horizon: int) -> dict[str, Any]:
    answer = asdict(forecast(trainer, horizon=horizon))
    return {name: _plain(value) if hasattr(value, "tolist") else value for name, value in answer.items()}


def _plain(values: Any) -> list[float | None]:
    # Six digits are more than a chart can show, and half the bytes.
    return [finite(float(f"{value:.6g}")) for value in values]


def _generate(trainer: Trainer, **settings: Any) -> list[tuple[str, float, tuple[tuple[str, float], ...]]]:
    return [(each.character, each.probability, each.likely) for each in sample_text(trainer, **settings)]


def _look(trainer: Trainer, **settings: Any) -> dict[str, Any]:
    return {"step": trainer.step_number, **look_at(trainer, **settings)}


def _forget(trainer: Trainer, **settings: Any) -> dict[str, Any]:
    return {"step": trainer.step_number, **forget_in(trainer, **settings)}


#: What `Registry.ask` can ask, by name.
ANSWERS: dict[str, Callable[..., Any]] = {
    "forecast": _forecast,
    "generate": _generate,
    "look": _look,
    "forget": _forget,
}
