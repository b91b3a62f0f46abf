"""The tasks that a bench offers, by name, and their floors."""

from typing import Literal

from playground.language.i18n import _
from rnn_engine import AddingTask, CopyTask, EchoTask, Experiment, SineTask, TemporalOrderTask
from rnn_engine.experiment import AnyTask
from rnn_engine.tasks.base import LossOn

TaskName = Literal["adding", "temporal_order", "echo", "copy", "sine"]

#: What the tasks are called.
TASK_WORDS: dict[str, str] = {
    "adding": AddingTask.title,
    "temporal_order": TemporalOrderTask.title,
    "echo": EchoTask.title,
    "copy": CopyTask.title,
}


def task_named(name: TaskName, sequence_length: int) -> AnyTask:
    """The task over so many timesteps, as far back as it can ask for."""
    if name == "adding":
        return AddingTask()
    if name == "temporal_order":
        return TemporalOrderTask()
    if name == "echo":
        return EchoTask(delay=sequence_length - 1)
    if name == "copy":
        length = max(1, min(10, (sequence_length - 1) // 3))
        return CopyTask(length=length, delay=max(1, sequence_length - 2 * length))
    return SineTask(length=max(1000, 3 * sequence_length))


def loss_for(name: TaskName) -> LossOn:
    """Where the task has its loss: on all timesteps only where it must."""
    return "all" if name == "copy" else "last"


def embedding_for(name: TaskName) -> int | None:
    """As many numbers a symbol as temporal order has symbols: with more the simple RNN hardly learns it (measured)."""
    return 6 if name == "temporal_order" else None


def floor_of(experiment: Experiment) -> float | None:
    """The loss of the best answer without memory; None for a task that needs none."""
    return experiment.task.floor(experiment.training.sequence_length, experiment.training.loss_on)


def what_is_asked(name: TaskName, experiment: Experiment) -> str:
    """One sentence: the task, and what the floor stands for."""
    length, floor = experiment.training.sequence_length, floor_of(experiment)
    sentences = {
        "adding": _(
            "Adding: of {length} random numbers two are marked; the answer is their sum. Always answering 1 costs 1/6, the floor."
        ),
        "temporal_order": _(
            "Temporal order: two of {length} symbols matter, one early, one in the middle; the answer is which they were, in "
            "their order. Guessing costs ln 4, the floor."
        ),
        "echo": _(
            "Delayed echo: the answer is the first of {length} random numbers. Always answering 0 costs {floor:.3g}, the floor."
        ),
        "copy": _(
            "Copying: say the first symbols again at the end of {length} timesteps. Who knows when but not what pays {floor:.3g}, the floor."
        ),
        "sine": _(
            "A sine cannot show memory: two values suffice to continue it, since $x_{{t+1}} = 2\\cos(\\Delta)\\,x_t - x_{{t-1}}$."
        ),
    }
    return sentences[name].format(length=length, floor=floor or 0)
