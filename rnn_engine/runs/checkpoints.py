"""A run's checkpoints: many of the recent past, few of the distant past, so that a run can go on from any of it."""

from bisect import bisect_right
from typing import NamedTuple

MOST = 40  # checkpoints of a run
MOST_BYTES = 4_000_000  # of all checkpoints of a run together; the newest is kept whatever its size


class Checkpoint(NamedTuple):
    """A trainer as it was after `step` steps: see `Trainer.checkpoint`."""

    step: int
    content: bytes


class Checkpoints:
    """Checkpoints in the order of their steps. Not locked: the run that owns them sees to that."""

    def __init__(self) -> None:
        self._kept: list[Checkpoint] = []

    @property
    def newest(self) -> Checkpoint | None:
        """The last checkpoint: where a run goes on after its worker died."""
        return self._kept[-1] if self._kept else None

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of which there are checkpoints."""
        return tuple(kept.step for kept in self._kept)

    def before(self, step: int) -> Checkpoint | None:
        """The last checkpoint at or before `step`; None where a run has to begin at its first step."""
        place = bisect_right(self.steps, step)
        return self._kept[place - 1] if place else None

    def keep(self, step: int, content: bytes) -> None:
        """Keep a checkpoint; those of the same step and of later ones are another course of training and go."""
        self._kept = [*(kept for kept in self._kept if kept.step < step), Checkpoint(step, content)]
        while len(self._kept) > 1 and (len(self._kept) > MOST or self._bytes > MOST_BYTES):
            del self._kept[self._least_missed()]

    @property
    def _bytes(self) -> int:
        return sum(len(kept.content) for kept in self._kept)

    def _least_missed(self) -> int:
        """The place of the checkpoint whose absence leaves the smallest gap for its age; never the newest."""
        steps = (0, *self.steps)
        now = steps[-1]
        gaps = [(steps[i + 1] - steps[i - 1]) / (now - steps[i]) for i in range(1, len(steps) - 1)]
        return gaps.index(min(gaps))
