"""One experiment, trained from its start and measured: what a sweep does to each of many.

A measurement can be made in pieces, so that whoever shares a processor with others may take turns.
"""

import time
from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow
from rnn_engine.training.tiers import Tier
from rnn_engine.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What an experiment came to, in plain values. Losses are in the task's own units squared, or in nats for tokens.

    What is not finite, or was not measured, is None. Where `error` says something, nothing was measured at all.
    """

    index: int  # in the list that was swept
    experiment: Experiment
    tier: str  # that it ran on
    losses: npt.NDArray[np.float64]  # (steps,), of every step's batch
    train_loss: float | None = None  # mean over the last epoch's batches
    test_loss: float | None = None  # over the whole test part, with the last weights; None without any
    gradient_norm: float | None = None  # of the last step's batch, before clipping
    gradient_flow: GradientFlow | None = None  # of the last step's batch
    diverged: str | None = None  # what stopped being finite: "loss" or "gradient"
    error: str | None = None  # why it could not be measured: the exception's name and message

    @property
    def steps(self) -> int:
        """Steps done."""
        return len(self.losses)

    @property
    def per_step_factor(self) -> float | None:
        """r of the last step's batch (see `GradientFlow.per_step_factor`). After one step: of the untrained network."""
        return None if self.gradient_flow is None else self.gradient_flow.per_step_factor

    @property
    def cell_per_step_factor(self) -> float | None:
        """The same for dl/dc_t of an LSTM."""
        return None if self.gradient_flow is None else self.gradient_flow.cell_per_step_factor


class Measurement:
    """Trains an experiment for at most `steps` steps (None: all there are), in one go or in pieces.

    `tested`: whether the whole test part is evaluated at the end, which may take longer than many steps.
    """

    def __init__(
        self, experiment: Experiment, *, tier: Tier = "auto", steps: int | None = None, tested: bool = True
    ) -> None:
        self._trainer = Trainer(experiment, tier)
        self._steps = experiment.steps if steps is None else min(steps, experiment.steps)
        self._tested = tested
        self._losses = array("d")

    def go_on(self, seconds: float | None = None) -> bool:
        """Train on, for so many seconds at least one step; whether it is done."""
        began = time.monotonic()
        while len(self._losses) < self._steps and self._trainer.step():
            self._losses.append(self._trainer.loss)
            if seconds is not None and time.monotonic() - began >= seconds:
                break
        return len(self._losses) >= self._steps or self._trainer.diverged is not None

    def result(self, index: int = 0) -> SweepResult:
        """What has been measured so far."""
        snapshot = self._trainer.snapshot(None if self._tested else 0, weight_parts=False)
        return SweepResult(
            index=index,
            experiment=self._trainer.experiment,
            tier=self._trainer.tier,
            losses=np.array(self._losses, dtype=np.float64),
            train_loss=snapshot.train_loss,
            test_loss=snapshot.test_loss,
            gradient_norm=snapshot.gradient_norm,
            gradient_flow=snapshot.gradient_flow,
            diverged=snapshot.diverged,
        )


def failed(index: int, experiment: Experiment, tier: Any, error: BaseException) -> SweepResult:
    """The result of an experiment that could not be measured."""
    return SweepResult(index, experiment, tier, np.empty(0), error=f"{type(error).__name__}: {error}")
