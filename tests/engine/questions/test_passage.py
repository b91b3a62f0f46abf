"""A run's network reads what it is asked to, from its own data, and answers in the data's own units."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rnn_engine import (
    AddingTask,
    AgreementTask,
    Experiment,
    NetworkConfig,
    TemporalOrderTask,
    TrainingConfig,
    WordTask,
)
from rnn_engine.measures.activations import saliency
from rnn_engine.questions.kinds import ForgettingQuestion, PassageQuestion, WindowQuestion
from rnn_engine.questions.passage import forget_in, look_at, passage
from rnn_engine.runs import worker
from tests.engine.small_runs import ALL_CELLS, TASKS, TEXT, experiment_of, start, steps


def trained(task="text", cell="gru", **options):
    trainer = start(experiment_of(task, cell, layers=2, **options))
    steps(trainer, 4)
    return trainer


def test_a_text_s_passage_is_what_was_typed_without_what_is_unknown():
    found = passage(experiment_of("text"), "To be §£ it")
    assert "".join(found.symbols or ()) == "To be  it"
    assert found.inputs.tolist() == TEXT.encode("To be  it").tolist()
    assert len(passage(experiment_of("text"), "to be " * 200).inputs) == 600


def test_a_text_in_words_is_read_word_by_word_and_shown_with_spaces():
    task = WordTask(text="the cat sat on the mat and the dog sat on the cat " * 9)
    experiment = Experiment(task=task, network=NetworkConfig(hidden_size=4), training=TrainingConfig(sequence_length=9))
    found = passage(experiment, "the unheard-of cat sat")
    assert found.symbols == ["the", "cat", "sat"]
    assert found.inputs.tolist() == task.encode("the cat sat").tolist()
    seen = look_at(start(experiment), PassageQuestion("the cat sat", 2, 1, "next"))
    assert not seen.joined
    assert seen.asked == "sat"
    assert look_at(trained(), PassageQuestion("To be", None, 1, "next")).joined


@pytest.mark.parametrize("text", ["", "§£"])
def test_where_nothing_is_known_the_test_part_s_own_text_is_read(text):
    experiment = experiment_of("text")
    found = passage(experiment, text, length=30)
    begin = experiment.split.test_start
    assert "".join(found.symbols or ()) == TEXT.text[begin : begin + 30]
    everything = passage(experiment_of("text", test_fraction=0.0), length=30)
    assert "".join(everything.symbols or ()) == TEXT.text[:30]


def test_a_series_is_read_scaled_and_shown_in_its_own_units():
    experiment = experiment_of("series")
    found: Any = passage(experiment, length=10)
    begin = experiment.split.test_start
    assert found.values.tolist() == list(TASKS["series"].values[begin : begin + 10])
    part = np.array(TASKS["series"].values[: experiment.split.training_part])
    np.testing.assert_allclose(found.inputs[:, 0], (found.values - part.mean()) / part.std())


@pytest.mark.parametrize(
    ("task", "length", "shown"),
    [(AddingTask(), 12, None), (TemporalOrderTask(), 20, "4"), (AgreementTask(distance=4), 9, "the")],
)
def test_a_generated_task_s_passage_is_its_first_test_example(task, length, shown):
    experiment = Experiment(
        task=task, network=NetworkConfig(hidden_size=4), training=TrainingConfig(sequence_length=length)
    )
    found = passage(experiment)
    inputs = task.test_examples(42, length, "last").inputs[:, 0]
    assert torch.equal(found.inputs, torch.from_numpy(inputs))
    if shown is None:
        np.testing.assert_array_equal(found.values, inputs[:, 0])
    else:
        assert shown in (found.symbols or ())
    assert look_at(start(experiment), PassageQuestion("", None, 1, "likeliest")).saliency.shape == (length,)


@ALL_CELLS
def test_a_look_asks_about_the_likeliest_answer_or_the_one_that_comes_next(cell):
    trainer = trained(cell=cell)
    text = "To be, or not"
    likeliest = look_at(trainer, PassageQuestion(text, 5, 2, "likeliest"))
    with torch.no_grad():
        tokens = torch.from_numpy(TEXT.encode(text))
        outputs = trainer.network(tokens.unsqueeze(0)).outputs[0, 4]
    order = outputs.argsort(descending=True).tolist()
    assert [symbol for symbol, _p in likeliest.likely] == [TEXT.vocabulary[token] for token in order[:8]]
    wanted = torch.softmax(outputs.double(), 0)[order[:8]]
    np.testing.assert_allclose([p for _symbol, p in likeliest.likely], wanted, rtol=1e-4)
    assert likeliest.asked == TEXT.vocabulary[order[0]]
    np.testing.assert_allclose(likeliest.saliency, saliency(trainer.network, tokens[:5], order[0]))
    following = look_at(trainer, PassageQuestion(text, 5, 2, "next"))
    assert following.asked == ","
    np.testing.assert_allclose(following.saliency, saliency(trainer.network, tokens[:5], int(tokens[5])))
    assert look_at(trainer, PassageQuestion(text, 99, 9, "next")).timestep == 13


def test_a_look_at_values_predicts_in_original_units():
    trainer = trained("series")
    seen: Any = look_at(trainer, PassageQuestion("", None, 1, "likeliest"))
    assert seen.symbols is None
    assert seen.likely == []
    assert 80 < seen.prediction < 125
    assert seen.hidden.shape == (len(seen.values), 8)


def test_looking_changes_nothing_of_the_training():
    watched, alone = trained(), trained()
    look_at(watched, PassageQuestion("To be", None, 1, "likeliest"))
    forget_in(watched, WindowQuestion("erase", 1.0))
    assert steps(watched, 3) == steps(alone, 3)


def test_a_run_forgets_over_a_window_of_its_own_length_unless_that_takes_too_long(monkeypatch):
    trainer = trained()
    assert len(forget_in(trainer, WindowQuestion("erase", 1.0)).forgetting.output) == 20
    monkeypatch.setattr("rnn_engine.questions.passage.FLOPS_LIMIT", 1e5)
    assert 2 <= len(forget_in(trainer, WindowQuestion("nudge", 0.5)).forgetting.output) < 20


def test_a_worker_answers_with_the_step_it_looked_at():
    experiment = experiment_of("text", "lstm")
    subject = worker.Subject("a run", experiment, None)
    answer = worker.ask(subject, PassageQuestion("", None, 1, "likeliest"))
    assert answer.step == 0
    assert set(answer.gates) == {"i", "f", "g", "o"}
    assert worker.ask(subject, WindowQuestion("erase", 1.0)).step == 0


def test_the_probe_of_several_cells_reads_the_same_sequence_with_each():
    networks = NetworkConfig(cell="rnn_tanh", hidden_size=4), NetworkConfig(cell="lstm", hidden_size=4)
    question = ForgettingQuestion(networks, sequence_length=9, input="noise", seed=3, change="nudge", size=0.5)
    both = worker.probe(question)
    alone = worker.probe(replace(question, networks=networks[1:]))
    assert both[1].output.tolist() == alone[0].output.tolist()
    assert len(both[0].output) == 9
    wild = NetworkConfig(cell="rnn_relu", gain=10, hidden_size=32, init="orthogonal")
    with pytest.raises(ValueError, match="not finite"):
        worker.probe(replace(question, networks=(wild,), sequence_length=1000))


def test_an_lstm_s_cell_state_is_shown_as_its_output_gate_sees_it():
    trainer = trained(cell="lstm")
    shown: Any = look_at(trainer, PassageQuestion("To be", None, 2, "likeliest"))
    np.testing.assert_allclose(shown.hidden, shown.gates["o"] * shown.tanh_cell, rtol=1e-12)
    assert look_at(trained(), PassageQuestion("To be", None, 2, "likeliest")).tanh_cell is None
