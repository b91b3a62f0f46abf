"""The runs that a page holds in one visit: what each is of, which are on the screen, and what was pressed last."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from playground.live.channel import Channel
from playground.running.registry import open_registry
from playground.visit import memory_of, visit
from rnn_engine.runs import Playable, Run

Held = TypeVar("Held", bound=Playable)


@dataclass
class HeldRuns(Generic[Held]):
    """Runs of one kind, by what they are of: in a visit the same experiment, or survey, is the same run."""

    kind: type[Held]
    ids: dict[Hashable, str] = field(default_factory=dict)
    channel: Channel = field(default_factory=Channel)  # what the page's stream shows
    shown: tuple[str, ...] = ()  # the ids of the runs on the screen
    action: str | None = None  # what was pressed
    cleared: int = 0  # how often the previous run's pale curves were taken away
    left: bool = False  # whether a change of settings has left a run behind

    def press(self, action: str) -> None:
        """Remember what was pressed until the settings are known; for a button's callback."""
        self.action = action

    def take_action(self) -> str | None:
        """What was pressed since this was last asked."""
        action, self.action = self.action, None
        return action

    def find(self, what: Hashable) -> Held | None:
        """The run of this, if there is one."""
        return self.find_id(self.ids.get(what))

    def find_id(self, run_id: str | None) -> Held | None:
        """The run with this id, if the server still has it."""
        return open_registry().find(run_id, self.kind) if run_id else None

    def hold(self, what: Hashable, run: Held) -> Held:
        """Take a run to be the one of this."""
        self.ids[what] = run.id
        return run

    def adopt(self, run_id: str, what_of: Callable[[Held], Hashable]) -> Held | None:
        """Hold the run that a link names, as the one of what it is of; None if this server does not have it."""
        run = self.find_id(run_id)
        return None if run is None else self.hold(what_of(run), run)

    def forget(self, what: Hashable) -> None:
        """Pause the run of this, and let the next one be new."""
        run = self.find(what)
        if run is not None:
            run.pause()
        self.ids.pop(what, None)

    def show(self, *runs: Held | None) -> None:
        """Have these on the screen from now on, and stream them."""
        self.leave_all_but(*runs)
        self.channel.show(*runs)

    def leave_all_but(self, *runs: Held | None) -> None:
        """Have these on the screen from now on; a run that is left behind pauses, since nobody looks at it."""
        here = tuple(run.id for run in runs if run is not None)
        for run_id in self.shown:
            left = None if run_id in here else self.find_id(run_id)
            if left is not None:
                left.pause()
        self.shown = here


def held_runs(page: str, kind: type[Held]) -> HeldRuns[Held]:
    """The runs that this visit holds on a page."""
    memory = memory_of(page)
    if memory.runs is None:
        memory.runs = HeldRuns(kind)
    return memory.runs


def runs_of_the_visit() -> Iterator[Run]:
    """The runs that have begun, on whichever page of this visit; each once."""
    held = [memory.runs for memory in visit().pages.values() if memory.runs is not None and memory.runs.kind is Run]
    for run_id in dict.fromkeys(run_id for runs in held for run_id in runs.ids.values()):
        run = open_registry().find(run_id)
        if run is not None and (run.step or run.next_action == "pause"):
            yield run
