"""Tasks without a sequence: examples are drawn when they are needed, as many as training asks for.

Nothing is stored, and nothing is seen twice, so a network cannot learn examples by heart: the training loss is already
that of new examples. An "epoch" is 100 batches. The test part is 1,000 examples, drawn from random numbers of their own.
Knows nothing of torch.
"""

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from rnn_engine.tasks.base import LossOn, Split, Task
from rnn_engine.wording import problem

BATCHES_PER_EPOCH = 100
TEST_EXAMPLES = 1_000

#: What the random numbers are for: a word of their seed, so that training and testing never draw the same ones.
_TRAINING, _TESTING = 1, 2


class Examples(NamedTuple):
    """Some examples. T timesteps, B examples; time first."""

    inputs: npt.NDArray[Any]  # values (T, B, features) float64, or tokens (T, B) int64
    targets: npt.NDArray[Any]  # values (B, size) or classes (B,); for a loss on all timesteps with T in front
    real: npt.NDArray[np.bool_] | None = None  # (T, B), which timesteps are the example's own, first ones; None: all
    asked: npt.NDArray[np.bool_] | None = None  # (T, B), where answers count for a loss on all timesteps; None: if real


class GeneratedTask(Task):
    """What to learn: a question about a random sequence, and its answer.

    Training examples have the running numbers 0, 1, 2, ...; those of the test part -1000 .. -1. A batch is drawn
    from the seed and its first example's number alone, so it can be drawn again at any time.
    """

    has_sequence: ClassVar[bool] = False

    #: Where the task has targets, and so where the loss can be.
    losses: ClassVar[tuple[LossOn, ...]]

    @abstractmethod
    def draw(self, random: np.random.Generator, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        """`count` examples of `sequence_length` timesteps, with random numbers from `random` alone."""

    @abstractmethod
    def floor(self, sequence_length: int, loss_on: LossOn) -> float:
        """The expected loss of the best answer that needs no memory: a network below it remembers something."""

    def check(self, sequence_length: int, loss_on: LossOn) -> None:
        if loss_on not in self.losses:
            raise problem(f"{self.losses[0]}_only")
        if sequence_length < self.shortest:
            raise problem("generated_too_short", given=sequence_length, needed=self.shortest)

    @property
    def shortest(self) -> int:
        """The smallest sequence length that the task is possible with."""
        return 2

    def training_examples(self, seed: int, first: int, count: int, sequence_length: int, loss_on: LossOn) -> Examples:
        """The batch of `count` examples that begins with number `first`."""
        random = np.random.default_rng([seed, _TRAINING, first])
        return self.draw(random, count, sequence_length, loss_on)

    def test_examples(self, seed: int, sequence_length: int, loss_on: LossOn) -> Examples:
        """The whole test part, always the same for a seed: numbers -1000 .. -1."""
        return self.draw(np.random.default_rng([seed, _TESTING]), TEST_EXAMPLES, sequence_length, loss_on)

    def split(self, sequence_length: int, batch_size: int, test_fraction: float, loss_on: LossOn) -> Split:
        """An epoch's training examples and the test part; a test fraction has nothing to divide here."""
        return Split(
            sequence_length,
            train_windows=BATCHES_PER_EPOCH * batch_size,
            test_start=-TEST_EXAMPLES,
            test_windows=TEST_EXAMPLES,
        )

    def sequence(self, seed: int) -> npt.NDArray[np.float64] | npt.NDArray[np.int64]:
        """Raises ValueError: there is none."""
        raise ValueError(f"{type(self).__name__} draws its examples and has no sequence")

    @property
    def sequence_size(self) -> int:
        """Raises ValueError: there is no sequence."""
        return len(self.sequence(0))

    def script(self, seed: int) -> str:
        """Raises ValueError: there is no sequence that a script could make."""
        raise ValueError(f"{type(self).__name__} draws its examples and has no script")
