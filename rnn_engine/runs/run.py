"""A run: one experiment being trained, slice by slice, for whoever watches.

Its books (step, losses, readings) live in the server; its trainer lives in a slot's worker. At most one slice is in
flight; when it is back the run asks for the next. Losses are never dropped: a viewer has a cursor into them.
"""

import threading
from array import array
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Literal

from rnn_engine.experiment import Experiment
from rnn_engine.runs import worker
from rnn_engine.runs.books import Books, Viewer
from rnn_engine.runs.changes import LiveChanges
from rnn_engine.runs.clock import Clock
from rnn_engine.runs.pace import SLICE, Pace, lead_left
from rnn_engine.runs.slot import Slot
from rnn_engine.runs.worker import NotHeld, Order, Question, Slice

State = Literal["idle", "queued", "running", "paused", "finished", "diverged", "interrupted"]

LEASE = 10.0  # seconds that a run goes on with nobody watching
MOST_CRASHES = 3  # of one run without a step gained, before it counts as interrupted
SLOWEST_FLOPS = 2e9  # operations a second a worker is trusted to manage before a slice counts as hung


class Run:
    """One experiment's run. Every method may be called from any thread."""

    def __init__(
        self,
        run_id: str,
        experiment: Experiment,
        clock: Clock,
        ask_for_slot: Callable[["Run"], None],
        gave_up_slot: Callable[["Run"], None],
    ) -> None:
        self.id = run_id
        self.experiment = experiment
        self.state: State = "idle"
        self.position = 0  # in the queue, from 1; 0 when not queued
        self.books = Books()
        self.live = LiveChanges(experiment)
        self.mates: tuple[Run, ...] = ()  # train in step with these
        self.probing = False  # whether every look measures the gradient flow of a fixed batch
        self.pace = Pace()
        self.version = 0
        self.used = clock.now()
        self._clock = clock
        self._ask_for_slot = ask_for_slot
        self._gave_up_slot = gave_up_slot
        self._lock = threading.RLock()
        self._slot: Slot | None = None
        self._held_by: tuple[Slot, int] | None = None  # the worker that holds the trainer
        self._in_flight = self._playing = False
        self._active = False  # holds a place in the registry's count
        self._until: int | None = None  # pause at this step
        self._checkpoint: tuple[int, bytes] | None = None
        self._crashes = 0
        self._lease_ends = 0.0
        self._left_alone = False  # paused because nobody watched

    def play(self) -> None:
        """Train until paused or finished."""
        self._go(until=None)

    def advance(self, steps: int) -> None:
        """Train for so many steps, then pause."""
        self._go(until=self.step + steps)

    def pause(self) -> None:
        """Train no further; `paused` is reported once no slice is in flight."""
        with self._lock:
            self._playing, self._left_alone = False, False
            if self.state == "queued":
                self._settle("paused" if self.step else "idle")
        self._next()

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
        self._next()

    @property
    def step(self) -> int:
        """Steps trained."""
        return self.books.step

    @property
    def losses(self) -> "array[float]":
        """The loss of every step's batch."""
        return self.books.losses

    @property
    def ended(self) -> bool:
        """Whether no further step can be trained."""
        return self.state in ("finished", "diverged")

    @property
    def next_action(self) -> Literal["play", "pause", "none"]:
        """What a visitor can do next: the button to show."""
        return "none" if self.ended else "pause" if self._playing else "play"

    def attach(self, viewer: Viewer) -> None:
        """Begin to watch; a run that paused because nobody did goes on."""
        with self._lock:
            self.books.viewers.add(viewer)
            self.used = self._clock.now()
            resume = self._left_alone
        if resume:
            self.play()

    def detach(self, viewer: Viewer) -> None:
        """Stop watching; after the lease a run that nobody watches pauses."""
        with self._lock:
            self.books.viewers.discard(viewer)
            self._renew_lease()

    @property
    def watched(self) -> bool:
        """Whether anybody watches."""
        return bool(self.books.viewers)

    def message(self, viewer: Viewer) -> dict[str, Any]:
        """What is new for a viewer, as plain values (see Books.news), and how the run stands."""
        with self._lock:
            return {
                "run": self.id,
                "version": self.version,
                "state": self.state,
                "next": self.next_action,
                "position": self.position,
                "steps": self.experiment.steps,
                "rate": self.pace.rate,
                "time_left": self.pace.time_for(self.experiment.steps - self.step) if self.state == "running" else None,
                **self.books.news(viewer),
            }

    def start_on(self, slot: Slot) -> None:
        """Begin to train in this slot's worker."""
        with self._lock:
            if not self._playing:
                self._settle("paused" if self.step else "idle")
                return
            self._slot, self.position = slot, 0
            self.pace.begin(self._clock.now(), self.step)
            self._renew_lease()
            self._publish("running")
        self._next()

    def queue_at(self, position: int) -> None:
        """Wait; `position` runs, this one included, are to start first."""
        with self._lock:
            if self._playing:  # it may have been paused since its position was counted
                self.position = position
                self._publish("queued")

    def question(self, whole: bool) -> Question:
        """What a worker needs to answer for this run; `whole`: also if it does not hold the trainer."""
        with self._lock:
            if not whole:
                return Question(self.id)
            return Question(self.id, self.experiment, self._checkpoint[1] if self._checkpoint else None)

    @property
    def slot(self) -> Slot | None:
        """The slot whose worker holds the trainer, if one does."""
        held = self._held_by
        return held[0] if held is not None and held[1] == held[0].generation else None

    @property
    def movable(self) -> bool:
        """Whether another worker could go on without training anything twice."""
        return self.step == (self._checkpoint[0] if self._checkpoint else 0)

    def _go(self, until: int | None) -> None:
        with self._lock:
            self.used = self._clock.now()
            self._left_alone = False
            if self.ended:
                return
            self._until, self._crashes = until, 0
            if self._playing:
                return
            self._playing = True
            if self._active:  # its last slice is still in flight: go on from there
                self._publish("running")
                return
            self._active = True
        self._ask_for_slot(self)

    def _next(self) -> None:
        """Send the slice that is due, if any. The lock is not held while the slot takes it."""
        with self._lock:
            slot = self._slot
            if slot is None or self._in_flight or self.state != "running":
                return
            steps = 0
            if self._playing:
                now = self._clock.now()
                if now < self.pace.due:
                    self._clock.call_at(self.pace.due, self._next)
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
        if whole:
            self.books.rewind(self._checkpoint[0] if self._checkpoint else 0)
        return Order(
            run_id=self.id,
            step=None if whole else self.step,
            experiment=self.experiment if whole else None,
            checkpoint=self._checkpoint[1] if whole and self._checkpoint else None,
            changes=self.live.since(self.step),
            seconds=SLICE if self.step else SLICE / 4,  # the first point comes soon
            max_steps=max_steps,
            temperature=self.live.temperature,
            probing=self.probing,
            closing=closing,
        )

    def _returned(self, done: "Future[Slice]", slot: Slot, closing: bool) -> None:
        error = done.exception()
        ours = error is not None and not isinstance(error, BrokenProcessPool | NotHeld)
        with self._lock:
            self._in_flight = False
            if error is None:
                self._take_in(done.result(), slot, closing)
            else:
                self._held_by = None
                self._crashes += not isinstance(error, NotHeld)
                if ours or self._crashes >= MOST_CRASHES:
                    self._settle("interrupted")
        if ours:
            done.result()  # raises, and concurrent.futures logs it: a mistake of ours
        for run in (self, *self.mates):
            run._next()

    def _take_in(self, part: Slice, slot: Slot, closing: bool) -> None:
        self._held_by = (slot, slot.generation)
        if part.losses:
            self._crashes = 0
        self.books.take_in(part)
        if part.checkpoint is not None:
            self._checkpoint = (part.step, part.checkpoint)
        self.pace.measure(self._clock.now(), self.step)
        if part.diverged or part.finished:
            return self._settle("diverged" if part.diverged else "finished")
        if closing and (not self._playing or self._until == self.step):
            return self._settle("paused")
        if self._playing and not self.books.viewers and self._clock.now() >= self._lease_ends:
            self._playing, self._left_alone = False, True
        self._publish("running")

    def _renew_lease(self) -> None:
        self._lease_ends = self._clock.now() + LEASE

    def _settle(self, state: State) -> None:
        """Come to rest and let another run have the place."""
        self._playing, self.position = False, 0
        self._publish(state)
        if self._active:
            self._active = False
            self._gave_up_slot(self)

    def _publish(self, state: State) -> None:
        self.state = state
        self.version += 1
        for viewer in tuple(self.books.viewers):
            viewer.wake()
