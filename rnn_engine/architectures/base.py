"""What an experiment has to know of a network, whatever its architecture. Knows nothing of torch."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from rnn_engine.configs import Config, TrainingConfig
from rnn_engine.cost import Cost, Work


class Architecture(Config, ABC):
    """The settings of a network of one architecture, as a value."""

    if TYPE_CHECKING:

        @property
        def architecture(self) -> str:
            """The architecture's name: a field with this one value, so that JSON says it."""

    #: Whether a hidden state is handed on from timestep to timestep: what the gradient flow, the activations, sampling
    #: and forecasting need.
    has_states: ClassVar[bool] = False

    @property
    @abstractmethod
    def token_size(self) -> int:
        """How many numbers stand for a token, where inputs are tokens."""

    @abstractmethod
    def cost(self, work: Work) -> Cost:
        """Estimated cost of one training step."""

    def check(self, training: TrainingConfig) -> None:
        """Raise the problem, one of PROBLEMS, that makes the network impossible to train in this way."""
