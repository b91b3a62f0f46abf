"""What a loss must be compared with: predictors that need no network. Knows nothing of torch.

A loss says little by itself: on a slow sine, repeating the last value already looks good. Each baseline is measured
on the very targets of the loss curve it is drawn beside.
"""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rnn_engine.experiment import Experiment
from rnn_engine.tasks import evenly_spaced

Values = npt.NDArray[np.float64]
Tokens = npt.NDArray[np.int64]

#: An autocorrelation below this is taken for chance. One or two random walks in a hundred, which have no period, and
#: fewer series of pure noise reach it; a period hidden in noise of its own variance reaches about 0.5.
CLEAR_PEAK = 0.4
#: A peak this close to the highest is as good, so that the period is found rather than one of its multiples.
AS_HIGH = 0.9


def baselines(experiment: Experiment, test_windows: int | None = None) -> dict[str, float]:
    """The loss of every baseline that the experiment's task has, by name.

    Values, mean squared error in original units squared: `persistence` predicts the value just before the target;
    `seasonal` the value one period earlier, where the training part has a clear period and every target has a value
    so long before it. Text, cross-entropy in nats: `uniform` is ln V for V characters; `unigram` and `bigram`
    (which knows the one character before the target) are counted on the training part, every count one too high
    (add-one smoothing), so that a character never met there is not impossible. Generated tasks: `floor`, the expected
    loss of the best answer without memory, in closed form.

    Targets are those of the test windows (at most `test_windows` evenly spaced ones), or of the training windows
    where there is no test part. With `loss_on` "all" a window has T targets, and one that several windows share
    counts once for each, as it does in the loss.
    """
    if test_windows is not None and test_windows < 1:
        raise ValueError(f"test_windows must be at least 1, not {test_windows}")
    floor = experiment.task.floor(experiment.training.sequence_length, experiment.training.loss_on)
    if floor is not None:
        return {"floor": floor}
    position, weight = _targets(experiment, test_windows)
    sequence = experiment.task.sequence(experiment.training.seed)
    known = sequence[: experiment.split.training_part]
    if experiment.task.answers_classes:
        return _text(sequence.astype(np.int64), known.astype(np.int64), position, weight, experiment.task.output_size)
    return _values(sequence.astype(np.float64), known.astype(np.float64), position, weight)


def _targets(experiment: Experiment, test_windows: int | None) -> tuple[Tokens, Values]:
    """Where the targets stand in the sequence, shape (targets,), and each one's share of the mean (they sum to 1)."""
    split = experiment.split
    if split.test_windows:
        window = split.test_start + evenly_spaced(split.test_windows, test_windows or split.test_windows)
    else:
        window = np.arange(split.train_windows)
    last = window + split.sequence_length
    if experiment.training.loss_on == "last":
        return last, np.full(len(last), 1 / len(last))
    # Window i has the targets i+1 .. i+T: one more window from i+1 on, one fewer after i+T.
    change = np.zeros(experiment.task.sequence_size + 1, dtype=np.int64)
    change[window + 1] += 1  # windows are distinct, so no index occurs twice
    change[last + 1] -= 1
    times = np.cumsum(change)
    position = np.flatnonzero(times)
    return position, times[position] / (len(window) * split.sequence_length)


def _values(sequence: Values, known: Values, position: Tokens, weight: Values) -> dict[str, float]:
    def mean_squared_error(lag: int) -> float:
        with np.errstate(over="ignore"):  # values near the largest number there is have an infinite squared error
            return float(weight @ (sequence[position] - sequence[position - lag]) ** 2)

    losses = {"persistence": mean_squared_error(1)}
    period = find_period(known)
    if period is not None and period <= position[0]:
        losses["seasonal"] = mean_squared_error(period)
    return losses


def find_period(values: Values) -> int | None:
    """The period of `values`, shape (n,), in timesteps, or None where there is no clear one.

    A lag of at least 2 and at most n / 2 (two full periods) at which the autocorrelation, having fallen to zero, peaks
    again above CLEAR_PEAK: the first such peak that is AS_HIGH as the highest. A quadratic trend is taken out first,
    since a trend correlates at every lag. The usual estimate, a sum of n - k products divided by n, shrinks with the
    lag k, and so doubts a period that was seen only a few times.

    Source: autocorrelation peaks as the test of a period, M. Vlachos, P. Yu, V. Castelli, "On periodicity detection
    and structural periodic similarity", SIAM Data Mining 2005, section 3; the estimate, G. Box and G. Jenkins, "Time
    series analysis", section 2.1.5.
    """
    values = np.asarray(values, dtype=np.float64)
    n = len(values)
    if n < 4:
        return None
    scale = np.abs(values).max()
    if scale == 0:
        return None
    time = np.linspace(-1, 1, n)
    values = values / scale  # so that squares neither overflow nor underflow
    residual = values - np.polynomial.Polynomial.fit(time, values, 2)(time)
    if residual.std() < 1e-9:  # the trend was all there was: what is left is rounding
        return None
    size = 1 << (2 * n - 1).bit_length()  # room for every lag: the transform's own wrap-around meets only zeros
    power = np.abs(np.fft.rfft(residual, size)) ** 2
    correlation = np.fft.irfft(power, size)[: n // 2 + 1]
    correlation /= correlation[0]
    fallen = np.flatnonzero(correlation <= 0)
    if not len(fallen):
        return None
    # Noise tears one peak into many, so a peak is the highest place between two falls to zero.
    peaks = [int(start + np.argmax(correlation[start:end])) for start, end in pairwise([*fallen, n // 2 + 1])]
    clear = [lag for lag in peaks if lag >= 2 and correlation[lag] > CLEAR_PEAK]
    highest = max((correlation[lag] for lag in clear), default=0)
    return next((lag for lag in clear if correlation[lag] >= AS_HIGH * highest), None)


def _text(sequence: Tokens, known: Tokens, position: Tokens, weight: Values, vocabulary: int) -> dict[str, float]:
    target, before = sequence[position], sequence[position - 1]
    single = np.bincount(known, minlength=vocabulary)
    unigram = np.log((single[target] + 1) / (len(known) + vocabulary))
    # V * V counts would be 25 million for the largest vocabulary; only the pairs that occur are kept, sorted.
    pairs, times = np.unique(known[:-1] * vocabulary + known[1:], return_counts=True)
    asked = before * vocabulary + target
    place = np.searchsorted(pairs, asked).clip(max=len(pairs) - 1)
    together = np.where(pairs[place] == asked, times[place], 0)
    context = np.bincount(known[:-1], minlength=vocabulary)
    bigram = np.log((together + 1) / (context[before] + vocabulary))
    return {"uniform": math.log(vocabulary), "unigram": float(-weight @ unigram), "bigram": float(-weight @ bigram)}
