"""What a run and a survey have in common: it plays and pauses, waits in the queue, is watched, and rests unwatched.

A registry, a stream and a page know nothing more of either. What is played differs: see `run.py` and `survey.py`.
"""

import threading
from collections.abc import Callable
from typing import Any, Literal

from rnn_engine.runs.books import Books, Viewer
from rnn_engine.runs.clock import Clock
from rnn_engine.runs.executors import WORKER_DIED
from rnn_engine.runs.slot import Slot
from rnn_engine.runs.worker import NotHeld

State = Literal["idle", "queued", "running", "paused", "finished", "diverged", "interrupted"]
Action = Literal["play", "pause", "none"]  # what a visitor can do next; "none": it has ended

LEASE = 10.0  # seconds of playing with nobody watching
MOST_CRASHES = 3  # of workers without progress between them, before the state is "interrupted"
SLOWEST_FLOPS = 2e9  # operations a second that a worker is trusted to manage before a call counts as hung


class Playable:
    """Something that workers advance, slice by slice. Every method may be called from any thread."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        ask_for_slot: Callable[["Playable"], None],
        gave_up_slot: Callable[["Playable"], None],
    ) -> None:
        self.id = name
        self.state: State = "idle"
        self.position = 0  # in the registry's queue, from 1; 0 when not queued
        self.version = 0  # grows with every change of the state
        self.used = clock.now()  # when somebody last played or watched it
        self.books = Books()
        self._clock = clock
        self._ask_for_slot, self._gave_up_slot = ask_for_slot, gave_up_slot
        self._lock = threading.RLock()
        self._playing = False
        self._active = False  # holds a place in the registry's count
        self._left_alone = False  # paused because nobody watched
        self._crashes = 0
        self._lease_ends = 0.0

    # What a run and a survey do in their own ways

    @property
    def step(self) -> int:
        """How far it is: steps trained, experiments measured."""
        raise NotImplementedError

    @property
    def slot(self) -> Slot | None:
        """The slot where it would best be placed again, if one is better than the others."""
        return None

    @property
    def movable(self) -> bool:
        """Whether another worker could go on without doing anything twice."""
        return True

    def _send(self) -> None:
        """Send the workers what is due, if anything is. Called without the lock."""
        raise NotImplementedError

    def _placed(self, slot: Slot) -> None:
        """Take note of the slot whose place was given."""

    @property
    def _can_rest(self) -> bool:
        """Whether a pause takes effect at once, since no worker is at it."""
        return self.state == "queued"

    # What visitors do

    def play(self) -> None:
        """Go on until paused or at the end."""
        with self._lock:
            self.used = self._clock.now()
            self._left_alone, self._crashes = False, 0
            if self.ended or self._playing:
                return
            self._playing = True
            if self._active:  # its last slice is still in flight: go on from there
                self._publish("running")
                return
            self._active = True
        self._ask_for_slot(self)

    def pause(self) -> None:
        """Go no further; `paused` is reported once no worker is at it."""
        with self._lock:
            self._playing, self._left_alone = False, False
            if self._can_rest:
                self._settle(self._at_rest)
        self._send()

    @property
    def ended(self) -> bool:
        """Whether it can go no further."""
        return self.state in ("finished", "diverged")

    @property
    def next_action(self) -> Action:
        """What a visitor can do next: the button to show."""
        return "none" if self.ended else "pause" if self._playing else "play"

    def attach(self, viewer: Viewer) -> None:
        """Begin to watch; what paused because nobody watched goes on."""
        with self._lock:
            self.books.viewers.add(viewer)
            self.used = self._clock.now()
            resume = self._left_alone
        if resume:
            self.play()

    def detach(self, viewer: Viewer) -> None:
        """Stop watching; after the lease what nobody watches pauses."""
        with self._lock:
            self.books.viewers.discard(viewer)
            self._renew_lease()

    @property
    def watched(self) -> bool:
        """Whether anybody watches."""
        return bool(self.books.viewers)

    def message(self, viewer: Viewer) -> dict[str, Any]:
        """What is new for a viewer, as plain values (see Books.news), and what the state is."""
        with self._lock:
            return {
                "run": self.id,
                "version": self.version,
                "state": self.state,
                "next": self.next_action,
                "position": self.position,
                **self.books.news(viewer),
            }

    # What the registry does

    def start_on(self, slot: Slot) -> None:
        """Begin: a place was found in this slot."""
        with self._lock:
            if not self._playing:
                self._settle(self._at_rest)
                return
            self._placed(slot)
            self.position = 0
            self._renew_lease()
            self._publish("running")
        self._send()

    def queue_at(self, position: int) -> None:
        """Wait; `position` others, this one included, are to start first."""
        with self._lock:
            if self._playing:  # it may have been paused since its position was counted
                self.position = position
                self._publish("queued")

    # For a run and a survey themselves; the lock is held

    @property
    def _at_rest(self) -> State:
        return "paused" if self.step else "idle"

    def _renew_lease(self) -> None:
        self._lease_ends = self._clock.now() + LEASE

    def _rest_if_unwatched(self) -> None:
        if self._playing and not self.watched and self._clock.now() >= self._lease_ends:
            self._playing, self._left_alone = False, True

    def _settle(self, state: State) -> None:
        """Come to rest and let another have the place."""
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


def is_mistake(error: BaseException | None) -> bool:
    """Whether an error of a call is a mistake in this program, and not a worker's death or an evicted trainer."""
    return error is not None and not isinstance(error, (*WORKER_DIED, NotHeld))
