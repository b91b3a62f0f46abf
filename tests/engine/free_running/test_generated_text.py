"""What a network says by itself: a sample is drawn as its distribution, its temperature and its seed promise."""

import math
from collections import Counter
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_engine import (
    SineTask,
    TextTask,
    forecast,
    generate_text,
)
from rnn_engine.cells import Cell
from rnn_engine.free_running.text import Trained, distribution, sample_text
from tests.engine.small_networks import untrained

pytestmark = [
    pytest.mark.parametrize("either_tier", ["reference", "fast"], indirect=True),
    pytest.mark.usefixtures("either_tier"),
]

HAMLET = "To be, or not to be, that is the question:\nWhether 'tis nobler in the mind to suffer\n" * 3


@pytest.fixture(params=get_args(Cell))
def hamlet(request: pytest.FixtureRequest) -> Trained:
    return untrained(TextTask(text=HAMLET), cell=request.param, num_layers=2)


# Text


@pytest.mark.parametrize("mode", ["carry", "window"])
def test_generate_text_is_the_prompt_and_the_drained_stream(hamlet: Trained, mode: Any) -> None:
    settings: dict[str, Any] = {"length": 30, "temperature": 0.9, "mode": mode, "seed": 5}
    stream = "".join(c.character for c in sample_text(hamlet, "To be", **settings))
    assert len(stream) == 30
    assert generate_text(hamlet, "To be", **settings) == "To be" + stream


def test_the_same_seed_gives_the_same_sample_and_another_seed_another(hamlet: Trained) -> None:
    assert generate_text(hamlet, "To", seed=1) == generate_text(hamlet, "To", seed=1)
    assert generate_text(hamlet, "To", seed=1) != generate_text(hamlet, "To", seed=2)
    assert generate_text(hamlet, "To") != generate_text(hamlet, "To")


def test_carry_gives_what_the_network_gives_for_the_whole_text_so_far(hamlet: Trained) -> None:
    task: Any = hamlet.experiment.task
    text = "To be"
    for drawn in sample_text(hamlet, text, length=25, temperature=1, seed=3):
        whole = hamlet.network(torch.from_numpy(task.encode(text)).unsqueeze(0)).outputs[0, -1]
        expected = torch.softmax(whole.detach().double(), 0)
        assert drawn.probability == pytest.approx(float(expected[task.vocabulary.index(drawn.character)]), rel=1e-4)
        text += drawn.character


def test_window_is_the_chapter_s_loop_character_for_character(hamlet: Trained) -> None:
    task: Any = hamlet.experiment.task
    prompt = "Whether 'tis"
    generated, seed_text = prompt, prompt
    for _ in range(40):  # the chapter's generate_text, with the most probable character in place of a drawn one
        input_seq = torch.tensor([[task.vocabulary.index(char) for char in seed_text]])
        output = hamlet.network(input_seq).outputs[:, -1, :]
        next_char = task.vocabulary[int(torch.softmax(output, dim=1).argmax())]
        generated += next_char
        seed_text = seed_text[1:] + next_char
    assert generate_text(hamlet, prompt, length=40, temperature=0, mode="window") == generated


def test_a_window_is_never_longer_than_the_sequence_length(hamlet: Trained) -> None:
    long, short = HAMLET[:70], HAMLET[50:70]  # the sequence length is 20
    ends = [generate_text(hamlet, prompt, length=30, mode="window", seed=1)[-30:] for prompt in (long, short)]
    assert ends[0] == ends[1]


def test_a_prompt_read_in_parts_gives_the_same_sample(hamlet: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [c.probability for c in sample_text(hamlet, HAMLET, length=20, seed=2)]
    monkeypatch.setattr("rnn_engine.free_running.text.NUMBERS_AT_ONCE", 7 * 2 * 12)
    assert [c.probability for c in sample_text(hamlet, HAMLET, length=20, seed=2)] == pytest.approx(whole, rel=1e-4)


def test_temperature_zero_takes_the_most_probable_character_with_certainty(hamlet: Trained) -> None:
    drawn = list(sample_text(hamlet, "To", length=20, temperature=0, seed=1))
    assert [c.probability for c in drawn] == [1.0] * 20
    assert all(c.likely == ((c.character, 1.0),) for c in drawn)
    assert generate_text(hamlet, "To", length=20, temperature=0, seed=2) == "To" + "".join(c.character for c in drawn)
    almost = generate_text(hamlet, "To", length=20, temperature=1e-300)  # neither overflow nor NaN
    assert almost == "To" + "".join(c.character for c in drawn)


def test_likely_are_the_five_most_probable_in_order(hamlet: Trained) -> None:
    for drawn in sample_text(hamlet, "To", length=30, seed=1):
        probabilities = [probability for _, probability in drawn.likely]
        assert len(drawn.likely) == 5
        assert probabilities == sorted(probabilities, reverse=True)
        assert dict(drawn.likely).get(drawn.character, drawn.probability) == drawn.probability
        assert drawn.probability <= probabilities[0]
        assert sum(probabilities) <= 1 + 1e-12


def test_top_k_draws_only_from_the_k_most_probable(hamlet: Trained) -> None:
    for drawn in sample_text(hamlet, "To", length=60, temperature=5, top_k=3, seed=1):
        assert len(drawn.likely) == 3
        assert drawn.character in dict(drawn.likely)
        assert sum(dict(drawn.likely).values()) == pytest.approx(1)
    assert generate_text(hamlet, "To", top_k=1, seed=1) == generate_text(hamlet, "To", temperature=0)
    assert generate_text(hamlet, "To", top_k=10_000, seed=1) == generate_text(hamlet, "To", seed=1)


def test_characters_are_drawn_as_often_as_their_probability_says() -> None:
    trainer = untrained(TextTask(text="abc" * 20))
    draws = [next(sample_text(trainer, "a", length=1, temperature=0.5, seed=seed)) for seed in range(2000)]
    expected = dict(draws[0].likely)
    counted = Counter(c.character for c in draws)
    for character, probability in expected.items():
        deviation = math.sqrt(2000 * probability * (1 - probability))
        assert abs(counted[character] - 2000 * probability) < 4 * deviation


@settings(deadline=None)  # other processes share the machine
@given(
    st.lists(st.floats(-1e30, 1e30), min_size=2, max_size=20),
    st.floats(0, 1e300),
    st.none() | st.integers(1, 30),
)
def test_a_distribution_sums_to_one_whatever_the_outputs(
    outputs: list[float], temperature: float, top_k: int | None
) -> None:
    probabilities = distribution(torch.tensor(outputs, dtype=torch.float64), temperature, top_k)
    assert probabilities.isfinite().all()
    assert float(probabilities.sum()) == pytest.approx(1)
    assert probabilities[outputs.index(max(outputs))] == probabilities.max()
    assert int((probabilities > 0).sum()) <= min(len(outputs), top_k or len(outputs))


def test_the_distribution_is_the_softmax_of_outputs_over_temperature() -> None:
    outputs = torch.randn(30, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 10
    torch.testing.assert_close(distribution(outputs, 0.8), torch.softmax(outputs / 0.8, 0))


def test_unknown_characters_of_a_prompt_are_skipped(hamlet: Trained) -> None:
    assert generate_text(hamlet, "T🙂o日", seed=1) == generate_text(hamlet, "To", seed=1)


@pytest.mark.parametrize("prompt", ["", "🙂日本"])
@pytest.mark.parametrize("mode", ["carry", "window"])
def test_without_a_known_prompt_a_sample_starts_from_a_training_character(
    hamlet: Trained, prompt: str, mode: Any
) -> None:
    text = generate_text(hamlet, prompt, length=15, mode=mode, seed=4)
    assert len(text) == 15
    assert text == generate_text(hamlet, "", length=15, mode=mode, seed=4)


def test_the_random_start_comes_from_the_training_part() -> None:
    trainer = untrained(TextTask(text="ab" * 60 + "c" * 25))
    assert trainer.experiment.split.training_part == 120
    firsts = {tuple(p for _, p in next(sample_text(trainer, "", length=1, seed=seed)).likely) for seed in range(40)}
    after = {start: tuple(p for _, p in next(sample_text(trainer, start, length=1, seed=0)).likely) for start in "abc"}
    assert firsts == {after["a"], after["b"]}


@pytest.mark.parametrize("mode", ["carry", "window"])
def test_sampling_changes_neither_the_network_nor_anyone_s_random_numbers(hamlet: Trained, mode: Any) -> None:
    before = {name: tensor.clone() for name, tensor in hamlet.network.state_dict().items()}
    training, random = hamlet.network.training, torch.get_rng_state()
    numpy_random = np.random.get_state()[1].copy()  # type: ignore[index]
    list(sample_text(hamlet, "", length=10, mode=mode))
    assert all(torch.equal(tensor, before[name]) for name, tensor in hamlet.network.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in hamlet.network.parameters())
    assert hamlet.network.training == training
    assert torch.equal(torch.get_rng_state(), random)
    assert (np.random.get_state()[1] == numpy_random).all()  # type: ignore[index]


def test_a_half_drained_stream_leaves_autograd_as_it_was(hamlet: Trained) -> None:
    stream = sample_text(hamlet, "To", length=10)
    next(stream)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize(
    ("field", "bad"),
    [("temperature", -0.1), ("temperature", math.nan), ("temperature", math.inf), ("length", 0), ("length", -5),
     ("length", 100_001), ("top_k", 0), ("top_k", -1), ("mode", "slide")],
)  # fmt: skip
def test_a_bad_setting_is_refused_by_name_before_anything_is_drawn(hamlet: Trained, field: str, bad: Any) -> None:
    for function in (sample_text, generate_text):
        with pytest.raises(ValueError, match=f"^{field} must be .*{bad}"):
            function(hamlet, "To", **{field: bad})


def test_a_network_that_has_diverged_says_so() -> None:
    trainer = untrained(TextTask(text=HAMLET))
    with torch.no_grad():
        trainer.network.get_parameter("readout.bias").fill_(math.nan)
    with pytest.raises(ValueError, match="diverged"):
        generate_text(trainer, "To")


def test_each_task_is_told_which_function_is_its_own(hamlet: Trained) -> None:
    with pytest.raises(ValueError, match="use generate_text"):
        forecast(hamlet)
    with pytest.raises(ValueError, match="use forecast"):
        generate_text(untrained(SineTask()))
