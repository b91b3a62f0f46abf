"""The task of words: cut where its writer set spaces, validated like text, trained and sampled."""

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from rnn_engine import Experiment, NetworkConfig, Trainer, TrainingConfig, WordTask, generate_text
from rnn_engine.free_running.text import sample_text
from rnn_engine.runs import worker
from rnn_engine.tasks.tokens import LARGEST_VOCABULARY, LONGEST_TEXT

FOCUS = "the focus of his work today is recurrence . " * 12


def experiment_of(text: str = FOCUS, **training: Any) -> Experiment:
    settings: dict[str, Any] = {"sequence_length": 8, "batch_size": 8, "epochs": 8, "learning_rate": 0.02, **training}
    return Experiment(
        task=WordTask(text=text), network=NetworkConfig(hidden_size=12), training=TrainingConfig(**settings)
    )


@pytest.mark.parametrize("text", ["the cat sat on the mat", "我 爱 中国 。", " a\tb\n\nc  a "])
def test_words_come_back_from_their_tokens(text: str) -> None:
    task = WordTask(text=text)
    assert [task.vocabulary[token] for token in task.sequence(0)] == text.split()
    assert task.join(task.units_of(text)) == " ".join(text.split())
    assert WordTask.model_validate_json(task.model_dump_json()) == task
    assert task.sequence_size == len(text.split())
    assert task.output_size == task.vocabulary_size == len(set(text.split()))
    assert task.answers_classes
    assert sum(task.counts.values()) == task.sequence_size
    with pytest.raises(ValueError, match="read-only"):
        task.sequence(0)[0] = 1


def test_encoding_keeps_what_is_known_and_names_what_is_not() -> None:
    task = WordTask(text="我 爱 中国")
    assert [task.vocabulary[token] for token in task.encode("中国 和 我 和 你")] == ["中国", "我"]
    assert task.unknown("中国 和 我 和 你") == ("和", "你")
    assert task.vocabulary == tuple(sorted(["我", "爱", "中国"]))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("no no no", "one_word"),
        ("a b " * (LONGEST_TEXT // 4) + "c", "text_too_long"),
        (" ".join(map(str, range(LARGEST_VOCABULARY + 1))), "too_many_words"),
        ("a b\ud800", "not_unicode"),
    ],
)
def test_a_text_that_cannot_be_learnt_is_refused(text: str, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WordTask(text=text)
    assert [error["type"] for error in caught.value.errors()] == [kind]


def test_a_text_of_too_few_words_is_refused_by_its_experiment() -> None:
    with pytest.raises(ValidationError, match="9 values are too few"):
        experiment_of("the focus of his work today is recurrence .")


def test_an_experiment_of_words_survives_json() -> None:
    experiment = experiment_of()
    again = Experiment.model_validate_json(experiment.model_dump_json())
    assert again == experiment
    assert isinstance(again.task, WordTask)


@pytest.mark.parametrize("mode", ["carry", "window"])
def test_the_chapters_sentence_is_learnt_and_its_next_word_predicted(mode: Any) -> None:
    trainer = Trainer(experiment_of())
    while trainer.step():
        pass
    prompt = "the focus of his work today is"
    assert generate_text(trainer, prompt, length=3, temperature=0, mode=mode) == f"{prompt} recurrence . the"
    (next_word,) = sample_text(trainer, prompt, length=1, temperature=1, top_k=1, mode=mode)
    assert next_word.character == "recurrence"


def test_unknown_words_of_a_prompt_are_left_out_of_what_is_written() -> None:
    trainer = Trainer(experiment_of())
    written = generate_text(trainer, "the unheard-of focus", length=4, seed=1)
    assert written.startswith("the focus ")
    assert len(written.split()) == 6
    assert len(generate_text(trainer, "", length=5, seed=1).split()) == 5


def test_a_run_of_words_writes_samples_while_it_trains() -> None:
    held: Any = SimpleNamespace(trainer=Trainer(experiment_of()), next_sample=0.0)
    written = worker._sample(held, temperature=1.0, must=True)
    assert written
    assert set(written.split()) <= set(FOCUS.split())
