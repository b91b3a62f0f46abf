"""The tasks that the benches offer, a record each, and their floors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playground.language.i18n import N_, _
from rnn_engine import AddingTask, CopyTask, EchoTask, Experiment, SineTask, TemporalOrderTask
from rnn_engine.experiment import AnyTask
from rnn_engine.tasks.base import LossOn

TaskName = Literal["adding", "temporal_order", "echo", "copy", "sine"]


@dataclass(frozen=True)
class Offer:
    """A task as the benches offer it."""

    title: str
    over: Callable[[int], AnyTask]  # the task over so many timesteps, as far back as it can ask for
    asks: str  # what is asked, and what the floor stands for
    loss_on: LossOn = "last"  # all timesteps only where it must
    embedding_size: int | None = None  # where the network's own is not the best


def _copy(timesteps: int) -> CopyTask:
    length = max(1, min(10, (timesteps - 1) // 3))
    return CopyTask(length=length, delay=max(1, timesteps - 2 * length))


OFFERS: dict[TaskName, Offer] = {
    "adding": Offer(
        AddingTask.title,
        lambda timesteps: AddingTask(),
        N_(
            "Adding: of {length} random numbers two are marked; the answer is their sum. Always answering 1 costs 1/6, the floor."
        ),
    ),
    "temporal_order": Offer(
        TemporalOrderTask.title,
        lambda timesteps: TemporalOrderTask(),
        N_(
            "Temporal order: two of {length} symbols matter, one early, one in the middle; the answer is which they were, in "
            "their order. Guessing costs ln 4, the floor."
        ),
        embedding_size=6,  # as there are symbols: with more numbers a symbol the simple RNN hardly learns it (measured)
    ),
    "echo": Offer(
        EchoTask.title,
        lambda timesteps: EchoTask(delay=timesteps - 1),
        N_(
            "Delayed echo: the answer is the first of {length} random numbers. Always answering 0 costs {floor:.3g}, the floor."
        ),
    ),
    "copy": Offer(
        CopyTask.title,
        _copy,
        N_(
            "Copying: say the first symbols again at the end of {length} timesteps. Who knows when but not what pays {floor:.3g}, the floor."
        ),
        loss_on="all",
    ),
    "sine": Offer(
        N_("Sine wave"),
        lambda timesteps: SineTask(length=max(1000, 3 * timesteps)),
        N_(
            "A sine cannot show memory: two values suffice to continue it, since $x_{{t+1}} = 2\\cos(\\Delta)\\,x_t - x_{{t-1}}$."
        ),
    ),
}

#: What the tasks are called.
TASK_WORDS: dict[str, str] = {name: offer.title for name, offer in OFFERS.items()}


def task_named(name: TaskName, sequence_length: int) -> AnyTask:
    """The task over so many timesteps, as far back as it can ask for."""
    return OFFERS[name].over(sequence_length)


def floor_of(experiment: Experiment) -> float | None:
    """The loss of the best answer without memory; None for a task that needs none."""
    return experiment.task.floor(experiment.training.sequence_length, experiment.training.loss_on)


def what_is_asked(name: TaskName, experiment: Experiment) -> str:
    """One sentence: the task, and what the floor stands for."""
    floor = floor_of(experiment)
    return _(OFFERS[name].asks).format(length=experiment.training.sequence_length, floor=floor or 0)
