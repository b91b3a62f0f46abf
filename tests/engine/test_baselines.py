"""Baselines are measured on the very targets of the loss beside them, and agree with what can be worked out by hand."""

import math
import time
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_engine import Experiment, SeriesTask, SineTask, TextTask, TrainingConfig
from rnn_engine.baselines import baselines, find_period
from rnn_engine.tasks import evenly_spaced


def targets_one_by_one(experiment: Experiment, test_windows: int | None = None) -> list[int]:
    """Indices of the targets as the definition says: window by window, timestep by timestep."""
    split, length = experiment.split, experiment.training.sequence_length
    windows = range(split.train_windows)
    if split.test_windows:
        chosen = evenly_spaced(split.test_windows, test_windows or split.test_windows)
        windows = [split.test_start + int(i) for i in chosen]  # type: ignore[assignment]
    first = 1 if experiment.training.loss_on == "all" else length
    return [window + t for window in windows for t in range(first, length + 1)]


@pytest.mark.parametrize("frequency", [0.05, 0.1, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("loss_on", ["last", "all"])
def test_persistence_on_a_sine_is_the_closed_form(frequency: float, loss_on: Any) -> None:
    # mean of (sin(a + w) - sin(a))^2 over whole periods = 1 - cos(w); a part period is off by at most one period's sum.
    task = SineTask(length=20_000, frequency=frequency, amplitude=3, phase=0.4)
    experiment = Experiment(task=task, training=TrainingConfig(sequence_length=20, loss_on=loss_on))
    expected = (1 - math.cos(frequency)) * 3**2
    periods = 4000 * frequency / (2 * math.pi)
    assert baselines(experiment)["persistence"] == pytest.approx(expected, rel=1 / periods)


def test_persistence_over_whole_periods_is_the_closed_form_to_rounding() -> None:
    task = SineTask(length=1000, frequency=2 * math.pi / 20)  # 950 windows; the last 180 targets are 9 periods
    experiment = Experiment(task=task, training=TrainingConfig(test_fraction=180 / 950))
    assert experiment.split.test_windows == 180
    measured = baselines(experiment)
    assert measured["persistence"] == pytest.approx(1 - math.cos(2 * math.pi / 20), rel=1e-9)
    assert measured["seasonal"] == pytest.approx(0, abs=1e-20)


@settings(deadline=None)  # other processes share the machine
@given(
    size=st.integers(20, 120),
    length=st.integers(2, 12),
    loss_on=st.sampled_from(["last", "all"]),
    test_fraction=st.sampled_from([0, 0.2, 0.5, 0.9]),
    test_windows=st.none() | st.integers(1, 30),
    seed=st.integers(0, 100),
)
def test_values_are_compared_on_the_targets_of_the_loss_with_multiplicity(
    size: int, length: int, loss_on: Any, test_fraction: float, test_windows: int | None, seed: int
) -> None:
    values = tuple(np.random.default_rng(seed).normal(5, 100, size).tolist())
    training = TrainingConfig(sequence_length=length, loss_on=loss_on, test_fraction=test_fraction)
    experiment = Experiment(task=SeriesTask(values=values), training=training)
    positions = targets_one_by_one(experiment, test_windows)
    expected = np.mean([(values[j] - values[j - 1]) ** 2 for j in positions])
    assert baselines(experiment, test_windows)["persistence"] == pytest.approx(expected)


@settings(deadline=None)  # other processes share the machine
@given(
    text=st.text(alphabet="abc ", min_size=30, max_size=80).filter(lambda text: len(set(text)) > 1),
    loss_on=st.sampled_from(["last", "all"]),
    test_fraction=st.sampled_from([0, 0.3, 0.9]),
    test_windows=st.none() | st.integers(1, 10),
)
def test_text_is_scored_by_counts_of_the_training_part_plus_one(
    text: str, loss_on: Any, test_fraction: float, test_windows: int | None
) -> None:
    training = TrainingConfig(sequence_length=5, loss_on=loss_on, test_fraction=test_fraction)
    experiment = Experiment(task=TextTask(text=text), training=training)
    known, size = text[: experiment.split.training_part], len(set(text))
    single, pairs, contexts = Counter(known), Counter(pairwise(known)), Counter(known[:-1])
    unigram, bigram = [], []
    for j in targets_one_by_one(experiment, test_windows):
        unigram.append(-math.log((single[text[j]] + 1) / (len(known) + size)))
        bigram.append(-math.log((pairs[text[j - 1], text[j]] + 1) / (contexts[text[j - 1]] + size)))
    measured = baselines(experiment, test_windows)
    assert measured == pytest.approx(
        {"uniform": math.log(size), "unigram": np.mean(unigram), "bigram": np.mean(bigram)}
    )


def test_a_bigram_knows_a_text_in_which_each_character_follows_from_the_one_before() -> None:
    measured = baselines(Experiment(task=TextTask(text="abcd" * 2000)))
    assert measured["uniform"] == math.log(4)
    assert measured["unigram"] == pytest.approx(math.log(4), rel=1e-3)
    assert measured["bigram"] < 0.01


def test_a_character_met_only_in_the_test_part_is_not_impossible() -> None:
    measured = baselines(Experiment(task=TextTask(text="ab" * 200 + "🙂" * 50)))
    assert all(math.isfinite(loss) for loss in measured.values())


def test_a_million_characters_take_about_a_second() -> None:
    characters = np.random.default_rng(0).integers(0x4E00, 0x4E00 + 5000, 1_000_000)
    text = characters.astype(np.uint32).tobytes().decode("utf-32-le")
    experiment = Experiment(task=TextTask(text=text), training=TrainingConfig(loss_on="all"))
    started = time.perf_counter()
    assert baselines(experiment)["uniform"] == math.log(5000)
    assert time.perf_counter() - started < 3  # 0.4 s on an idle core


# Period


@pytest.mark.parametrize("period", [2, 3, 7, 12, 24, 60])
@pytest.mark.parametrize("noise", [0, 0.3])
def test_a_period_is_found_under_noise_a_trend_and_any_scale(period: int, noise: float) -> None:
    n = np.arange(600)
    values = np.cos(2 * np.pi * n / period) + np.random.default_rng(1).normal(0, noise, 600) + (n / 100) ** 2
    for scale in (1, -1e-200, 1e200):
        found = find_period(values * scale)
        assert found is not None
        assert abs(found - period) <= period // 24  # a broad peak may shift a little under noise


@pytest.mark.parametrize("waveform", ["sine", "square", "sawtooth"])
def test_the_period_of_the_chapter_s_sine_is_63_values(waveform: Any) -> None:
    assert find_period(SineTask(waveform=waveform).sequence(0)[:810]) == 63


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [1.0, 2.0, 1.0], np.zeros(50), np.full(50, 1e300), np.arange(100.0), np.arange(100.0) ** 2,
     np.sin(np.arange(100) * 2 * np.pi / 60)],
    ids=["empty", "one", "three", "zeros", "constant", "line", "parabola", "fewer than two periods"],
)  # fmt: skip
def test_where_nothing_repeats_there_is_no_period(values: Any) -> None:
    assert find_period(np.asarray(values, dtype=np.float64)) is None


def test_noise_and_random_walks_seldom_look_periodic() -> None:
    rng = np.random.default_rng(0)
    assert sum(find_period(rng.normal(size=100)) is not None for _ in range(500)) <= 5
    assert sum(find_period(rng.normal(size=400).cumsum()) is not None for _ in range(500)) <= 15


@settings(deadline=None)  # other processes share the machine
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=60))
def test_a_period_is_at_least_two_and_fits_twice(values: list[float]) -> None:
    found = find_period(np.array(values, dtype=np.float64))
    assert found is None or 2 <= found <= len(values) / 2


def test_seasonal_is_left_out_where_a_target_has_no_value_one_period_earlier() -> None:
    task = SineTask()  # a period of 63, a sequence length of 50
    assert "seasonal" in baselines(Experiment(task=task))
    assert "seasonal" not in baselines(Experiment(task=task, training=TrainingConfig(test_fraction=0)))
    assert "seasonal" in baselines(Experiment(task=task, training=TrainingConfig(test_fraction=0, sequence_length=63)))


def test_the_period_is_sought_in_the_training_part_alone() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(size=810), 50 * np.sin(np.arange(190) * 2 * np.pi / 10)])
    assert "seasonal" not in baselines(Experiment(task=SeriesTask(values=tuple(values.tolist()))))


def test_no_test_windows_at_all_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="test_windows"):
        baselines(Experiment(task=SineTask()), test_windows=0)
