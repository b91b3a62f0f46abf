"""Live changes of a run's settings: each takes effect at the first step of a slice, and is replayed at that step."""

from rnn_engine.experiment import LIVE_SETTINGS, Experiment
from rnn_engine.runs.worker import Change


class LiveChanges:
    """Every change as (step, name, value), and those that wait for the next slice."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._pending: dict[str, float | None] = {}
        self.made: list[Change] = []
        self.temperature = 0.8

    def set(self, name: str, value: float | None) -> None:
        """Change a setting from the next slice on; ValueError for one that is not live or a value that is not possible."""
        if name not in LIVE_SETTINGS:
            raise ValueError(f"{name} is not a live setting; these are: {', '.join(LIVE_SETTINGS)}")
        if self.value(name) == value:
            return
        if name == "temperature":
            self.temperature = value if value is not None else self.temperature
        else:
            self._experiment.with_settings(**{name: value})  # raises for a bad value
        self._pending[name] = value

    def value(self, name: str) -> float | None:
        """The newest value of a setting."""
        if name == "temperature":
            return self.temperature
        if name in self._pending:
            return self._pending[name]
        changed = (value for _, setting, value in reversed(self.made) if setting == name)
        return next(changed, getattr(self._experiment.training, name))

    def take_up(self, step: int) -> None:
        """Let what waits take effect at `step`."""
        self.made += [(step, name, value) for name, value in self._pending.items()]
        self._pending.clear()

    def since(self, step: int) -> tuple[Change, ...]:
        """The changes at `step` and later."""
        return tuple(change for change in self.made if change[0] >= step)
