"""Training as a value that is stepped: the caller owns time, so pausing is not asking for the next step.

`train` is the whole story. A step gathers a batch, runs the network over it and back (`unrolled.py`,
`bptt.py`), and moves all weights, which lie in one flat vector, by an optimiser's rule. Every random number,
first the initial weights and then each epoch's order, comes from one generator per run; only generated examples
are drawn from the seed and their own number. Knows nothing of screens or processes.
"""

import time
from collections.abc import Iterator
from math import cos, isfinite, pi
from typing import Any, Literal

import torch
from torch import Tensor

from rnn_engine.checkpoint import Arrays, fill, fingerprint, pack, unpack
from rnn_engine.configs import TrainingConfig
from rnn_engine.data import Data
from rnn_engine.data import scaling as scaling  # for who reads or writes original units
from rnn_engine.evaluation import Evaluator
from rnn_engine.experiment import Experiment
from rnn_engine.flat import FlatWeights
from rnn_engine.losses import loss_of
from rnn_engine.measuring import GradientFlow, flow_from
from rnn_engine.network import Network, NetworkWeights
from rnn_engine.optimizers import OPTIMIZERS, Clipped, clip
from rnn_engine.snapshot import Snapshot, finite
from rnn_engine.subnormals import subnormals_are_zeros
from rnn_engine.unrolled import Unrolled

Tier = Literal["auto", "reference"]
LIVE = ("learning_rate", "clip_norm")  # settings that a trainer follows from the next step on


def train(experiment: Experiment, *, every: int | None = None, seconds: float | None = None) -> Iterator[Snapshot]:
    """Train; yield a snapshot every so many steps or seconds (or each epoch) and after the last step."""
    if every is None and seconds is None:
        every = experiment.steps_per_epoch
    if every is not None and every < 1:
        raise ValueError(f"every must be at least 1 step, not {every}")
    trainer = Trainer(experiment)
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

    `tier` is how: "reference" is the only way there is so far, and what "auto" chooses.
    """

    def __init__(self, experiment: Experiment, tier: Tier = "auto") -> None:
        if tier not in ("auto", "reference"):
            raise ValueError(f"tier must be 'auto' or 'reference', not {tier!r}")
        self.tier = "reference"
        self.experiment = experiment
        self.live = experiment.training  # the same settings, with what `set` has changed
        self.step_number = 0  # steps done
        self.loss = float("nan")  # of the last training batch, in original units squared or nats
        self.gradient_norm: float | None = None  # of the last training batch, before clipping
        self.clipped: Clipped | None = None  # what clipping left of that gradient
        self.clipped_steps = 0  # steps whose gradient was clipped
        self.diverged: str | None = None  # "loss" or "gradient" once one of them is no longer finite
        self._generator = torch.Generator().manual_seed(experiment.training.seed)
        self.network = Network.of(experiment, self._generator)
        self._data = Data(experiment)
        self._evaluator = Evaluator(experiment, self._data)
        self._order = torch.empty(0, dtype=torch.int64)  # this epoch's training windows
        self._order_from = self._generator.get_state()  # the random state that drew it
        self._epoch_losses = 0.0, 0  # sum and count
        self._learning_rate: float | None = None  # of the last step
        self._windows: Tensor | None = None  # those of the last step
        self._flow: GradientFlow | None = None
        self._measured: Unrolled | None = None  # holds the last step's gradients at every timestep
        self._unrolled: dict[int, Unrolled] = {}  # by batch size: an epoch's last batch may be smaller
        self._flat = FlatWeights(self.network)
        self._optimizer = OPTIMIZERS[experiment.training.optimizer](self._flat.values)

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
        if self._flow is None and self._measured is not None:
            self._flow = flow_from(self._measured.totals(), self.experiment.training.loss_on)
        return self._flow

    def _flow_with_weight_parts(self) -> GradientFlow | None:
        """The gradient flow and, while the step's buffers still hold it, how dL/dW_hh is made up: slower."""
        flow = self.gradient_flow
        if flow is not None and flow.weight_parts is None and self._measured is not None:
            flow = self._flow = flow_from(self._measured.totals(), flow.loss_on, self._measured.weight_parts())
        return flow

    def set(self, name: str, value: float | None) -> None:
        """Change a live setting, "learning_rate" or "clip_norm", from the next step on.

        Raises ValueError for any other name, and pydantic's, which is one too, for a value out of bounds.
        """
        if name not in LIVE:
            raise ValueError(f"{name!r} is not a live setting of training; those are {', '.join(LIVE)}")
        self.live = TrainingConfig.model_validate(self.live.model_dump() | {name: value})

    @torch.no_grad()
    @subnormals_are_zeros()
    def step(self) -> bool:
        """Train on one batch. False, and nothing changes, once all epochs are done or training has diverged.

        A step whose loss or gradient is not finite, or that would make a weight so, is not made.
        """
        if self.finished or self.diverged:
            return False
        self._gather_weights()
        flat, windows = self._flat, self._next_windows()
        loss = self._forward_and_back(windows, flat.weights)
        if not isfinite(loss):
            return self._diverge("loss")
        norm = torch.linalg.vector_norm(flat.gradient, dtype=torch.float64).item()
        if not isfinite(norm):
            return self._diverge("gradient")
        self._flow, self._windows = None, windows
        self.loss, self.gradient_norm = loss * self._data.scaling.std**2, norm
        self.clipped = clip(flat.gradient, norm, self.live.clip_norm, self.live.clip_value)
        flat.before.copy_(flat.values)
        self._learning_rate = self._scheduled_rate()
        self._optimizer.step(flat.values, flat.gradient, self._learning_rate)
        if not isfinite(flat.values.sum(dtype=torch.float64).item()):
            flat.values.copy_(flat.before)
            self.diverged = "gradient"  # finite, but too large to step along
            return False
        self._epoch_losses = self._epoch_losses[0] + self.loss, self._epoch_losses[1] + 1
        self.clipped_steps += self.clipped.norm < norm
        self.step_number += 1
        return True

    @torch.no_grad()
    def snapshot(self, test_windows: int | None = None, weight_parts: bool = True) -> Snapshot:
        """The run as it stands; evaluates the whole test part, or at most so many evenly spaced windows.

        Without `weight_parts` it is left out how dL/dW_hh is made up, which is quicker.
        """
        tested = self._evaluator.look(self.network.weights(), test_windows)
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
        return self._evaluator.probe(self.network.weights())

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

    def _forward_and_back(self, windows: Tensor, weights: NetworkWeights) -> float:
        """Run a batch over the network and, if its loss is finite, back; returns the loss, as scaled."""
        if len(windows) not in self._unrolled:
            self._unrolled[len(windows)] = Unrolled.of(self.experiment, weights, batch=len(windows))
        unrolled = self._unrolled[len(windows)]
        batch = self._data.batch(windows, self._flat.values.dtype)
        loss, output_gradient = loss_of(unrolled.forward(weights, batch.inputs), batch.targets)
        value = loss.item()
        if isfinite(value):
            unrolled.backward(weights, self._flat.gradients, output_gradient)
            self._measured = unrolled
        return value

    def _scheduled_rate(self) -> float:
        """The learning rate of the next step."""
        if self.live.schedule == "constant":
            return self.live.learning_rate
        return self.live.learning_rate * 0.5 * (1 + cos(pi * self.step_number / self.experiment.steps))

    def _diverge(self, reason: str) -> bool:
        """Stop for good, at the last step's weights and with its measurements."""
        self.diverged = reason
        if self._flow is None:
            self._measured = None
            if self._windows is not None:  # the buffers now hold what diverged: repeat the step before it
                self._forward_and_back(self._windows, self._flat.weights_before)
        return False

    def _gather_weights(self) -> None:
        """Take the weights where they are now, if somebody has moved them since the last step."""
        if self._flat.hold:
            return
        self._flow = self.gradient_flow
        self._flat = FlatWeights(self.network)
        self._unrolled.clear()
        for name, vector in self._optimizer.state.items():
            self._optimizer.state[name] = vector.to(self._flat.values.dtype)

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
        self.network.to(weights.dtype)
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
