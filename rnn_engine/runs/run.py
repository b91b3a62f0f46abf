"""A run: one experiment being trained, slice by slice, for whoever watches.

Its books (step, losses, readings) live in the server; its trainer lives in a slot's worker. At most one slice is in
flight; when it is back the run asks for the next. Losses are never dropped: a viewer has a cursor into them.
"""

from array import array
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from rnn_engine.experiment import Experiment
from rnn_engine.runs import worker
from rnn_engine.runs.books import Viewer
from rnn_engine.runs.changes import LiveChanges
from rnn_engine.runs.checkpoints import Checkpoints
from rnn_engine.runs.clock import Clock
from rnn_engine.runs.pace import SLICE, Pace, lead_left
from rnn_engine.runs.playable import MOST_CRASHES, SLOWEST_FLOPS, Playable, is_mistake
from rnn_engine.runs.slot import Slot
from rnn_engine.runs.worker import NotHeld, Order, Slice, Subject


class Run(Playable):
    """One experiment's run. Every method may be called from any thread."""

    def __init__(
        self,
        name: str,
        experiment: Experiment,
        clock: Clock,
        ask_for_slot: Callable[[Playable], None],
        gave_up_slot: Callable[[Playable], None],
    ) -> None:
        super().__init__(name, clock, ask_for_slot, gave_up_slot)
        self.experiment = experiment
        self.live = LiveChanges(experiment)
        self.checkpoints = Checkpoints()
        self.mates: tuple[Run, ...] = ()  # train in step with these
        self.probing = False  # whether every look measures the gradient flow of a fixed batch
        self.pace = Pace()
        self._trains_on: Slot | None = None
        self._held_by: tuple[Slot, int] | None = None  # the worker that holds the trainer
        self._in_flight = False
        self._until: int | None = None  # pause at this step

    def play(self) -> None:
        """Train until paused or finished."""
        self._play_until(None)

    def advance(self, steps: int) -> None:
        """Train for so many steps, then pause."""
        self._play_until(self.step + steps)

    def _play_until(self, step: int | None) -> None:
        with self._lock:
            if not self.ended:
                self._until = step
        super().play()

    def set(self, name: str, value: float | None) -> None:
        """Change a live setting from the next slice on; ValueError for one that is not live or not possible."""
        with self._lock:
            self.live.set(name, value)

    def setting(self, name: str) -> float | None:
        """The newest value of a live setting."""
        with self._lock:
            return self.live.value(name)

    def set_pace(self, steps_per_second: float | None) -> None:
        """Steps a second from now on; None: as fast as possible."""
        with self._lock:
            if steps_per_second == self.pace.steps_per_second:
                return
            self.pace.steps_per_second = steps_per_second
            self.pace.begin(self._clock.now(), self.step)
        self._send()

    @property
    def step(self) -> int:
        """Steps trained."""
        return self.books.step

    @property
    def losses(self) -> "array[float]":
        """The loss of every step's batch."""
        return self.books.losses

    def message(self, viewer: Viewer) -> dict[str, Any]:
        """What is new for a viewer, as plain values (see Books.news), and how the run stands."""
        with self._lock:
            return {
                **super().message(viewer),
                "steps": self.experiment.steps,
                "rate": self.pace.rate,
                "time_left": self.pace.time_for(self.experiment.steps - self.step) if self.state == "running" else None,
            }

    def subject(self, whole: bool) -> Subject:
        """What a worker needs to answer for this run; `whole`: also if it does not hold the trainer."""
        with self._lock:
            if not whole:
                return Subject(self.id)
            newest = self.checkpoints.newest
            return Subject(self.id, self.experiment, newest and newest.content)

    @property
    def slot(self) -> Slot | None:
        """The slot whose worker holds the trainer, if one does."""
        held = self._held_by
        return held[0] if held is not None and held[1] == held[0].generation else None

    @property
    def movable(self) -> bool:
        """Whether another worker could go on without training anything twice."""
        newest = self.checkpoints.newest
        return self.step == (newest.step if newest else 0)

    def _placed(self, slot: Slot) -> None:
        self._trains_on = slot
        self.pace.begin(self._clock.now(), self.step)

    def _send(self) -> None:
        """Send the slice that is due, if any. The lock is not held while the slot takes it."""
        with self._lock:
            slot = self._trains_on
            if slot is None or self._in_flight or self.state != "running":
                return
            steps = 0
            if self._playing:
                now = self._clock.now()
                if now < self.pace.due:
                    self._clock.call_at(self.pace.due, self._send)
                    return
                steps = int(min(self.pace.slice(now), lead_left(self.step, self.mates)))
                if not steps:  # until the others have caught up
                    return
                if self._until is not None:
                    steps = max(0, min(steps, self._until - self.step))
                self.live.take_up(self.step)
            # The last slice before a pause trains no step that was not asked for, but looks and brings a checkpoint.
            closing = not self._playing or self._until == self.step + steps
            order = self._order(slot, steps, closing)
            self._in_flight = True
        patience = 5 + self.experiment.cost.flops / SLOWEST_FLOPS
        future = slot.submit(worker.advance, order, patience=patience)
        future.add_done_callback(lambda done: self._returned(done, slot, closing))

    def _order(self, slot: Slot, max_steps: int, closing: bool) -> Order:
        whole = self._held_by != (slot, slot.generation)  # else the worker holds the trainer
        newest = self.checkpoints.newest
        if whole:
            self.books.rewind(newest.step if newest else 0)
        return Order(
            run_id=self.id,
            step=None if whole else self.step,
            experiment=self.experiment if whole else None,
            checkpoint=newest.content if whole and newest else None,
            changes=self.live.since(self.step),
            seconds=SLICE if self.step else SLICE / 4,  # the first point comes soon
            max_steps=max_steps,
            temperature=self.live.temperature,
            probing=self.probing,
            closing=closing,
        )

    def _returned(self, done: "Future[Slice]", slot: Slot, closing: bool) -> None:
        error = done.exception()
        mistake = is_mistake(error)
        with self._lock:
            self._in_flight = False
            if error is None:
                self._take_in(done.result(), slot, closing)
            else:
                self._held_by = None
                self._crashes += not isinstance(error, NotHeld)
                if mistake or self._crashes >= MOST_CRASHES:
                    self._settle("interrupted")
        if mistake:
            done.result()  # raises, and concurrent.futures logs it
        for run in (self, *self.mates):
            run._send()

    def _take_in(self, part: Slice, slot: Slot, closing: bool) -> None:
        self._held_by = (slot, slot.generation)
        if part.losses:
            self._crashes = 0
        self.books.take_in(part)
        if part.checkpoint is not None:
            self.checkpoints.keep(part.step, part.checkpoint)
        self.pace.measure(self._clock.now(), self.step)
        if part.diverged or part.finished:
            return self._settle("diverged" if part.diverged else "finished")
        if closing and (not self._playing or self._until == self.step):
            return self._settle("paused")
        self._rest_if_unwatched()
        self._publish("running")
