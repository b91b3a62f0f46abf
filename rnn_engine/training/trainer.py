"""Training as a value that is stepped: the caller owns time, so pausing is not asking for the next step.

`train` is the whole story. A tier makes the steps (`tiers.py` says which): the reference in torch, which runs a batch
forward and back with `bptt.py`; its compiled twin (`kernels/`), which differs by rounding only; or, for a network that is
not recurrent, autograd. Every random number, first the initial weights and then each epoch's order, comes from one
generator per run; only generated examples are drawn from the seed and their own number. Knows nothing of screens or processes.
"""

import time
from collections.abc import Iterator
from math import cos, pi
from typing import Any, cast

import torch
from torch import Tensor

from rnn_engine.configs import TrainingConfig
from rnn_engine.experiment import Experiment
from rnn_engine.measures.gradient_flow import GradientFlow
from rnn_engine.network.building import build
from rnn_engine.network.recurrent import Network
from rnn_engine.network.subnormals import subnormals_are_zeros
from rnn_engine.plain import finite
from rnn_engine.training.checkpoint import Arrays, fill, fingerprint, pack, unpack
from rnn_engine.training.data import Data
from rnn_engine.training.data import scaling as scaling  # for who reads or writes original units
from rnn_engine.training.flat import FlatWeights
from rnn_engine.training.optimizers import OPTIMIZERS, Clipped
from rnn_engine.training.snapshot import Snapshot
from rnn_engine.training.tiers import TIERS, Made, Tier, check_tier, chosen_tier

LIVE = ("learning_rate", "clip_norm")  # settings that a trainer follows from the next step on


def train(
    experiment: Experiment, *, every: int | None = None, seconds: float | None = None, tier: Tier = "auto"
) -> Iterator[Snapshot]:
    """Train; yield a snapshot every so many steps or seconds (or each epoch) and after the last step."""
    if every is None and seconds is None:
        every = experiment.steps_per_epoch
    if every is not None and every < 1:
        raise ValueError(f"every must be at least 1 step, not {every}")
    trainer = Trainer(experiment, tier)
    seen = time.monotonic()
    while trainer.step():
        due = every is not None and trainer.step_number % every == 0
        due = due or (seconds is not None and time.monotonic() - seen >= seconds)
        if due and not trainer.finished:
            yield trainer.snapshot()
            seen = time.monotonic()
    yield trainer.snapshot()


class Trainer:
    """Trains the network of an experiment, one step at a time; the same experiment gives the same numbers.

    `tier` is how: "reference" in torch, "fast" compiled (waits for the compiler if need be), "autograd" for networks that
    are not recurrent, "auto" the quickest that can train the experiment and is ready (see `warm_up`). It never changes.
    Raises ValueError for a tier that cannot train the experiment, ImportError for "fast" where there is no numba.
    """

    def __init__(self, experiment: Experiment, tier: Tier = "auto") -> None:
        self.tier = chosen_tier(tier, [experiment])
        check_tier(self.tier, experiment)
        self.experiment = experiment
        self.live = experiment.training  # the same settings, with what `set` has changed
        self.step_number = 0  # steps done
        self.loss = float("nan")  # of the last training batch, in original units squared or nats
        self.gradient_norm: float | None = None  # of the last training batch, before clipping
        self.clipped: Clipped | None = None  # what clipping left of that gradient
        self.clipped_steps = 0  # steps whose gradient was clipped
        self.diverged: str | None = None  # "loss" or "gradient" once one of them is no longer finite
        self._generator = torch.Generator().manual_seed(experiment.training.seed)
        self.module = build(experiment, self._generator)
        self._data = Data(experiment)
        self._order = torch.empty(0, dtype=torch.int64)  # this epoch's training windows
        self._order_from = self._generator.get_state()  # the random state that drew it
        self._epoch_losses = 0.0, 0  # sum and count
        self._learning_rate: float | None = None  # of the last step
        self._windows: Tensor | None = None  # those of the last step
        self._flow: GradientFlow | None = None
        self._flat = FlatWeights(self.module)
        self._optimizer = OPTIMIZERS[experiment.training.optimizer](self._flat.values)
        self._tier, self._evaluator = self._made_tier()

    @property
    def network(self) -> Network:
        """The network that is trained, where it has hidden states: what everything that measures or continues them needs.

        Raises ValueError for one without; `module` is the network whatever its architecture.
        """
        if not self.experiment.network.has_states:
            raise ValueError(
                f"a network of the architecture {self.experiment.network.architecture!r} has no hidden states"
            )
        return cast(Network, self.module)

    @property
    def epoch(self) -> float:
        """Times that training has gone through its windows."""
        return self.step_number / self.experiment.steps_per_epoch

    @property
    def finished(self) -> bool:
        """Whether all epochs are done."""
        return self.step_number >= self.experiment.steps

    @property
    def gradient_flow(self) -> GradientFlow | None:
        """The last training batch's gradient flow, worked out when asked for; None before the first step."""
        if self._flow is None:
            self._flow = self._tier.flow(weight_parts=False)
        return self._flow

    def _flow_with_weight_parts(self) -> GradientFlow | None:
        """The gradient flow and, while the step's buffers still hold it, how dL/dW_hh is made up: slower."""
        if self._flow is None or self._flow.weight_parts is None:
            self._flow = self._tier.flow(weight_parts=True) or self._flow
        return self._flow

    def set(self, name: str, value: float | None) -> None:
        """Change a live setting, "learning_rate" or "clip_norm", from the next step on.

        Raises ValueError for any other name, and pydantic's, which is one too, for a value out of bounds.
        """
        if name not in LIVE:
            raise ValueError(f"{name!r} is not a live setting of training; those are {', '.join(LIVE)}")
        self.live = TrainingConfig.model_validate(self.live.model_dump() | {name: value})

    @subnormals_are_zeros()
    def step(self) -> bool:
        """Train on one batch. False, and nothing changes, once all epochs are done or training has diverged.

        A step whose loss or gradient is not finite, or that would make a weight so, is not made.
        """
        if self.finished or self.diverged:
            return False
        self._gather_weights()
        windows, rate = self._next_windows(), self._scheduled_rate()
        made = self._tier.step(windows, rate, self.live)
        if made.stopped in ("loss", "gradient"):
            return self._diverge(made.stopped)
        self._flow, self._windows, self._learning_rate = None, windows, rate
        self.loss, self.gradient_norm = made.loss * self._data.scaling.std**2, made.norm
        self.clipped = made.clipped
        if made.stopped == "step":
            self.diverged = "gradient"  # finite, but too large to step along
            return False
        self._epoch_losses = self._epoch_losses[0] + self.loss, self._epoch_losses[1] + 1
        self.clipped_steps += made.clipped.norm < made.norm
        self.step_number += 1
        return True

    @torch.no_grad()
    def snapshot(self, test_windows: int | None = None, weight_parts: bool = True) -> Snapshot:
        """The run as it stands; evaluates the whole test part, or at most so many evenly spaced windows.

        Without `weight_parts` it is left out how dL/dW_hh is made up, which is quicker.
        """
        tested = self._evaluator.test(self.module, test_windows)
        total, count = self._epoch_losses
        return Snapshot(
            step=self.step_number,
            epoch=self.epoch,
            loss=finite(self.loss),
            train_loss=finite(total / count) if count else None,
            test_loss=finite(tested.loss),
            test_accuracy=tested.accuracy,
            gradient_norm=self.gradient_norm,
            clipped=self.clipped,
            clipped_share=self.clipped_steps / self.step_number if self.step_number else None,
            gradient_flow=self._flow_with_weight_parts() if weight_parts else self.gradient_flow,
            prediction=tested.prediction,
            predicted=tested.predicted,
            learning_rate=self._scheduled_rate() if self._learning_rate is None else self._learning_rate,
            clip_norm=self.live.clip_norm,
            diverged=self.diverged,
        )

    @torch.no_grad()
    def probe(self) -> GradientFlow:
        """The gradient flow of the present weights on a batch that is always the same, to compare steps by."""
        return self._evaluator.probe(self.module)

    def _next_windows(self) -> Tensor:
        """Numbers of the next batch's windows: consecutive pieces of an order drawn anew for each epoch."""
        position = self.step_number % self.experiment.steps_per_epoch
        if position == 0:
            self._draw_order()
            self._epoch_losses = 0.0, 0
        size = self.experiment.training.batch_size
        return self._order[position * size : (position + 1) * size]

    def _draw_order(self) -> None:
        self._order_from = self._generator.get_state()
        self._order = self._data.order(self.step_number // self.experiment.steps_per_epoch, self._generator)

    def _scheduled_rate(self) -> float:
        """The learning rate of the next step."""
        if self.live.schedule == "constant":
            return self.live.learning_rate
        return self.live.learning_rate * 0.5 * (1 + cos(pi * self.step_number / self.experiment.steps))

    def _diverge(self, reason: str) -> bool:
        """Stop for good, at the last step's weights and with its measurements."""
        self.diverged = reason
        if self._windows is not None:  # the buffers now hold what diverged
            self._tier.repeat(self._windows)
        return False

    def _made_tier(self) -> Made:
        return TIERS[self.tier].make(self.experiment, self._data, self._flat, self._optimizer)

    def _gather_weights(self) -> None:
        """Take the weights where they are now, if somebody has moved them since the last step."""
        if self._flat.hold:
            return
        self._flow = self.gradient_flow
        self._flat = FlatWeights(self.module)
        for name, vector in self._optimizer.state.items():
            self._optimizer.state[name] = vector.to(self._flat.values.dtype)
        self._tier, self._evaluator = self._made_tier()

    def checkpoint(self) -> bytes:
        """Everything that `restore` needs to go on to the same numbers, bit for bit."""
        self._gather_weights()
        flow = self.gradient_flow
        position = self.step_number % self.experiment.steps_per_epoch
        random_state = self._order_from if position else self._generator.get_state()
        arrays: Arrays = {"weights": self._flat.values.numpy(), "random_state": random_state.numpy()}
        arrays |= {f"optimizer.{name}": vector.numpy() for name, vector in self._optimizer.state.items()}
        if flow is not None:
            arrays["flow.hidden"] = flow.hidden
            if flow.cell is not None:
                arrays["flow.cell"] = flow.cell
        header = {
            "experiment": fingerprint(self.experiment),
            "tier": self.tier,
            "step_number": self.step_number,
            "optimizer_steps": self._optimizer.steps,
            "live": {name: getattr(self.live, name) for name in LIVE},
            "epoch_losses": self._epoch_losses,
            "loss": self.loss,
            "gradient_norm": self.gradient_norm,
            "clipped": self.clipped,
            "clipped_steps": self.clipped_steps,
            "learning_rate": self._learning_rate,
            "diverged": self.diverged,
        }
        return pack(header, arrays)

    @classmethod
    @torch.no_grad()
    def restore(cls, experiment: Experiment, checkpoint: bytes) -> "Trainer":
        """The trainer of `experiment` as it stood when it gave `checkpoint`.

        Raises ValueError for bytes that are not a checkpoint, or are one of another experiment.
        """
        header, arrays = unpack(checkpoint)
        try:
            trainer = cls(experiment, header["tier"])
            if header["experiment"] != fingerprint(experiment):
                raise ValueError("The checkpoint belongs to another experiment.")
            trainer._load(header, arrays)
        except (KeyError, TypeError, RuntimeError) as error:
            raise ValueError("The checkpoint is incomplete.") from error
        return trainer

    def _load(self, header: dict[str, Any], arrays: Arrays) -> None:
        weights = torch.from_numpy(arrays["weights"])
        self.module.to(weights.dtype)
        self._gather_weights()
        fill(self._flat.values, weights)
        self._optimizer.steps = header["optimizer_steps"]
        for name, vector in self._optimizer.state.items():
            fill(vector, torch.from_numpy(arrays[f"optimizer.{name}"]))
        self.step_number = header["step_number"]
        self._generator.set_state(torch.from_numpy(arrays["random_state"]))
        if self.step_number % self.experiment.steps_per_epoch:
            self._draw_order()
        for name, value in header["live"].items():
            self.set(name, value)
        total, count = header["epoch_losses"]
        self._epoch_losses = total, count
        self.loss, self.gradient_norm = header["loss"], header["gradient_norm"]
        self.clipped = Clipped(*header["clipped"]) if header["clipped"] else None
        self.clipped_steps = header["clipped_steps"]
        self._learning_rate, self.diverged = header["learning_rate"], header["diverged"]
        if "flow.hidden" in arrays:
            loss_on = self.experiment.training.loss_on
            self._flow = GradientFlow(arrays["flow.hidden"], arrays.get("flow.cell"), loss_on)
