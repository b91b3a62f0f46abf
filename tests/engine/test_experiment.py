"""An experiment is a value: validated, frozen, hashable, JSON both ways, and never too costly to start."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from rnn_engine import Experiment, NetworkConfig, SeriesTask, SineTask, TextTask, TrainingConfig
from rnn_engine.cells import Cell
from rnn_engine.configs import Init, Optimizer, Schedule

ROOT = Path(__file__).resolve().parents[2]

networks = st.builds(
    NetworkConfig,
    cell=st.sampled_from(get_args(Cell)),
    hidden_size=st.integers(1, 16),
    num_layers=st.integers(1, 4),
    embedding_size=st.none() | st.integers(1, 16),
    init=st.sampled_from(get_args(Init)),
    gain=st.floats(0, 10),
    forget_bias=st.none() | st.floats(-10, 10),
)
trainings = st.builds(
    TrainingConfig,
    sequence_length=st.integers(2, 30),
    batch_size=st.integers(1, 64),
    optimizer=st.sampled_from(get_args(Optimizer)),
    learning_rate=st.floats(1e-6, 100),
    schedule=st.sampled_from(get_args(Schedule)),
    epochs=st.integers(1, 100_000),
    loss_on=st.sampled_from(["last", "all"]),
    clip_norm=st.none() | st.floats(1e-4, 1e4),
    clip_value=st.none() | st.floats(1e-4, 1e4),
    test_fraction=st.floats(0, 0.9),
    seed=st.integers(0, 2**31 - 1),
)
finite = st.floats(-1e100, 1e100)
tasks = (
    st.builds(SineTask, length=st.integers(32, 20_000), frequency=st.floats(0.05, 3), noise=st.floats(0, 2))
    # 1, 2, 3, ... in front, so that no part of it is constant.
    | st.builds(lambda more: SeriesTask(values=(*range(40), *more)), st.lists(finite, max_size=20))
    | st.builds(lambda more: TextTask(text="ab" * 20 + more), st.text(max_size=40))
)
experiments = st.builds(Experiment, task=tasks, network=networks, training=trainings)


def fresh_interpreter(code: str) -> str:
    """What `code` prints in a Python of its own, started in the repository."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@settings(deadline=None)  # other processes share the machine
@given(experiments)
def test_json_both_ways_gives_an_equal_experiment_with_an_equal_hash(experiment: Experiment) -> None:
    again = Experiment.model_validate_json(experiment.model_dump_json())
    assert again == experiment
    assert hash(again) == hash(experiment)
    assert again.model_dump_json() == experiment.model_dump_json()


def test_experiments_that_differ_in_one_field_are_not_equal() -> None:
    experiment = Experiment(task=SineTask())
    assert experiment.with_settings(seed=43) != experiment
    assert experiment.with_settings(cell="lstm") != experiment
    assert Experiment(task=SineTask(phase=0.1)) != experiment
    assert experiment.with_settings(seed=42) == experiment


def test_equal_experiments_stay_equal_after_one_of_them_was_used() -> None:
    used = Experiment(task=TextTask(text="hello world, hello"), training=TrainingConfig(sequence_length=4))
    assert used.cost.flops > 0
    assert used.split.training_part
    assert used.task.sequence(0).size
    fresh = Experiment.model_validate_json(used.model_dump_json())
    assert used == fresh
    assert hash(used) == hash(fresh)
    assert used.model_dump_json() == fresh.model_dump_json()


@pytest.mark.parametrize(("part", "field"), [("task", "length"), ("network", "cell"), ("training", "seed")])
def test_nothing_can_be_changed_in_place(part: str, field: str) -> None:
    experiment = Experiment(task=SineTask())
    with pytest.raises(ValidationError, match="frozen"):
        setattr(getattr(experiment, part), field, 7)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(experiment, part, None)


@pytest.mark.parametrize(
    ("config", "field", "bad", "bound"),
    [
        (NetworkConfig, "hidden_size", 0, "1"),
        (NetworkConfig, "hidden_size", 513, "512"),
        (NetworkConfig, "num_layers", 0, "1"),
        (NetworkConfig, "num_layers", 5, "4"),
        (NetworkConfig, "embedding_size", 0, "1"),
        (NetworkConfig, "gain", -0.1, "0"),
        (NetworkConfig, "gain", math.nan, "finite"),
        (NetworkConfig, "forget_bias", 10.5, "10"),
        (NetworkConfig, "cell", "rnn", "rnn_tanh"),
        (NetworkConfig, "init", "zeros", "orthogonal"),
        (TrainingConfig, "sequence_length", 1, "2"),
        (TrainingConfig, "sequence_length", 1001, "1000"),
        (TrainingConfig, "batch_size", 0, "1"),
        (TrainingConfig, "optimizer", "adamw", "momentum"),
        (TrainingConfig, "learning_rate", 0, "0.000001"),
        (TrainingConfig, "learning_rate", math.inf, "finite"),
        (TrainingConfig, "epochs", 0, "1"),
        (TrainingConfig, "epochs", 2.5, "integer"),
        (TrainingConfig, "loss_on", "first", "last"),
        (TrainingConfig, "clip_norm", 0, "0.0001"),
        (TrainingConfig, "clip_value", -1, "0.0001"),
        (TrainingConfig, "test_fraction", 0.95, "0.9"),
        (TrainingConfig, "seed", -1, "0"),
        (TrainingConfig, "seed", 2**31, "2147483647"),
    ],
)
def test_a_bad_value_is_refused_with_its_field_its_bound_and_what_was_given(
    config: type[BaseModel], field: str, bad: Any, bound: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        config(**{field: bad})
    (error,) = caught.value.errors()
    assert error["loc"] == (field,)
    assert bound in error["msg"]
    assert error["input"] is bad or error["input"] == bad
    assert field in str(caught.value)


def test_a_bad_value_inside_an_experiment_is_named_by_its_path() -> None:
    with pytest.raises(ValidationError) as caught:
        Experiment.model_validate({"task": {"kind": "sine", "length": 3}, "training": {"seed": -1}})
    assert {error["loc"] for error in caught.value.errors()} == {("task", "sine", "length"), ("training", "seed")}


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="dropout"):
        NetworkConfig(dropout=0.1)  # type: ignore[call-arg]


@pytest.mark.parametrize("loss_on", ["last", "all"])
def test_the_smallest_sequence_is_two_values_longer_than_the_sequence_length(loss_on: Any) -> None:
    training = TrainingConfig(sequence_length=10, loss_on=loss_on)
    smallest = Experiment(task=SineTask(length=12), training=training)
    assert smallest.split.train_windows >= 1
    with pytest.raises(ValidationError) as caught:
        Experiment(task=SineTask(length=11), training=training)
    (error,) = caught.value.errors()
    assert error["type"] == "sequence_too_short"
    assert error["ctx"] == {"given": 11, "needed": 12, "sequence_length": 10}
    assert "Lower the sequence length" in error["msg"]


def test_a_series_that_only_moves_in_its_test_part_is_refused() -> None:
    with pytest.raises(ValidationError, match="training part"):
        Experiment(task=SeriesTask(values=(1.0,) * 99 + (2.0,)), training=TrainingConfig(sequence_length=5))


@pytest.mark.parametrize("cell", get_args(Cell))
def test_the_costliest_step_is_refused_with_what_to_lower(cell: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Experiment(
            task=SineTask(length=2000),
            network=NetworkConfig(cell=cell, hidden_size=512, num_layers=4),
            training=TrainingConfig(sequence_length=1000, batch_size=512),
        )
    (error,) = caught.value.errors()
    assert error["type"] == "too_costly"
    assert "Lower the hidden size" in error["msg"]


def test_a_step_too_costly_is_refused_before_a_tensor_can_exist() -> None:
    code = """
import sys, time
from pydantic import ValidationError
from rnn_engine import Experiment, NetworkConfig, SineTask, TrainingConfig
started = time.perf_counter()
try:
    Experiment(task=SineTask(length=2000), network=NetworkConfig(hidden_size=512, num_layers=4),
               training=TrainingConfig(sequence_length=1000, batch_size=512))
except ValidationError as error:
    print(error.errors()[0]["type"], "torch" in sys.modules, time.perf_counter() - started < 1)
"""
    assert fresh_interpreter(code) == "too_costly False True"


def test_describing_an_experiment_loads_neither_torch_nor_streamlit() -> None:
    code = """
import sys, rnn_engine
from rnn_engine.baselines import baselines
from rnn_engine.scripts.pytorch_script import plain_script
for task in (rnn_engine.SineTask(), rnn_engine.TextTask(text="to be, or not to be " * 9)):
    experiment = rnn_engine.Experiment(task=task)
    baselines(experiment), plain_script(experiment), experiment.cost, experiment.model_dump_json()
print([name for name in ("torch", "streamlit", "plotly") if name in sys.modules])
"""
    assert fresh_interpreter(code) == "[]"


def test_a_fresh_interpreter_does_notice_when_torch_is_loaded() -> None:
    assert fresh_interpreter("import sys, torch; print('torch' in sys.modules)") == "True"


@settings(deadline=None)  # other processes share the machine
@given(experiments)
def test_steps_are_batches_times_epochs_and_the_last_batch_may_be_smaller(experiment: Experiment) -> None:
    full, training = experiment.steps_per_epoch * experiment.training.batch_size, experiment.training
    assert full - training.batch_size < experiment.split.train_windows <= full
    assert experiment.steps == experiment.steps_per_epoch * training.epochs


def test_the_chapter_s_sine_has_24_batches_an_epoch() -> None:
    assert Experiment(task=SineTask()).steps_per_epoch == 24


def test_with_settings_validates_again() -> None:
    with pytest.raises(ValidationError, match="hidden_size"):
        Experiment(task=SineTask()).with_settings(hidden_size=1000)
    with pytest.raises(ValidationError, match="at least 1002"):
        Experiment(task=SineTask()).with_settings(sequence_length=1000)
