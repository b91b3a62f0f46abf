"""Which checkpoints a run keeps, and that training goes on from any of them to the same numbers."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_engine import Experiment, NetworkConfig, SineTask, Trainer, TrainingConfig
from rnn_engine.runs import checkpoints, worker
from rnn_engine.runs.checkpoints import MOST, MOST_BYTES, Checkpoints
from rnn_engine.runs.pace import Pace
from tests.fakes import Hall

STEPS = st.lists(st.integers(1, 50), min_size=1, max_size=300)  # from one checkpoint to the next
SIZES = st.integers(1, MOST_BYTES)


def kept_after(gaps: list[int], size: int = 10) -> Checkpoints:
    kept, step = Checkpoints(), 0
    for gap in gaps:
        step += gap
        kept.keep(step, bytes(size))
    return kept


@given(STEPS)
def test_the_newest_is_kept_and_no_more_than_the_limit(gaps: list[int]) -> None:
    kept = kept_after(gaps)
    assert kept.newest is not None
    assert kept.newest.step == sum(gaps)
    assert len(kept.steps) <= MOST
    assert list(kept.steps) == sorted(set(kept.steps))


@given(st.lists(SIZES, min_size=1, max_size=40))
def test_all_together_stay_below_the_limit_of_bytes_but_for_a_newest_that_is_larger(sizes: list[int]) -> None:
    kept = Checkpoints()
    for step, size in enumerate(sizes, 1):
        kept.keep(step, bytes(size))
        contents = [one.content for one in map(kept.before, kept.steps) if one is not None]
        assert sum(map(len, contents)) <= max(MOST_BYTES, size)


@pytest.mark.parametrize("count", [100, 1000, 5000])
def test_the_gaps_are_small_near_now_and_grow_with_the_age(count: int) -> None:
    kept = kept_after([1] * count)
    assert {count, count - 1} <= set(kept.steps)
    for step in range(1, count):
        before = kept.before(step)
        found = before.step if before else 0
        assert step - found <= 1 + 0.5 * (count - found)


@given(STEPS, st.integers(0, 15000))
def test_the_one_before_a_step_is_the_last_at_or_before_it(gaps: list[int], step: int) -> None:
    kept = kept_after(gaps)
    earlier = [each for each in kept.steps if each <= step]
    before = kept.before(step)
    assert (before.step if before else None) == (earlier[-1] if earlier else None)


def test_a_step_trained_again_replaces_what_came_after_it() -> None:
    kept = kept_after([5, 5, 5])
    kept.keep(10, b"again")
    assert kept.steps == (5, 10)
    assert kept.newest == checkpoints.Checkpoint(10, b"again")


def test_training_goes_on_from_every_kept_checkpoint_to_the_same_losses(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Pace.slice
    monkeypatch.setattr(Pace, "slice", lambda self, now: min(3, original(self, now)))
    monkeypatch.setattr("rnn_engine.runs.run.SLICE", 1000.0)
    monkeypatch.setattr(worker, "CHECKPOINT_EVERY", 0.0)
    monkeypatch.setattr(checkpoints, "MOST", 6)
    experiment = Experiment(
        task=SineTask(length=120),
        network=NetworkConfig(hidden_size=4),
        training=TrainingConfig(sequence_length=10, epochs=10),
    )
    run = hall.registry.start(experiment)
    run.play()
    hall.work(4)
    run.set("learning_rate", 0.02)
    hall.work(4)
    run.set("clip_norm", 0.5)
    hall.work_until(run, "finished")
    assert len(run.checkpoints.steps) == 6
    assert run.checkpoints.steps[-1] == experiment.steps
    for step in run.checkpoints.steps:
        kept = run.checkpoints.before(step)
        assert kept is not None
        trainer, losses = Trainer.restore(experiment, kept.content), array("d")
        assert trainer.step_number == step
        changes = {at: (name, value) for at, name, value in run.live.since(step)}
        while True:
            if trainer.step_number in changes:
                trainer.set(*changes[trainer.step_number])
            if not trainer.step():
                break
            losses.append(trainer.loss)
        assert losses == run.losses[step:]
