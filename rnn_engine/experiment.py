"""An experiment as a value: what to learn, with which network, trained how.

Frozen, validated, hashable, JSON both ways. Equal experiments are the same experiment. Knows nothing of torch.
"""

from functools import cached_property
from typing import Any

from pydantic import model_validator

from rnn_engine.architectures import AnyNetwork, NetworkConfig
from rnn_engine.configs import Config, TrainingConfig
from rnn_engine.cost import BYTES_LIMIT, FLOPS_LIMIT, Cost, Work
from rnn_engine.tasks import AnyTask as AnyTask
from rnn_engine.tasks import Split
from rnn_engine.wording import problem

#: Settings that a running experiment follows at once; every other change makes a new run.
LIVE_SETTINGS = ("learning_rate", "clip_norm", "temperature")

LOOK_FLOPS = 1.5e9  # operations that a look at the test part may take: some tens of milliseconds


class Experiment(Config):
    """One task, one network, one way of training.

    Raises `pydantic.ValidationError`, which names the field, its bounds and what was given, for a bad value, for a
    sequence shorter than T + 2, for a T or a loss that a task does not allow, and for a step that would cost too much.
    """

    task: AnyTask
    network: AnyNetwork = NetworkConfig()
    training: TrainingConfig = TrainingConfig()

    @model_validator(mode="after")
    def _possible(self) -> "Experiment":
        self.task.check(self.training.sequence_length, self.training.loss_on)
        if self.task.standardised:
            training_part = self.task.sequence(self.training.seed)[: self.split.training_part]
            if (training_part == training_part[0]).all():
                raise problem("series_constant_in_training")
        self.network.check(self.training)
        if self.cost.too_high:
            raise problem(
                "too_costly",
                gigaflops=round(self.cost.flops / 1e9),
                gigaflops_limit=round(FLOPS_LIMIT / 1e9),
                megabytes=round(self.cost.bytes / 1e6),
                megabytes_limit=round(BYTES_LIMIT / 1e6),
            )
        return self

    @property
    def input_size(self) -> int:
        """Numbers the first layer reads at one timestep: the task's values, or those that stand for a token."""
        return self.task.reads.size if self.task.vocabulary_size is None else self.network.token_size

    @cached_property
    def split(self) -> Split:
        """Which windows train and which test."""
        training = self.training
        return self.task.split(training.sequence_length, training.batch_size, training.test_fraction, training.loss_on)

    @property
    def steps_per_epoch(self) -> int:
        """Batches that one pass through the training windows takes; the last may be smaller."""
        return -(-self.split.train_windows // self.training.batch_size)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.steps_per_epoch * self.training.epochs

    @property
    def live_test_windows(self) -> int:
        """Test windows that a live run evaluates at a look: all, or so many, evenly spaced, as are quick to evaluate."""
        forward_of_a_window = self.cost.flops / 3 / self.training.batch_size
        return min(self.split.test_windows, max(16, int(LOOK_FLOPS / forward_of_a_window)))

    @cached_property
    def cost(self) -> Cost:
        """Estimated cost of one training step."""
        training = self.training
        return self.network.cost(
            Work(
                input_size=self.input_size,
                output_size=self.task.output_size,
                vocabulary_size=self.task.vocabulary_size or 0,
                sequence_length=training.sequence_length,
                batch_size=training.batch_size,
                outputs_per_window=training.sequence_length if training.loss_on == "all" else 1,
            )
        )

    def with_settings(self, **changes: Any) -> "Experiment":
        """The same experiment with some fields of `network` and `training` changed, validated again."""
        values = self.model_dump(exclude={"task"})
        for name, value in changes.items():
            part = "network" if name in type(self.network).model_fields else "training"
            values[part][name] = value
        return Experiment(task=self.task, **values)
