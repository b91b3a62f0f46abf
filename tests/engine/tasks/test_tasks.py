"""What to learn: signals, series and texts as values, their windows, and the split that keeps the test part unseen."""

import json
import math
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rnn_engine import AddingTask, SeriesTask, SineTask, TextTask, WordTask
from rnn_engine.tasks import AnyTask, Task, evenly_spaced, split
from rnn_engine.tasks.base import LossOn
from rnn_engine.tasks.series import LONGEST_SERIES
from rnn_engine.tasks.sine import Waveform
from rnn_engine.tasks.tokens import LARGEST_VOCABULARY, LONGEST_TEXT


def kind_of_error(task: type, **fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        task(**fields)
    (error,) = caught.value.errors()
    return str(error["type"])


# The split


def test_the_chapter_s_sine_splits_into_760_and_190_windows() -> None:
    chapter = split(1000, 50, 0.2, "last")
    assert (chapter.train_windows, chapter.test_start, chapter.test_windows) == (760, 760, 190)
    assert chapter.training_part == 810


def test_a_loss_on_all_timesteps_drops_the_first_test_windows() -> None:
    every = split(1000, 50, 0.2, "all")
    assert (every.train_windows, every.test_start, every.test_windows) == (760, 760 + 49, 190 - 49)


@pytest.mark.parametrize("loss_on", ["last", "all"])
def test_a_test_fraction_of_zero_trains_on_everything(loss_on: LossOn) -> None:
    everything = split(1000, 50, 0, loss_on)
    assert (everything.train_windows, everything.test_windows) == (950, 0)
    assert everything.training_part == 1000


def test_where_no_test_window_is_left_everything_trains() -> None:
    hamlet = split(100, 50, 0.2, "all")  # 40 + 10 windows, of which the first 49 test windows are dropped
    assert (hamlet.train_windows, hamlet.test_windows) == (50, 0)


@settings(deadline=None)  # other processes share the machine
@given(
    sequence_length=st.integers(2, 60),
    more=st.integers(2, 300),
    test_fraction=st.floats(0, 0.9),
    loss_on=st.sampled_from(["last", "all"]),
)
def test_no_target_of_a_test_window_lies_in_the_training_part(
    sequence_length: int, more: int, test_fraction: float, loss_on: LossOn
) -> None:
    size = sequence_length + more
    parts = split(size, sequence_length, test_fraction, loss_on)
    assert parts.train_windows >= 1
    assert parts.training_part <= size
    for window in range(parts.test_start, parts.test_start + parts.test_windows):
        first = 1 if loss_on == "all" else sequence_length
        targets = range(window + first, window + sequence_length + 1)
        assert targets[0] >= parts.training_part
        assert targets[-1] < size
    if parts.test_windows:  # as many test windows as there can be: one earlier would reach into the training part
        assert parts.test_start - 1 + (1 if loss_on == "all" else sequence_length) < parts.training_part
        assert parts.test_start + parts.test_windows == size - sequence_length
    else:
        assert parts.train_windows == size - sequence_length


@settings(deadline=None)  # other processes share the machine
@given(n=st.integers(1, 500), k=st.integers(1, 500))
def test_evenly_spaced_indices_are_distinct_sorted_and_reach_both_ends(n: int, k: int) -> None:
    chosen = evenly_spaced(n, k)
    assert len(chosen) == min(n, k)
    assert chosen.dtype == np.int64
    assert chosen[0] == 0
    assert k == 1 or chosen[-1] == n - 1
    gaps = np.diff(chosen)
    assert len(gaps) == 0 or (gaps.min() >= 1 and gaps.max() - gaps.min() <= 1)


# Signals


def test_the_sine_is_the_chapter_s() -> None:
    assert SineTask().sequence(0).tolist() == np.sin(np.arange(0, 1000) * 0.1).tolist()


@pytest.mark.parametrize(
    ("waveform", "expected"),
    [
        ("sine", lambda n, a: 2 * math.sin(a)),
        ("two_sines", lambda n, a: math.sin(a) + math.sin(0.23 * n)),
        ("square", lambda n, a: 2 * math.copysign(1, math.sin(a))),
        ("sawtooth", lambda n, a: 2 * (2 * (a / (2 * math.pi) % 1) - 1)),
        ("damped", lambda n, a: 2 * math.exp(-0.002 * n) * math.sin(a)),
    ],
)
def test_each_waveform_is_its_formula(waveform: Any, expected: Any) -> None:
    task = SineTask(waveform=waveform, length=200, frequency=0.1, phase=0.3, amplitude=2)
    assert task.sequence(0) == pytest.approx([expected(n, 0.1 * n + 0.3) for n in range(200)])


@pytest.mark.parametrize("waveform", get_args(Waveform))
def test_noise_is_added_with_its_deviation_and_comes_from_the_seed(waveform: Any) -> None:
    clean = SineTask(waveform=waveform, length=20_000)
    noisy = clean.model_copy(update={"noise": 0.5})
    noise = noisy.sequence(1) - clean.sequence(1)
    assert noise.std() == pytest.approx(0.5, rel=0.03)
    assert abs(noise.mean()) < 0.02
    assert (noisy.sequence(1) == noisy.sequence(1)).all()
    assert (noisy.sequence(1) != noisy.sequence(2)).all()
    assert (clean.sequence(1) == clean.sequence(2)).all()


@pytest.mark.parametrize("waveform", get_args(Waveform))
def test_a_signal_knows_its_size_and_is_float64(waveform: Any) -> None:
    task = SineTask(waveform=waveform, length=77)
    assert task.sequence(0).shape == (task.sequence_size,) == (77,)
    assert task.sequence(0).dtype == np.float64
    assert (task.output_size, task.answers_classes) == (1, False)


@pytest.mark.parametrize(
    ("field", "bad"),
    [("length", 3), ("length", 20_001), ("frequency", 0), ("frequency", 3.2), ("amplitude", 0), ("noise", -1),
     ("noise", math.nan), ("waveform", "triangle"), ("damping", 0.2), ("phase", 7), ("second_frequency", 4)],
)  # fmt: skip
def test_a_bad_signal_is_refused_by_its_field(field: str, bad: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        SineTask(**{field: bad})
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]


# Series


def series(values: Any, **more: Any) -> SeriesTask:
    """A series from whatever is given, as a file or a notebook may give it."""
    return SeriesTask(values=values, **more)


@settings(deadline=None)  # other processes share the machine
@given(st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=50))
def test_a_series_comes_back_exactly_through_json(values: list[float]) -> None:
    if len(set(values)) == 1:
        values.append(0.0 if values[0] else 1.0)
    task = series(values)
    assert SeriesTask.model_validate_json(task.model_dump_json()) == task
    assert task.sequence(0).tolist() == values
    assert not task.sequence(0).flags.writeable


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, math.nan, 4], "series_not_finite"),
        ([1, 2, 3, -math.inf], "series_not_finite"),
        ([1, 2, -1e101], "series_too_large"),
        ([5.0] * 60, "series_constant"),
        ([1.0], "series_constant"),
        (np.arange(LONGEST_SERIES + 1), "series_too_long"),
    ],
)
def test_a_series_that_cannot_be_learnt_is_refused(values: Any, kind: str) -> None:
    assert kind_of_error(SeriesTask, values=values) == kind


def test_a_missing_value_is_named_by_its_position() -> None:
    with pytest.raises(ValidationError, match="Value number 3 is not a finite number"):
        series([1, 2, math.nan, math.nan])


@pytest.mark.parametrize(
    "values",
    ["abc", [[1, 2], [3, 4]], ["x", "y"], None, [1, [2]], [None, 1], {"a": 1}],
)
def test_what_is_no_series_is_refused_without_a_crash(values: Any) -> None:
    with pytest.raises(ValidationError):
        series(values)


def test_a_series_has_one_timestamp_for_each_value_or_none() -> None:
    assert series([1, 2], timestamps=["Mon", "Tue"]).timestamps == ("Mon", "Tue")
    assert kind_of_error(SeriesTask, values=[1, 2], timestamps=["Mon"]) == "timestamps_do_not_match"


# Text

FAMILY = "👩‍👧"  # one family on the screen, three code points: woman, joiner, girl
ACUTE = "e\u0301"  # one letter on the screen, two code points


@pytest.mark.parametrize("text", [FAMILY + ACUTE, "床前明月光,疑是地上霜", "a\r\nb\x00\t", "\ufeffab", "🙂🙃"])
def test_any_unicode_text_comes_back_from_its_tokens(text: str) -> None:
    task = TextTask(text=text)
    assert "".join(task.vocabulary[token] for token in task.sequence(0)) == text
    assert TextTask.model_validate_json(task.model_dump_json()) == task
    assert task.sequence_size == len(text)
    assert task.output_size == len(set(text))


def test_a_character_is_a_code_point() -> None:
    assert TextTask(text=FAMILY).sequence_size == 3
    assert TextTask(text=ACUTE).vocabulary == ("e", "\u0301")
    assert TextTask(text=ACUTE + "\u00e9").output_size == 3  # composed and decomposed are kept apart


@settings(deadline=None)  # other processes share the machine
@given(st.text(min_size=2, max_size=100).filter(lambda text: len(set(text)) > 1), st.text(max_size=20))
def test_encoding_keeps_what_is_known_and_names_what_is_not(text: str, other: str) -> None:
    task = TextTask(text=text)
    known = "".join(task.vocabulary[token] for token in task.encode(other))
    unknown = task.unknown(other)
    assert known == "".join(character for character in other if character in text)
    assert set(unknown) == set(other) - set(text)
    assert len(unknown) == len(set(unknown))
    assert sum(task.counts.values()) == len(text)
    assert list(task.counts.values()) == sorted(task.counts.values(), reverse=True)


@pytest.mark.parametrize("text", ["ab\ud800cd", "\udfff" * 3 + "a", "".join(map(chr, [0xD83D, 0xDE42]))])
def test_a_lone_surrogate_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TextTask(text=text)


def test_a_lone_surrogate_in_json_is_refused() -> None:
    with pytest.raises(ValidationError):
        TextTask.model_validate_json(json.dumps({"kind": "text", "text": "ab\ud800"}))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("aaaaaaaa", "one_character"),
        ("ab" * 1_000_000, "text_too_long"),  # 2 MB
        ("ab" * (LONGEST_TEXT // 2) + "c", "text_too_long"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + LARGEST_VOCABULARY + 1))), "too_many_characters"),
    ],
)
def test_a_text_that_cannot_be_learnt_is_refused(text: str, kind: str) -> None:
    assert kind_of_error(TextTask, text=text) == kind


def test_the_longest_text_is_accepted() -> None:
    assert TextTask(text="ab" * (LONGEST_TEXT // 2)).sequence_size == LONGEST_TEXT


def test_the_sequence_of_a_text_is_read_only_tokens() -> None:
    tokens = TextTask(text="hello").sequence(0)
    assert tokens.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        tokens[0] = 1


@pytest.mark.parametrize("make", [lambda: TextTask(text="abc" * 9), lambda: SeriesTask(values=(1.0, 2.0, 4.0, 3.0))])
def test_equal_tasks_are_equal_whatever_each_has_worked_out(make):
    one, other = make(), make()
    one.sequence(0)
    assert one == other
    other.sequence(0)  # now both hold an array
    assert one == other
    assert hash(one) == hash(other)
    assert {one: 1}[other] == 1
    assert one != SineTask()
    assert one != "a text"


def test_every_kind_of_task_has_a_title_of_its_own_and_says_whether_it_writes() -> None:
    kinds = get_args(get_args(AnyTask)[0])
    assert len({kind.title for kind in kinds}) == len(kinds)
    assert [kind.title for kind in kinds if kind.writes is not Task.writes] == ["Text", "Words"]
    text, words = TextTask(text="ab"), WordTask(text="a b")
    assert text.writes.encode("abc").tolist() == [0, 1]
    assert words.writes.join(words.writes.names) == "a b"


@pytest.mark.parametrize(
    "task",
    [
        SineTask(waveform="two_sines", length=40, amplitude=2, noise=0.1),
        SeriesTask(values=(1.0, 2.5, -3.0), name="a\nb"),
        TextTask(text="to be,\nor not"),
        WordTask(text="to be\nor not to be"),
    ],
)
def test_a_task_s_script_makes_its_sequence(task: Task) -> None:
    names: dict[str, Any] = {"np": np, "torch": torch}
    exec(task.script(seed=3), names)
    np.testing.assert_allclose(np.asarray(names["data"]), task.sequence(3), rtol=1e-12)


def test_a_task_that_draws_its_examples_has_no_script() -> None:
    with pytest.raises(ValueError, match="AddingTask draws its examples"):
        AddingTask().script(seed=3)
