"""Measuring sides against each other: interleaved in one process, so that a busy machine troubles all of them alike.

A millisecond of one run means nothing in another; a ratio of two sides of the same round does.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

WARM_UP = 3  # calls of each side before anything counts
SHORTEST = 0.03  # seconds of work a side does in a round, at least


@dataclass(frozen=True)
class Spread:
    """What several rounds gave, in the order they were made."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        return cls(tuple(values))

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        low, high = np.percentile(self.values, (25, 75))
        return float(low), float(high)

    @property
    def largest(self) -> float:
        return max(self.values)


def ratio(numerator: Sequence[float], denominator: Sequence[float]) -> Spread:
    """Round by round, one side over the other."""
    return Spread.of(a / b for a, b in zip(numerator, denominator, strict=True))


def interleaved(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Processor seconds that one call of each side takes, one number a round.

    In every round each side works for SHORTEST or longer, and another side begins.
    """
    calls = {name: _calls_needed(side) for name, side in sides.items()}
    order = deque(sides)
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name in order:
            seconds[name].append(_time(sides[name], calls[name]) / calls[name])
        order.rotate(1)
    return seconds


def _calls_needed(side: Callable[[], object]) -> int:
    """Warms a side up, then finds how many calls of it last SHORTEST."""
    _time(side, WARM_UP)
    calls = 1
    while _time(side, calls) < SHORTEST:
        calls *= 2
    return calls


def _time(side: Callable[[], object], calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        side()
    return time.process_time() - began
