"""A run goes on from its checkpoint to the same numbers, bit for bit; other bytes are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rnn_engine import Trainer
from rnn_engine.training.optimizers import OPTIMIZERS
from tests.engine.small_runs import ALL_CELLS, experiment_of, plain, start, steps

pytestmark = [
    pytest.mark.parametrize("either_tier", ["reference", "fast"], indirect=True),
    pytest.mark.usefixtures("either_tier"),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@ALL_CELLS
def test_restoring_in_the_middle_of_an_epoch_goes_on_bit_for_bit(cell, optimizer):
    experiment = experiment_of("text", cell, layers=2, optimizer=optimizer, learning_rate=0.02, schedule="cosine")
    trainer = start(experiment)
    assert experiment.steps_per_epoch == 12
    for done in (0, 4, 12, 31):
        steps(trainer, done - trainer.step_number)
        restored = Trainer.restore(experiment, trainer.checkpoint())
        assert plain(restored.snapshot()) == plain(trainer.snapshot())
        twin = Trainer.restore(experiment, trainer.checkpoint())
        more = min(10, experiment.steps - done)
        assert steps(restored, more) == steps(twin, more)
        straight = start(experiment)
        steps(straight, done + more)
        assert plain(restored.snapshot()) == plain(straight.snapshot())
        assert restored.checkpoint() == straight.checkpoint()


def test_live_changes_replayed_at_the_same_step_give_the_same_numbers():
    experiment = experiment_of(optimizer="sgd")

    def run(interrupted: bool) -> Trainer:
        trainer = start(experiment)
        for step in range(15):
            if step == 4:
                trainer.set("learning_rate", 0.2)
            if step == 8:
                trainer.set("clip_norm", 0.01)
            if step == 12:
                trainer.set("clip_norm", None)
            if interrupted and step in (5, 9, 13):
                trainer = Trainer.restore(experiment, trainer.checkpoint())
            steps(trainer, 1)
        return trainer

    assert plain(run(False).snapshot()) == plain(run(True).snapshot())
    assert run(True).snapshot().learning_rate == 0.2
    assert experiment.training.learning_rate == 0.01


def test_a_live_setting_is_validated_and_nothing_else_can_be_set():
    trainer = start(experiment_of())
    with pytest.raises(ValidationError, match="learning_rate"):
        trainer.set("learning_rate", -1.0)
    for name in ("batch_size", "temperature", "step_number"):
        with pytest.raises(ValueError, match="not a live setting"):
            trainer.set(name, 1.0)


def test_a_checkpoint_of_another_experiment_is_refused():
    checkpoint = start(experiment_of()).checkpoint()
    for other in (experiment_of(seed=1), experiment_of(hidden=9), experiment_of(learning_rate=0.5)):
        with pytest.raises(ValueError, match="another experiment"):
            Trainer.restore(other, checkpoint)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_bytes_are_refused_with_a_value_error(data):
    experiment = experiment_of("text")
    checkpoint = CHECKPOINT
    kind = data.draw(st.sampled_from(["noise", "cut", "flip"]))
    at = data.draw(st.integers(0, len(checkpoint) - 1))
    if kind == "noise":
        damaged = data.draw(st.binary(max_size=300))
    elif kind == "cut":
        damaged = checkpoint[:at]
    else:
        damaged = checkpoint[:at] + bytes([checkpoint[at] ^ data.draw(st.integers(1, 255))]) + checkpoint[at + 1 :]
    try:
        restored = Trainer.restore(experiment, damaged)
    except ValueError:
        return
    assert kind == "flip"  # some bytes of a zip file carry no meaning
    assert plain(restored.snapshot()) == plain(Trainer.restore(experiment, checkpoint).snapshot())


def test_a_pickle_in_a_checkpoint_is_not_opened(tmp_path):
    array = np.array([print], dtype=object)
    np.savez(tmp_path / "evil.npz", header=array)
    with pytest.raises(ValueError, match="not a checkpoint"):
        Trainer.restore(experiment_of(), (tmp_path / "evil.npz").read_bytes())


CHECKPOINT = start(experiment_of("text")).checkpoint()
