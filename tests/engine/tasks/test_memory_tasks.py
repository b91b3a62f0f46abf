"""Generated tasks ask for what they say they ask for, have the floors they claim, and train bit for bit like any other."""

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional as F

from rnn_engine import (
    AddingTask,
    AgreementTask,
    CopyTask,
    EchoTask,
    Experiment,
    NetworkConfig,
    SineTask,
    TemporalOrderTask,
    TextTask,
    Trainer,
    TrainingConfig,
    forecast,
    generate_text,
)
from rnn_engine.baselines import baselines
from rnn_engine.network.recurrent import Network
from rnn_engine.scripts.pytorch_script import plain_script
from rnn_engine.tasks.agreement import NOUNS, PEOPLE, WORDS
from rnn_engine.training.data import Data, scaling
from rnn_engine.training.evaluation import error_rate
from tests.engine.small_runs import ALL_CELLS, plain, start, steps

SETTINGS: dict[str, tuple[Any, int, str]] = {
    "adding": (AddingTask(), 12, "last"),
    "copy": (CopyTask(symbols=4, length=3, delay=5), 11, "all"),
    "temporal_order": (TemporalOrderTask(), 20, "last"),
    "echo": (EchoTask(delay=4), 12, "last"),
    "echo_all": (EchoTask(delay=4), 12, "all"),
    "agreement": (AgreementTask(distance=12), 17, "last"),
}
SINGULARS, PLURALS = ({noun[number] for noun in NOUNS} for number in (0, 1))
ALL = pytest.mark.parametrize("name", SETTINGS)


def experiment_of(name: str, cell: Any = "gru", layers: int = 1, **training: Any) -> Experiment:
    task, sequence_length, loss_on = SETTINGS[name]
    return Experiment(
        task=task,
        network=NetworkConfig(cell=cell, hidden_size=8, num_layers=layers),
        training=TrainingConfig(
            **{"sequence_length": sequence_length, "loss_on": loss_on, "batch_size": 16, "epochs": 2, **training}
        ),
    )


def drawn(task: Any, sequence_length: int, loss_on: str, count: int = 400) -> tuple[Any, Any]:
    inputs, targets, *_ = task.draw(np.random.default_rng(5), count, sequence_length, loss_on)
    return inputs, targets


def each_example(inputs: torch.Tensor) -> set[bytes]:
    return {inputs[:, i].numpy().tobytes() for i in range(inputs.shape[1])}


def kind_of_error(task: Any, **training: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(ValidationError) as caught:
        Experiment(task=task, training=TrainingConfig(**training))
    (error,) = caught.value.errors()
    return error["type"], error.get("ctx", {})


# What they ask for


@pytest.mark.parametrize("sequence_length", [2, 3, 50, 51])
def test_adding_asks_for_the_sum_of_one_marked_value_in_each_half(sequence_length):
    inputs, targets = drawn(AddingTask(), sequence_length, "last")
    assert inputs.shape == (sequence_length, 400, 2)
    assert targets.shape == (400, 1)
    values, markers = inputs[..., 0], inputs[..., 1]
    assert set(np.unique(markers)) <= {0.0, 1.0}
    assert (markers[: sequence_length // 2].sum(0) == 1).all()
    assert (markers[sequence_length // 2 :].sum(0) == 1).all()
    np.testing.assert_array_equal(targets[:, 0], (values * markers).sum(0))
    assert values.min() >= 0
    assert values.max() <= 1
    for half in (markers[: sequence_length // 2], markers[sequence_length // 2 :]):
        assert half.any(1).all()  # every timestep is marked in some example


def test_copy_asks_for_the_symbols_again_after_the_delay():
    task = CopyTask(symbols=5, length=4, delay=7)
    inputs, targets = drawn(task, 15, "all")
    assert inputs.shape == targets.shape == (15, 400)
    for read, say in zip(inputs.T.tolist(), targets.T.tolist(), strict=True):
        said = read[:4]
        assert set(said) <= set(range(5))
        assert read == [*said, *[5] * 6, 6, *[5] * 4]  # 5 is the blank, 6 the delimiter
        assert say == [*[5] * 11, *said]
    assert (task.vocabulary_size, task.output_size) == (7, 6)
    assert set(np.unique(inputs[:4])) == set(range(5))


@pytest.mark.parametrize("sequence_length", [5, 6, 7, 8, 9, 13, 20, 60, 100])
def test_temporal_order_asks_for_the_order_of_two_symbols(sequence_length):
    inputs, targets = drawn(TemporalOrderTask(), sequence_length, "last", count=1000)
    assert inputs.shape == (sequence_length, 1000)
    first, second = set(), set()
    for read, answer in zip(inputs.T.tolist(), targets.tolist(), strict=True):
        places = [t for t, token in enumerate(read, start=1) if token in (0, 1)]
        assert len(places) == 2
        first.add(places[0])
        second.add(places[1])
        assert ["AA", "AB", "BA", "BB"][answer] == "".join("AB"[read[t - 1]] for t in places)
    tenths = [10 * t for t in range(1, sequence_length + 1)]
    assert first == {t // 10 for t in tenths if sequence_length <= t <= 2 * sequence_length}
    assert second == {t // 10 for t in tenths if 4 * sequence_length <= t <= 5 * sequence_length}
    assert set(np.unique(inputs)) == set(range(6))
    assert np.bincount(targets, minlength=4).min() > 200


def test_echo_asks_for_the_input_of_delay_timesteps_before():
    inputs, targets = drawn(EchoTask(delay=4), 12, "all")
    assert inputs.shape == targets.shape == (12, 400, 1)
    for t in range(12):
        np.testing.assert_array_equal(targets[t], inputs[t - 4] if t >= 4 else np.zeros((400, 1)))
    again, last = drawn(EchoTask(delay=4), 12, "last")
    np.testing.assert_array_equal(again, inputs)
    np.testing.assert_array_equal(last, targets[-1])
    assert -1 <= inputs.min() < -0.99
    assert 0.99 < inputs.max() <= 1


@pytest.mark.parametrize("distance", [1, 2, 3, 4, 5, 6, 7, 50])
def test_agreement_asks_for_the_number_of_the_first_noun_whatever_nouns_follow(distance):
    task = AgreementTask(distance=distance)
    assert task.sequence_length == distance + 5
    inputs, targets = drawn(task, distance + 5, "last", count=1000)
    assert inputs.shape == (distance + 5, 1000)
    others = {0: [0, 0], 1: [0, 0]}  # by the answer: nouns of the clause in the singular, and in the plural
    for tokens, answer in zip(inputs.T.tolist(), targets.tolist(), strict=True):
        words = [WORDS[token] for token in tokens]
        assert words[0] == "the"
        assert words[1] in PLURALS if answer else words[1] in SINGULARS
        assert words[2] == words[-1] == ","
        assert words[3] == ("who" if words[1] in {word for noun in PEOPLE for word in noun} else "which")
        assert "," not in words[4:-1]
        for word in words[4:-1]:
            if word in SINGULARS | PLURALS:
                others[answer][word in PLURALS] += 1
    assert np.bincount(targets).min() > 400
    if distance >= 4:  # the clause's nouns do not tell the answer
        assert all(0.4 < plural / (singular + plural) < 0.6 for singular, plural in others.values())


def test_an_agreement_s_clause_is_written_as_a_sentence_is():
    task = AgreementTask(distance=6)
    inputs = task.test_examples(42, 11, "last").inputs
    sentences = [task.sentence(tokens) for tokens in inputs.T]
    form = r"the \w+, (who|which) (slept|waited|stood|sang) (near|behind|beside|below) the \w+ (long ago|last night),"
    assert all(re.fullmatch(form, sentence) for sentence in sentences)
    assert "the cat, which sang" in " ".join(sentences)


# Floors


def test_the_floor_of_adding_is_a_sixth_and_not_0_1767():
    _, targets = drawn(AddingTask(), 50, "last", count=100_000)
    assert baselines(experiment_of("adding")) == {"floor": 1 / 6}
    assert np.mean((targets - 1) ** 2) == pytest.approx(1 / 6, rel=0.01)


@pytest.mark.parametrize("loss_on", ["last", "all"])
def test_the_floor_of_echo_is_the_variance_of_what_is_asked_for(loss_on):
    _, targets = drawn(EchoTask(delay=4), 12, loss_on, count=100_000)
    floor = baselines(experiment_of("echo" if loss_on == "last" else "echo_all"))["floor"]
    assert floor == pytest.approx(1 / 3 if loss_on == "last" else 8 / 12 / 3)
    assert np.mean(targets**2) == pytest.approx(floor, rel=0.01)


def test_the_floor_of_copy_is_that_of_guessing_the_symbols():
    experiment = Experiment(task=CopyTask(), training=TrainingConfig(sequence_length=40, loss_on="all"))
    assert baselines(experiment) == {"floor": pytest.approx(10 * math.log(8) / 40)}
    assert baselines(experiment)["floor"] == pytest.approx(0.5199, abs=1e-4)
    assert baselines(experiment_of("temporal_order")) == {"floor": math.log(4)}
    assert baselines(experiment_of("agreement")) == {"floor": math.log(2)}


# Training


@ALL
@ALL_CELLS
def test_every_cell_trains_on_every_task_and_goes_on_from_a_checkpoint_bit_for_bit(cell, name):
    experiment = experiment_of(name, cell, layers=2)
    straight = start(experiment)
    before = steps(straight, 3)
    restored = start(experiment)
    assert steps(restored, 3) == before
    restored = Trainer.restore(experiment, restored.checkpoint())
    assert steps(restored, 3) == steps(straight, 3)
    assert plain(restored.snapshot()) == plain(straight.snapshot())
    assert restored.checkpoint() == straight.checkpoint()
    assert (straight.epoch, experiment.steps) == (0.06, 200)
    assert start(experiment.with_settings(seed=7)).step()


def test_a_second_epoch_has_new_examples_and_a_checkpoint_at_its_start_goes_on_bit_for_bit():
    experiment = experiment_of("echo", learning_rate=1e-6)  # the weights hardly move: equal batches, equal losses
    straight = start(experiment)
    first = steps(straight, 100)
    restored: Any = Trainer.restore(experiment, straight.checkpoint())
    second = steps(straight, 100)
    assert steps(restored, 100) == second
    assert len(set(first) | set(second)) == 200
    assert not straight.step()


@ALL
def test_no_batch_is_trained_on_twice_and_none_is_part_of_the_test(name):
    experiment = experiment_of(name)
    data, generator = Data(experiment), torch.Generator()
    batches, examples = set(), set()
    for epoch in (0, 1):
        order = data.order(epoch, generator)
        assert order.tolist() == list(range(1600 * epoch, 1600 * (epoch + 1)))
        for windows in order[:160].split(16):
            batch = data.batch(windows, torch.float64)
            assert torch.equal(data.batch(windows, torch.float64).inputs, batch.inputs)
            batches.add(batch.inputs.numpy().tobytes())
            examples |= each_example(batch.inputs)
    assert len(batches) == 20
    tested = data.batch(data.test_windows(), torch.float64).inputs
    assert tested.shape[1] == 1000
    if name != "copy":  # there are only 64 different words of three symbols out of four
        assert (len(examples), len(each_example(tested))) == (320, 1000)
        assert not each_example(tested) & examples


@ALL
def test_the_test_examples_are_always_the_same_whichever_are_looked_at(name):
    experiment = experiment_of(name)
    data = Data(experiment)
    whole = data.batch(data.test_windows(), torch.float64)
    other = Data(experiment.with_settings(batch_size=3, test_fraction=0.0))
    some = other.test_windows(5)
    assert some.tolist() == [-1000, -750, -500, -251, -1]
    part = other.batch(some, torch.float64)
    assert torch.equal(part.inputs, whole.inputs[:, some + 1000])
    every = experiment.training.loss_on == "all"
    assert torch.equal(part.targets, whole.targets[:, some + 1000] if every else whole.targets[some + 1000])
    seeded = Data(experiment.with_settings(seed=1))
    assert not torch.equal(seeded.batch(some, torch.float64).inputs, part.inputs)


def test_training_examples_are_drawn_a_batch_at_a_time():
    data = Data(experiment_of("adding"))
    with pytest.raises(ValueError, match="consecutive"):
        data.batch(torch.tensor([0, 2, 3]), torch.float32)


@ALL
def test_the_test_loss_is_that_of_the_network_on_the_thousand_examples(name):
    experiment = experiment_of(name)
    trainer = start(experiment)
    steps(trainer, 4)
    snapshot = trainer.snapshot()
    task: Any = experiment.task
    inputs, targets, *_ = task.test_examples(42, experiment.training.sequence_length, experiment.training.loss_on)
    tokens = experiment.task.answers_classes
    read = torch.from_numpy(inputs).transpose(0, 1)
    outputs = trainer.network(read if tokens else read.float()).outputs.detach().transpose(0, 1)
    outputs = outputs if experiment.training.loss_on == "all" else outputs[-1]
    answers = torch.from_numpy(targets)
    if tokens:
        loss = F.cross_entropy(outputs.flatten(0, -2), answers.flatten()).item()
        wrong = (outputs.argmax(-1) != answers).double().mean().item()
        assert error_rate(experiment, trainer.network) == pytest.approx(wrong)
        assert snapshot.test_accuracy == pytest.approx(1 - wrong)
        assert snapshot.prediction is None
    else:
        loss = F.mse_loss(outputs, answers.float()).item()
        last = outputs if experiment.training.loss_on == "last" else outputs[-1]
        np.testing.assert_allclose(snapshot.prediction, last[:, 0].double(), rtol=1e-4, atol=1e-6)
        assert error_rate(experiment, trainer.network) is None
        assert snapshot.test_accuracy is None
    assert snapshot.test_loss == pytest.approx(loss, rel=1e-4)
    assert snapshot.predicted is None
    assert (scaling(experiment).mean, scaling(experiment).std) == (0.0, 1.0)
    assert experiment.with_settings(test_fraction=0.0).split == experiment.split


@ALL
@ALL_CELLS
def test_a_step_s_gradient_is_autograd_s_on_the_same_batch(cell, name):
    experiment = experiment_of(name, cell, layers=2)
    trainer = start(experiment)
    trainer.network.double()
    network: Any = Network.of(experiment, torch.Generator().manual_seed(42)).double()
    steps(trainer, 1)
    training = experiment.training
    task: Any = experiment.task
    inputs, targets, *_ = task.training_examples(42, 0, 16, training.sequence_length, training.loss_on)
    outputs = network(torch.from_numpy(inputs).transpose(0, 1)).outputs.transpose(0, 1)
    outputs, answers = outputs if training.loss_on == "all" else outputs[-1], torch.from_numpy(targets)
    tokens = experiment.task.answers_classes
    loss = F.cross_entropy(outputs.flatten(0, -2), answers.flatten()) if tokens else F.mse_loss(outputs, answers)
    loss.backward()
    assert trainer.loss == pytest.approx(loss.item(), rel=1e-12)
    for ours, theirs in zip(trainer.network.parameters(), network.parameters(), strict=True):
        np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-9, atol=1e-14)


def test_after_diverging_the_last_good_step_is_measured_again_on_its_own_examples():
    experiment = experiment_of("echo_all", "rnn_relu", optimizer="sgd", learning_rate=0.01)
    trainer, good = start(experiment), start(experiment)
    steps(trainer, 5)
    steps(good, 5)
    with torch.no_grad():
        trainer._flat.values.fill_(1e30)
    assert not trainer.step()
    assert trainer.diverged == "loss"
    np.testing.assert_allclose(trainer.gradient_flow.hidden, good.gradient_flow.hidden, rtol=1e-5)


@pytest.mark.parametrize("loss_on", ["last", "all"])
def test_a_gru_soon_echoes_three_timesteps_far_below_the_floor(loss_on):
    experiment = Experiment(
        task=EchoTask(delay=3),
        network=NetworkConfig(cell="gru", hidden_size=24),
        training=TrainingConfig(sequence_length=10, batch_size=32, epochs=4, loss_on=loss_on, learning_rate=0.01),
    )
    trainer = start(experiment)
    steps(trainer, 400)
    assert trainer.snapshot().test_loss < 0.1 * baselines(experiment)["floor"]


def test_a_short_clause_is_soon_no_obstacle_for_any_cell():
    for cell in ("rnn_tanh", "rnn_relu", "lstm", "gru"):
        experiment = Experiment(
            task=AgreementTask(distance=3),
            network=NetworkConfig(cell=cell, hidden_size=32, embedding_size=16, init="orthogonal"),
            training=TrainingConfig(sequence_length=8, epochs=3, learning_rate=0.003, clip_norm=1.0),
        )
        trainer = start(experiment)
        steps(trainer, 300)
        assert trainer.snapshot().test_accuracy == 1


# What is possible


def test_agreement_refuses_a_sequence_length_that_does_not_fit_its_distance():
    kind, values = kind_of_error(AgreementTask(distance=20), sequence_length=50)
    assert (kind, values) == ("sequence_length_must_be", {"given": 50, "needed": 25})


def test_copy_refuses_a_sequence_length_that_does_not_fit_and_names_the_right_one():
    kind, values = kind_of_error(CopyTask(), sequence_length=50, loss_on="all")
    assert (kind, values) == ("sequence_length_must_be", {"given": 50, "needed": 40})
    assert (
        Experiment(task=CopyTask(), training=TrainingConfig(sequence_length=40, loss_on="all")).steps_per_epoch == 100
    )


def test_a_loss_that_the_task_has_no_targets_for_is_refused():
    assert kind_of_error(AddingTask(), loss_on="all")[0] == "last_only"
    assert kind_of_error(TemporalOrderTask(), loss_on="all")[0] == "last_only"
    assert kind_of_error(AgreementTask(), sequence_length=15, loss_on="all")[0] == "last_only"
    assert kind_of_error(CopyTask(), sequence_length=40)[0] == "all_only"


def test_a_sequence_too_short_for_the_question_is_refused():
    assert kind_of_error(EchoTask(delay=9), sequence_length=9) == ("generated_too_short", {"given": 9, "needed": 10})
    assert kind_of_error(TemporalOrderTask(), sequence_length=4) == ("generated_too_short", {"given": 4, "needed": 5})
    assert Experiment(task=EchoTask(delay=9), training=TrainingConfig(sequence_length=10)).steps_per_epoch == 100


@ALL
def test_json_both_ways_gives_an_equal_experiment(name):
    experiment = experiment_of(name)
    again = Experiment.model_validate_json(experiment.model_dump_json())
    assert again == experiment
    assert hash(again) == hash(experiment)


@ALL
@ALL_CELLS
def test_the_estimated_parameters_are_those_of_the_network(cell, name):
    experiment = experiment_of(name, cell, layers=2)
    network = Network.of(experiment, torch.Generator())
    assert experiment.cost.parameters == sum(parameter.numel() for parameter in network.parameters())
    if not experiment.task.answers_classes:
        assert experiment.input_size == (2 if name == "adding" else 1)


def test_what_needs_a_sequence_refuses_by_name():
    adding, copy = (start(experiment_of(name)) for name in ("adding", "copy"))
    for trainer in (adding, copy):
        with pytest.raises(ValueError, match="text to sample from"):
            generate_text(trainer)
        with pytest.raises(ValueError, match="to forecast"):
            forecast(trainer)
        with pytest.raises(ValueError, match="no script"):
            plain_script(trainer.experiment)
        with pytest.raises(ValueError, match="no sequence"):
            trainer.experiment.task.sequence(0)
    with pytest.raises(ValueError, match="no sequence"):
        _ = AddingTask().sequence_size
    assert SineTask().vocabulary_size is None
    assert TextTask(text="abcb").vocabulary_size == 3
