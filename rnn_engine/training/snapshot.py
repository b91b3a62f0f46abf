"""What a run shows of itself at one step: plain values only, which any process or page can hold."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnn_engine.measures.gradient_flow import GradientFlow
from rnn_engine.training.optimizers import Clipped


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run at one step, in plain values. Losses are in the task's own units squared, or in nats for tokens.

    What is not finite is None.
    """

    step: int  # steps done
    epoch: float  # step / steps per epoch
    loss: float | None  # of the last training batch
    train_loss: float | None  # mean over the epoch's batches so far
    test_loss: float | None  # of the test windows looked at, with the present weights; None without any
    test_accuracy: float | None  # share of those windows' targets whose class has the largest output; None for values
    gradient_norm: float | None  # of the last training batch, over all parameters, before clipping
    clipped: Clipped | None  # what clipping left of it
    clipped_share: float | None  # of all steps so far, those whose gradient was clipped
    gradient_flow: GradientFlow | None  # of the last training batch; None before the first step
    prediction: npt.NDArray[np.float64] | None  # (windows,), at the last timestep, original units; not for tokens
    predicted: npt.NDArray[np.int64] | None  # (windows,), which element of the sequence each of them predicts
    learning_rate: float  # of the last step, the schedule's factor included
    clip_norm: float | None
    diverged: str | None  # what stopped being finite: "loss" or "gradient"
