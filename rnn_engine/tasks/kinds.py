"""What a task declares: what its network reads at a timestep, and what it answers.

Nothing else in the engine asks which task it is: whatever reads tokens has an embedding, and whatever answers classes
has a cross-entropy, in any combination.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnn_engine.wording import N_


@dataclass(frozen=True)
class Values:
    """Numbers, so many at a timestep. As answers they are measured by the mean squared error."""

    size: int = 1


@dataclass(frozen=True)
class Tokens:
    """One symbol at a timestep, read as its number: its place among `names`."""

    names: tuple[str, ...]
    separator: str = " "  # what stands between two symbols where they are written as a text; between characters nothing
    unit: str = "symbol"  # what one of them is called in a script

    @property
    def size(self) -> int:
        """How many different symbols there are."""
        return len(self.names)

    def encode(self, text: str) -> npt.NDArray[np.int64]:
        """Tokens of `text`, one for each of its symbols; symbols that have no name here are left out."""
        token = {name: index for index, name in enumerate(self.names)}
        return np.array([token[unit] for unit in units_of(text, self.separator) if unit in token], dtype=np.int64)

    def unknown(self, text: str) -> tuple[str, ...]:
        """The distinct symbols of `text` that have no name here, in the order met."""
        known = set(self.names)
        return tuple(dict.fromkeys(unit for unit in units_of(text, self.separator) if unit not in known))

    def join(self, symbols: Iterable[str]) -> str:
        """The text that these symbols make."""
        return self.separator.join(symbols)


@dataclass(frozen=True)
class Classes:
    """One of several classes, by its number: its place among `names`. Measured by the cross-entropy, in `unit`."""

    names: tuple[str, ...]
    unit: str = N_("nats")

    @property
    def size(self) -> int:
        """How many classes there are."""
        return len(self.names)


def units_of(text: str, separator: str) -> Sequence[str]:
    """`text` cut into its symbols: at white space, or into characters where nothing stands between two symbols."""
    return text.split() if separator else text
