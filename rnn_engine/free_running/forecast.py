"""What a trained network says of values by itself: each forecast value is read as the next one's past.

Nothing here changes the network. Knows nothing of training.
"""

import numpy as np
import torch
from torch import Tensor

from rnn_engine.free_running.results import Forecast
from rnn_engine.free_running.text import NUMBERS_AT_ONCE, Trained, is_fast
from rnn_engine.network.recurrent import Network
from rnn_engine.training.data import Values, scaling

LONGEST_FORECAST = 5_000  # timesteps


def forecast(trainer: Trained, horizon: int = 100, start: int | None = None) -> Forecast:
    """Forecast `horizon` values from index `start` on, which may run past the end of the data.

    Free-running: the network reads the T true values before `start` from a zero state, then its own outputs, its hidden
    state carried on. Beside it the one-step values, from a sliding window of true values as in training: they
    stay close to the truth even for a network that has learnt nothing but to repeat, which free-running shows. `start`
    is by default the first test target, or T where there is no test part.

    Raises ValueError, naming the field, for a horizon or start out of range or a task without values to continue.
    """
    experiment, network = trainer.experiment, trainer.network
    if not experiment.task.has_sequence:
        raise ValueError(f"task must be a series or a sine to forecast, not '{experiment.task.kind}'")
    if experiment.task.answers_classes:
        raise ValueError("task must have values to forecast, not text; use generate_text for text")
    if not 1 <= horizon <= LONGEST_FORECAST:
        raise ValueError(f"horizon must be from 1 to {LONGEST_FORECAST}, not {horizon}")
    length, size = experiment.training.sequence_length, experiment.task.sequence_size
    if start is None:
        start = experiment.split.training_part if experiment.split.test_windows else length
    if not length <= start <= size:
        raise ValueError(f"start must be from {length} (the sequence length) to {size} (the data's end), not {start}")
    sequence = experiment.task.sequence(experiment.training.seed).astype(np.float64)
    scale = scaling(experiment)
    scaled = torch.from_numpy(scale.apply(sequence)).to(network.dtype)
    truth = sequence[start : start + horizon]
    if is_fast(trainer):
        from rnn_engine.training.kernels.tier import Runner

        runner = Runner(experiment, network)
        free_running = scale.invert(runner.run_free(scaled[start - length : start], horizon))
        one_step = runner.one_step(torch.arange(start - length, start - length + len(truth)))
    else:
        free_running = scale.invert(_free_running(network, scaled[start - length : start], horizon))
        windows = scaled[start - length : start + len(truth) - 1].unfold(0, length, 1) if len(truth) else scaled[:0]
        one_step = scale.invert(_one_step(network, windows))
    persistence = np.full(horizon, sequence[start - 1])
    with np.errstate(invalid="ignore", over="ignore"):
        errors = [np.abs(values[: len(truth)] - truth) for values in (free_running, persistence, one_step)]
    arrays = [free_running, persistence, one_step, truth.copy(), *errors]
    for array in arrays:
        array.flags.writeable = False
    return Forecast(start, *arrays)


@torch.no_grad()
def _free_running(network: Network, warm_up: Tensor, horizon: int) -> Values:
    result = network(warm_up.reshape(1, -1, 1))
    x, state = result.outputs[:, -1], result.state  # (1, 1)
    values = torch.empty(horizon, dtype=torch.float64)
    for k in range(horizon):
        if k:
            x, state = network.step(x, state)
        values[k] = x[0, 0]
    return values.numpy()


@torch.no_grad()
def _one_step(network: Network, windows: Tensor) -> Values:
    """The next value after each window, (windows,); `windows` has shape (windows, T)."""
    if not len(windows):
        return np.empty(0)
    at_once = max(1, NUMBERS_AT_ONCE // (windows.shape[1] * network.num_layers * network.hidden_size))
    parts = [network(part.unsqueeze(-1)).outputs[:, -1, 0] for part in windows.split(at_once)]
    return torch.cat(parts).double().numpy()
