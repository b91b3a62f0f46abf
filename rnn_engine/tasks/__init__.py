"""What to learn. Every task is a value: frozen, validated, JSON both ways."""

from rnn_engine.tasks.base import Split, Task, evenly_spaced, split
from rnn_engine.tasks.series import SeriesTask
from rnn_engine.tasks.sine import SineTask
from rnn_engine.tasks.text import TextTask

__all__ = ["SeriesTask", "SineTask", "Split", "Task", "TextTask", "evenly_spaced", "split"]
