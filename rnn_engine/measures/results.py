"""What the measures find, as values that any process may hold. Knows nothing of torch."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rnn_engine.cells import Cell
from rnn_engine.tasks.base import LossOn

Array = npt.NDArray[np.float64]

#: Erase an input: what is read becomes all zeros. Nudge it: a part of the way towards something else.
Change = Literal["erase", "nudge"]

RECURSION_LIMIT, END_TO_END_LIMIT = 1e-8, 1e-9  # what counts as exact


@dataclass(frozen=True)
class Trust:
    """How far the gradient flow is from central differences, and how much of it was looked at.

    An error is NaN where all differences were left out, and infinite where a gradient is not finite.
    """

    recursion_error: float  # check (a): at its worst t, |difference - dl/dh_t|, relative to the largest |dl/dh_t|
    # Check (b): the largest |G_t by differences - G_t| over all t, relative to max G_t of all layers.
    end_to_end_error: float
    derivatives: int  # compared in both checks together
    skipped: int  # left out: a ReLU's kink in reach of the difference, or so much growth that differences do not settle
    examples: int  # looked at, the first of the batch
    directions: int  # of each state, evenly spaced; H: all, and then G_t is the whole norm
    timesteps: int  # that (a) looked at, evenly spaced
    end_to_end_timesteps: int  # that (b) looked at, evenly spaced

    @property
    def exact(self) -> bool:
        """Whether both errors are as small as "exact" says; not where nothing could be compared."""
        return self.recursion_error <= RECURSION_LIMIT and self.end_to_end_error <= END_TO_END_LIMIT


@dataclass(frozen=True, eq=False)
class Forgetting:
    """How far the end moves when one input is changed; entry k belongs to the input k timesteps back, x_{T-k}.

    Euclidean lengths, (T,) each. A move smaller than `resolution` times what moved is below what float64 can tell.
    """

    change: Array  # ||d||, the size of each change
    output: Array  # of y_T, measured
    output_foretold: Array  # ||(dy_T/dx_t) d||
    hidden: Array  # of h_T, top layer, measured
    hidden_foretold: Array  # ||(dh_T/dx_t) d||
    resolution: tuple[float, float]  # the smallest move of y_T and of h_T that rounding lets through


@dataclass(frozen=True, eq=False)
class Trace:
    """Every number of one sequence, float64. Rows of T + 1 begin with t = 0."""

    cell: Cell
    loss_on: LossOn
    # E (vocabulary, I) for tokens; W_xh (G*H, I), W_hh (G*H, H), b_h (G*H,), b_hn, W_hy, b_y
    parameters: dict[str, Array]
    inputs: Array  # (T, I), x_t: the numbers, or the tokens' embeddings
    entering: Array  # (T, G*H), a_t: what enters the gates
    gates: dict[str, Array]  # (T, H) each. LSTM i, f, g, o; GRU r, z, n and m = W_hn h_{t-1} + b_hn
    memory: Array | None  # (T + 1, H), c_t; LSTM only
    hidden: Array  # (T + 1, H), h_t
    outputs: Array  # (T, O), y_t
    probabilities: Array | None  # (T, O), softmax of y_t; tokens only
    losses: Array  # (T,), L_t; NaN where the loss is not counted
    loss: float  # L: L_T, or the mean of all L_t
    output_gradient: Array  # (T, O), dL/dy_t
    direct: Array  # (T + 1, H), the part of dL/dh_t that comes from y_t
    through: Array  # (T + 1, H), the part that came through h_{t+1}
    total: Array  # (T + 1, H), dL/dh_t
    memory_gradient: Array | None  # (T, H), dL/dc_t in total; LSTM only
    entering_gradient: Array  # (T, G*H), dL/da_t
    from_hidden_gradient: Array  # (T, G*H), dL/d(W_hh h_{t-1}); the same, but for the GRU's n
    input_gradient: Array  # (T, I), dL/dx_t
    gradients: dict[str, Array]  # the sums over timesteps, by the names of `parameters`
    from_autograd: dict[str, Array]  # the same from torch.autograd, through another statement of the network
    updated: dict[str, Array]  # the parameters after one step of gradient descent
    after: "Trace | None"  # the same sequence through the updated network

    def shares(self, name: str) -> Array:
        """What each timestep adds to the gradient of the parameter `name`: (T, *its shape); not for E."""
        vectors = {
            "W_xh": (self.entering_gradient, self.inputs),
            "W_hh": (self.from_hidden_gradient, self.hidden[:-1]),
            "W_hy": (self.output_gradient, self.hidden[1:]),
        }
        if name in vectors:
            left, right = vectors[name]
            return left[:, :, np.newaxis] * right[:, np.newaxis, :]
        size = self.hidden.shape[1]
        biases = {
            "b_h": self.entering_gradient,
            "b_hn": self.from_hidden_gradient[:, 2 * size :],
            "b_y": self.output_gradient,
        }
        return biases[name]
