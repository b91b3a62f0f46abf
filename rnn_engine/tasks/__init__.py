"""What to learn. Every task is a value: frozen, validated, JSON both ways."""

from typing import Annotated

from pydantic import Field

from rnn_engine.tasks.agreement import AgreementTask
from rnn_engine.tasks.base import Split, Task, evenly_spaced, split
from rnn_engine.tasks.generated import Examples, GeneratedTask
from rnn_engine.tasks.memory import AddingTask, CopyTask, EchoTask, TemporalOrderTask
from rnn_engine.tasks.series import SeriesTask
from rnn_engine.tasks.sine import SineTask
from rnn_engine.tasks.text import TextTask
from rnn_engine.tasks.tokens import TokenTask
from rnn_engine.tasks.words import WordTask

#: Any task there is; its `kind` says which.
AnyTask = Annotated[
    SineTask | SeriesTask | TextTask | WordTask | AddingTask | CopyTask | TemporalOrderTask | EchoTask | AgreementTask,
    Field(discriminator="kind"),
]

__all__ = [
    "AddingTask",
    "AgreementTask",
    "AnyTask",
    "CopyTask",
    "EchoTask",
    "Examples",
    "GeneratedTask",
    "SeriesTask",
    "SineTask",
    "Split",
    "Task",
    "TemporalOrderTask",
    "TextTask",
    "TokenTask",
    "WordTask",
    "evenly_spaced",
    "split",
]
