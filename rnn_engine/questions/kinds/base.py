"""What a question is: a frozen value whose class names the type of its answer.

`Registry.probe` and `Registry.ask` return the type in the brackets, so an editor and mypy follow a question from the
page to the engine, and its answer back.
"""

from typing import Generic, TypeVar

Answer = TypeVar("Answer", covariant=True)


class Question(Generic[Answer]):
    """A question about networks that are not being trained, for `Registry.probe`."""


class RunQuestion(Generic[Answer]):
    """A question about a run's network as it stands, for `Registry.ask`."""
