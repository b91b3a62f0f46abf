"""A run's books: every loss it has had, its newest readings, and what each viewer has seen of them."""

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnn_engine.runs.worker import Slice

MESSAGE_LOSSES = 20_000  # losses in one message at most; a viewer that is behind gets several
MOST_LOOKS = 240  # kept of a run
LONG = frozenset({"gradient_flow", "weight_share", "prediction", "probe"})  # of a frame, not kept in looks


@dataclass(eq=False)
class Viewer:
    """Someone who watches a run; `wake` is called, from any thread, when there is something new."""

    wake: Callable[[], object]
    cursor: int = 0  # losses already sent
    tests: int = 0  # test losses already sent
    looked: int = -1  # step of the last look already sent
    removals: int | None = None  # how often looks had been removed by then


class Books:
    """What a run has recorded. Not locked: the run that owns them sees to that."""

    def __init__(self) -> None:
        self.step = 0
        self.losses = array("d")  # of each step's batch; NaN where it was not finite
        self.test_steps: list[int] = []
        self.test_losses: list[float] = []
        self.frame: dict[str, Any] = {"epoch": 0.0}
        self.looks: list[dict[str, Any]] = []  # gradients on a fixed batch, thinned, and the numbers of that step
        self.removals = 0  # how often looks were removed
        self.sample: str | None = None
        self.diverged: str | None = None
        self.viewers: set[Viewer] = set()

    def take_in(self, part: Slice) -> None:
        """Record what a slice brought."""
        self.losses += part.losses
        self.step = part.step
        self.frame = {**self.frame, **part.frame}
        self._keep_look(part.frame)
        test_loss = part.frame.get("test_loss")
        if test_loss is not None and (not self.test_steps or part.step > self.test_steps[-1]):
            self.test_steps.append(part.step)
            self.test_losses.append(test_loss)
        if part.sample is not None:
            self.sample = part.sample
        self.diverged = part.diverged

    def _keep_look(self, frame: dict[str, Any]) -> None:
        probe = frame.get("probe")
        if probe is None or (self.looks and frame["step"] <= self.looks[-1]["step"]):
            return
        numbers = {name: value for name, value in frame.items() if name not in LONG}
        self.looks.append({**numbers, "flow": probe["flow"], "horizon": probe["horizon"]})
        if len(self.looks) > MOST_LOOKS:
            del self.looks[1:-1:2]  # the first and the last stay
            self.removals += 1

    def rewind(self, step: int) -> None:
        """Go back to `step`; what came after it will be trained again, to the same numbers, and sent again."""
        if step >= self.step:
            return
        del self.losses[step:]
        while self.test_steps and self.test_steps[-1] > step:
            self.test_steps.pop()
            self.test_losses.pop()
        self.step = step
        self.looks = [look for look in self.looks if look["step"] <= step]
        self.removals += 1
        for viewer in self.viewers:
            viewer.cursor = min(viewer.cursor, step)
            viewer.tests = min(viewer.tests, len(self.test_steps))
            viewer.looked = min(viewer.looked, step)

    def news(self, viewer: Viewer) -> dict[str, Any]:
        """What is new for a viewer: it drops what it has from `first` (and `tests_first`) on, and appends.

        Of its looks it keeps those at the steps `looks_kept`, or all where that is None.
        """
        first, tests_first = viewer.cursor, viewer.tests
        losses = self.losses[first : first + MESSAGE_LOSSES]
        viewer.cursor = first + len(losses)
        viewer.tests = len(self.test_steps)
        looks_kept = None
        if viewer.removals != self.removals:
            looks_kept = [look["step"] for look in self.looks if look["step"] <= viewer.looked]
            viewer.removals = self.removals
        looks = [look for look in self.looks if look["step"] > viewer.looked]
        if looks:
            viewer.looked = looks[-1]["step"]
        return {
            "step": self.step,
            "first": first,
            "losses": [float(f"{loss:.6g}") if math.isfinite(loss) else None for loss in losses],
            "more": viewer.cursor < len(self.losses),
            "tests_first": tests_first,
            "test_steps": self.test_steps[tests_first:],
            "test_losses": self.test_losses[tests_first:],
            "frame": self.frame,
            "looks_kept": looks_kept,
            "looks": looks,
            "sample": self.sample,
            "diverged": self.diverged,
        }
