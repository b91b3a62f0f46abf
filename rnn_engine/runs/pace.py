"""How fast a run may go, and how fast it does."""

from collections.abc import Iterable
from typing import Protocol

SLICE = 0.05  # seconds of training in one slice
LEAD = 25  # steps a run may lead its slowest mate by


class Mate(Protocol):
    """A run that another trains in step with."""

    @property
    def step(self) -> int: ...
    @property
    def state(self) -> str: ...


def lead_left(step: int, mates: Iterable[Mate]) -> float:
    """Steps that a run at `step` may go before it waits for `mates`.

    Those that rest or have ended hold nobody up, nor do those in the queue: they may be waiting for this run's place.
    """
    behind = [mate.step for mate in mates if mate.state == "running"]
    return max(0, min(behind) + LEAD - step) if behind else float("inf")


class Pace:
    """Spreads steps over time: so many a second, or as many as possible (None). Times are the run's clock's."""

    def __init__(self) -> None:
        self.steps_per_second: float | None = None
        self.due = 0.0  # when the next slice may begin
        self.rate: float | None = None  # steps a second, lately
        self._since = (0.0, 0)

    def begin(self, now: float, step: int) -> None:
        """Start to count anew, from `step`."""
        self.due = now
        self._since = (now, step)

    def slice(self, now: float) -> int:
        """Steps of the slice that begins now; the one after it is due when their time is over."""
        if self.steps_per_second is None:
            return 1_000_000  # the slice ends by its time
        steps = max(1, round(self.steps_per_second * SLICE))
        self.due = max(self.due, now - SLICE) + steps / self.steps_per_second
        return steps

    def time_for(self, steps: int) -> float | None:
        """Seconds that so many steps take at the present rate, if there is one."""
        return steps / self.rate if self.rate else None

    def measure(self, now: float, step: int) -> None:
        """Take note of how far the run is."""
        since, before = self._since
        if now - since > 0.5:
            self.rate = max(0.0, (step - before) / (now - since))
        if now - since > 3:
            self._since = (now, step)
