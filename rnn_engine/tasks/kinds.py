"""What a task declares: what its network reads at a timestep, and what it answers.

Nothing else in the engine asks which task it is: whatever reads tokens has an embedding, and whatever answers classes
has a cross-entropy, in any combination.
"""

from dataclasses import dataclass

from rnn_engine.wording import N_


@dataclass(frozen=True)
class Values:
    """Numbers, so many at a timestep. As answers they are measured by the mean squared error."""

    size: int = 1


@dataclass(frozen=True)
class Tokens:
    """One symbol at a timestep, read as its number: its place among `names`."""

    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many different symbols there are."""
        return len(self.names)


@dataclass(frozen=True)
class Classes:
    """One of several classes, by its number: its place among `names`. Measured by the cross-entropy, in `unit`."""

    names: tuple[str, ...]
    unit: str = N_("nats")

    @property
    def size(self) -> int:
        """How many classes there are."""
        return len(self.names)
