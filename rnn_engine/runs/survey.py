"""A survey: many experiments, each trained a few steps and measured, for whoever watches the readings come in.

To a registry, a stream and a page it is like a run: it waits in the same queue, plays, pauses, and rests when nobody
watches. Its workers keep nothing that could not be measured again, so one that dies costs only what it was at.
"""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Any

from rnn_engine.experiment import Experiment
from rnn_engine.runs import survey_worker
from rnn_engine.runs.books import Viewer
from rnn_engine.runs.clock import Clock
from rnn_engine.runs.pace import SLICE
from rnn_engine.runs.playable import MOST_CRASHES, SLOWEST_FLOPS, Playable, State, is_mistake
from rnn_engine.runs.slot import Slot
from rnn_engine.runs.survey_worker import Measured, Portion, Reading
from rnn_engine.training.tiers import Tier

PORTION = SLICE  # seconds of measuring in one call: a run's turn, so that neither waits long for the other
PUBLISH_EVERY = 0.15  # seconds from one message to the next, at least: every message holds all readings
MOST_AT_ONCE = 64  # experiments sent in one call

Readings = Sequence[Reading | None]


class Survey(Playable):
    """Measures `experiments` in their order. Every method may be called from any thread.

    `frame_of` turns the readings so far into what viewers are sent; `about` says what the survey is of.
    """

    def __init__(
        self,
        name: str,
        experiments: Sequence[Experiment],
        steps: int,
        about: Hashable,
        frame_of: Callable[[Readings], dict[str, Any]],
        clock: Clock,
        slots: Sequence[Slot],
        ask_for_slot: Callable[[Playable], None],
        gave_up_slot: Callable[[Playable], None],
    ) -> None:
        super().__init__(name, clock, ask_for_slot, gave_up_slot)
        self.experiments = tuple(experiments)
        self.steps = steps
        self.about = about
        self.readings: list[Reading | None] = [None] * len(self.experiments)
        self.tier: Tier = "auto"  # from the first readings on the tier of all
        self._frame_of = frame_of
        self._slots = tuple(slots)
        self._todo = deque(range(len(self.experiments)))
        self._begun: dict[Slot, int] = {}  # half measured there
        self._in_flight: set[Slot] = set()
        self._at_once = 2  # experiments in the next call: as many as there is time for, and some to spare
        self._published = 0.0
        self._fresh = True  # readings that no frame holds yet
        self._patience = 30 + max((each.cost.flops for each in self.experiments), default=0) / SLOWEST_FLOPS

    @property
    def step(self) -> int:
        """Experiments measured."""
        return sum(reading is not None for reading in self.readings)

    @property
    def _can_rest(self) -> bool:
        return super()._can_rest or (self.state == "running" and not self._in_flight)

    def message(self, viewer: Viewer) -> dict[str, Any]:
        """How the survey stands, in the form of a run's message: its frame holds all readings so far."""
        with self._lock:
            return {**super().message(viewer), "steps": len(self.experiments), "step": self.step}

    def _send(self) -> None:
        for slot in self._slots:  # in every slot, whichever the place was found in
            self._next(slot)

    def _next(self, slot: Slot) -> None:
        """Send this slot its next call, if there is anything to do and none is there. The lock is not held meanwhile."""
        with self._lock:
            if self.state != "running" or not self._playing or slot in self._in_flight:
                return
            if self.tier == "auto" and self._in_flight:  # the first readings decide for all
                return
            places = self._take(slot)
            if not places:
                return
            self._in_flight.add(slot)
            experiments = tuple((place, self.experiments[place]) for place in places)
            portion = Portion(self.id, experiments, self.steps, self.tier, PORTION)
        future = slot.submit(survey_worker.measure, portion, patience=self._patience)
        future.add_done_callback(lambda done: self._returned(done, slot, places))

    def _take(self, slot: Slot) -> list[int]:
        begun = self._begun.pop(slot, None)
        places = [] if begun is None else [begun]
        share = -(-len(self._todo) // len(self._slots))  # so that no slot is idle at the end
        places.extend(self._todo.popleft() for _ in range(min(share, self._at_once - len(places))))
        return places

    def _returned(self, done: "Future[Measured]", slot: Slot, places: list[int]) -> None:
        error = done.exception()
        mistake = is_mistake(error)
        with self._lock:
            self._in_flight.discard(slot)
            if error is None:
                self._take_in(done.result(), slot, places)
            else:
                self._todo.extendleft(reversed(places))
                self._crashes += 1
            interrupted = mistake or self._crashes >= MOST_CRASHES
            if not self._in_flight or interrupted:
                self._rest(interrupted)
        if mistake:
            done.result()  # raises, and concurrent.futures logs it
        self._send()

    def _take_in(self, measured: Measured, slot: Slot, places: list[int]) -> None:
        self.tier = measured.tier
        for place, reading in measured.readings.items():
            self.readings[place] = reading
        left = [place for place in places if place not in measured.readings]
        if left:
            self._begun[slot] = left[0]
            self._todo.extendleft(reversed(left[1:]))
        if measured.readings:
            self._crashes = 0
            self._at_once = min(MOST_AT_ONCE, 2 * len(measured.readings) + 1)
            self._fresh = True
        self._rest_if_unwatched()
        if self.state == "running" and self._clock.now() - self._published >= PUBLISH_EVERY:
            self._publish("running")

    def _rest(self, interrupted: bool) -> None:
        """Come to rest if there is nothing more to do now."""
        if self.state != "running":
            return
        if self.step == len(self.experiments):
            self._settle("finished")
        elif interrupted:
            self._settle("interrupted")
        elif not self._playing:
            self._settle("paused")

    def _publish(self, state: State) -> None:
        self._published = self._clock.now()
        if self._fresh:
            self.books.frame, self._fresh = self._frame_of(self.readings), False
        super()._publish(state)
