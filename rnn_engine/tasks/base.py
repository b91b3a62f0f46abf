"""What every task has in common, and how windows and the split are counted. Knows nothing of torch."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from rnn_engine.tasks.kinds import Classes, Tokens, Values
from rnn_engine.wording import N_, problem

LossOn = Literal["last", "all"]

SCRIPT_WIDTH = 100  # of the lines that hold data in a script


class Task(BaseModel, ABC):
    """What to learn: one sequence, cut into windows whose next element is to be predicted.

    Or, for a `GeneratedTask`, examples without end, which have no sequence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    #: What tasks of this kind are called, in English.
    title: ClassVar[str]

    #: Whether there is a sequence, whose windows train and test, rather than examples that are drawn.
    has_sequence: ClassVar[bool] = True

    #: Whether values are standardised by the training part before a network reads them.
    standardised: ClassVar[bool] = False

    def __eq__(self, other: object) -> bool:
        # By the fields alone: pydantic would compare cached arrays, too, which have no truth value.
        if type(self) is not type(other):
            return False
        return all(getattr(self, name) == getattr(other, name) for name in type(self).model_fields)

    @abstractmethod
    def sequence(self, seed: int) -> npt.NDArray[np.float64] | npt.NDArray[np.int64]:
        """The whole sequence, shape (length,), in the task's own units: float64 values or int64 tokens."""

    @property
    @abstractmethod
    def sequence_size(self) -> int:
        """Number of elements of the sequence, known without making it."""

    @abstractmethod
    def script(self, seed: int) -> str:
        """Lines of a plain Python script that leave the sequence in `data`."""

    @property
    def reads(self) -> Values | Tokens:
        """What the network reads at one timestep."""
        return Values()

    @property
    def answers(self) -> Values | Classes:
        """What the network is to answer."""
        return Values()

    @property
    def output_size(self) -> int:
        """Numbers the readout gives for one timestep: the values of an answer, or one for each class."""
        return self.answers.size

    @property
    def vocabulary_size(self) -> int | None:
        """How many different tokens the network reads; None where it reads values."""
        return self.reads.size if isinstance(self.reads, Tokens) else None

    @property
    def answers_classes(self) -> bool:
        """Whether targets are classes (cross-entropy) rather than values (mean squared error)."""
        return isinstance(self.answers, Classes)

    @property
    def loss_unit(self) -> str:
        """What the loss is measured in, in English."""
        return self.answers.unit if isinstance(self.answers, Classes) else N_("mean squared error")

    @property
    def writes(self) -> Tokens | None:
        """The symbols with which a network continues a text; None for a task that is not to predict a text's next one."""
        return None

    @property
    def unequal(self) -> bool:
        """Whether its examples differ in length, or ask at some timesteps only, so that batches carry masks."""
        return False

    def floor(self, sequence_length: int, loss_on: LossOn) -> float | None:
        """The expected loss of the best answer that needs no memory, where it is known in closed form."""
        return None

    def split(self, sequence_length: int, batch_size: int, test_fraction: float, loss_on: LossOn) -> "Split":
        """Which windows train and which test."""
        return split(self.sequence_size, sequence_length, test_fraction, loss_on)

    def check(self, sequence_length: int, loss_on: LossOn) -> None:
        """Raise the problem, one of PROBLEMS, that makes the task impossible with these settings of training."""
        needed = sequence_length + 2
        if self.sequence_size < needed:
            raise problem(
                "sequence_too_short", given=self.sequence_size, needed=needed, sequence_length=sequence_length
            )


@dataclass(frozen=True)
class Split:
    """Which windows train and which test. Window i reads elements i .. i+T-1; its last target is element i+T.

    By time, never shuffled: no target of a test window lies in the training part. For a loss on all timesteps the
    windows that would break this, the first T - 1 after the training windows, belong to neither part. A generated
    task's windows are its examples: 0 .. train_windows - 1 are the first epoch's, and test examples count from below 0.
    """

    sequence_length: int
    train_windows: int  # windows 0 .. train_windows - 1
    test_start: int  # first test window
    test_windows: int  # 0: nothing is left to test with, and everything trains

    @property
    def training_part(self) -> int:
        """Number of leading elements that training sees, targets included."""
        return self.train_windows + self.sequence_length


def split(size: int, sequence_length: int, test_fraction: float, loss_on: LossOn) -> Split:
    """Split the `size - sequence_length` windows of a sequence by time.

    Training takes the first int((1 - test_fraction) * windows), at least one. Where no test window is left, or
    `test_fraction` is 0, every window trains.
    """
    windows = size - sequence_length
    train = max(1, int((1 - test_fraction) * windows))
    test_start = train if loss_on == "last" else train + sequence_length - 1
    if test_fraction == 0 or test_start >= windows:
        return Split(sequence_length, train_windows=windows, test_start=windows, test_windows=0)
    return Split(sequence_length, train, test_start, test_windows=windows - test_start)


def evenly_spaced(n: int, k: int) -> npt.NDArray[np.int64]:
    """At most `k` of the indices 0 .. n - 1, evenly spaced from the first to the last, shape (min(n, k),).

    Which test windows stand for all of them wherever the whole test part would take too long: one rule, so that a
    loss and the baselines beside it are measured on the same windows.
    """
    if k >= n:
        return np.arange(n, dtype=np.int64)
    return np.linspace(0, n - 1, k).round().astype(np.int64)
