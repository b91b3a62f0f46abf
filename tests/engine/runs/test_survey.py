"""A survey: experiments measured by slots, a portion at a time, between other people's slices. Moved by hand."""

from typing import Any

import pytest

from rnn_engine import Experiment, sweep
from rnn_engine.runs import Reading, Survey, Viewer, survey, survey_worker
from rnn_engine.runs.playable import LEASE
from rnn_engine.runs.registry import MOST_SURVEYS
from rnn_engine.sweeps import measurement
from rnn_engine.training.tiers import chosen_tier
from tests.engine.small_runs import experiment_of, start
from tests.fakes import Hall

STEPS = 4


@pytest.fixture(autouse=True)
def nothing_begun() -> None:
    survey_worker._under_way.clear()


def small_ones(count: int = 6) -> list[Experiment]:
    return [experiment_of(cell=("rnn_tanh", "lstm", "gru")[i % 3], seed=i) for i in range(count)]


def survey_of(hall: Hall, experiments: list[Experiment], steps: int = STEPS) -> Any:
    """Not yet playing. The type checker takes its state to stay what it was."""
    return hall.registry.survey(experiments, steps, "these", lambda readings: {"readings": list(readings)})


def reading_of(experiment: Experiment, steps: int = STEPS) -> Reading:
    """What a trainer says."""
    trainer = start(experiment)
    for _ in range(steps):
        trainer.step()
    snapshot = trainer.snapshot(0)
    flow = snapshot.gradient_flow
    return Reading(
        trainer.step_number, flow.per_step_factor, flow.cell_per_step_factor, snapshot.train_loss,
        snapshot.gradient_norm, snapshot.diverged,
    )  # fmt: skip


def played(hall: Hall, survey: Any, calls: int = 500) -> Any:
    survey.play()
    for _ in range(calls):
        if survey.ended:
            return survey
        hall.work()
    raise AssertionError(f"still {survey.state}")


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call has time for one step only."""
    monkeypatch.setattr(survey, "PORTION", 1e-9)


def test_a_reading_is_what_a_trainer_says(hall: Hall) -> None:
    found = played(hall, survey_of(hall, small_ones()))
    assert found.readings == [reading_of(experiment) for experiment in small_ones()]
    assert found.state == "finished"
    assert found.next_action == "none"


def test_a_reading_is_what_a_sweep_says(hall: Hall) -> None:
    found = played(hall, survey_of(hall, small_ones()))
    for result in sweep(small_ones(), steps=STEPS):
        reading = found.readings[result.index]
        assert (reading.per_step_factor, reading.train_loss) == (result.per_step_factor, result.train_loss)
        assert (reading.steps, reading.gradient_norm) == (result.steps, result.gradient_norm)


def test_an_experiment_measured_in_pieces_gives_the_same_numbers(hall: Hall, in_pieces: None) -> None:
    found = survey_of(hall, small_ones(3))
    found.play()
    hall.work(STEPS - 1)
    assert found.step == 0
    hall.work()
    assert found.step == 1
    assert played(hall, found).readings == [reading_of(experiment) for experiment in small_ones(3)]


def test_a_viewer_gets_every_reading_and_how_the_survey_stands(hall: Hall) -> None:
    found = survey_of(hall, small_ones())
    woken: list[bool] = []
    viewer = Viewer(lambda: woken.append(True))
    found.attach(viewer)
    assert found.message(viewer)["state"] == "idle"
    played(hall, found)
    message = found.message(viewer)
    assert woken
    assert (message["run"], message["state"], message["next"]) == (found.id, "finished", "none")
    assert (message["step"], message["steps"]) == (6, 6)
    assert message["frame"]["readings"] == found.readings


def test_after_paused_nothing_moves_until_play(hall: Hall, in_pieces: None) -> None:
    found = survey_of(hall, small_ones())
    found.play()
    hall.work(2 * STEPS)
    found.pause()
    assert found.state == "running"  # a call is in flight
    hall.work()
    assert found.state == "paused"
    before = found.step
    hall.work(20)
    assert found.step == before > 0
    assert played(hall, found).readings == [reading_of(experiment) for experiment in small_ones()]


def test_a_survey_that_nobody_watches_pauses_after_the_lease_and_goes_on_for_a_viewer(
    hall: Hall, in_pieces: None
) -> None:
    found = survey_of(hall, small_ones())
    viewer = Viewer(lambda: None)
    found.attach(viewer)
    found.play()
    hall.clock.forward(2 * LEASE)
    hall.work(2)
    assert found.state == "running"
    found.detach(viewer)
    hall.work(2)
    assert found.state == "running"
    hall.clock.forward(LEASE)
    hall.work(2)
    assert found.state == "paused"
    found.attach(viewer)
    assert found.state == "running"


def test_a_killed_worker_costs_only_what_it_was_at(hall: Hall, in_pieces: None) -> None:
    found = survey_of(hall, small_ones())
    found.play()
    hall.work(2 * STEPS + 1)
    before = list(found.readings)
    assert found.step == 2
    survey_worker._under_way.clear()
    hall.kill_worker()
    assert found.readings == before
    assert played(hall, found).readings == [reading_of(experiment) for experiment in small_ones()]


def test_a_worker_that_dies_again_and_again_interrupts_the_survey_until_play(hall: Hall) -> None:
    found = survey_of(hall, small_ones())
    found.play()
    for _ in range(3):
        hall.kill_worker()
    assert found.state == "interrupted"
    assert found.next_action == "play"
    assert played(hall, found).step == 6


def test_a_survey_and_a_run_take_turns(hall: Hall, in_pieces: None) -> None:
    run = hall.registry.start(experiment_of(epochs=100_000))
    found = survey_of(hall, small_ones())
    found.play()
    run.play()
    turns = []
    for _ in range(12):
        before = run.step
        hall.work()
        turns.append(run.step > before)
    assert turns.count(True) == 6
    assert turns[::2] != turns[1::2]


def test_a_survey_waits_in_the_queue_of_the_runs(in_pieces: None) -> None:
    hall = Hall(runs_per_slot=1)
    run = hall.registry.start(experiment_of(epochs=100_000))
    run.play()
    found = survey_of(hall, small_ones())
    found.play()
    assert (found.state, found.position) == ("queued", 1)
    found.pause()
    assert found.state == "idle"
    found.play()
    run.pause()
    hall.work(5)
    assert found.state == "running"


def test_every_slot_measures_once_the_first_has_said_on_which_tier(in_pieces: None) -> None:
    hall = Hall(slots=2)
    found = survey_of(hall, small_ones(12))
    found.play()
    waiting = [len(bench.calls) for bench in hall.benches]
    assert waiting == [1, 0]
    hall.work()
    assert [len(bench.calls) for bench in hall.benches] == [1, 1]
    assert found.tier == chosen_tier("auto", found.experiments)
    assert played(hall, found).readings == [reading_of(experiment) for experiment in small_ones(12)]


def test_what_raises_is_in_its_own_reading(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = small_ones(3)

    class Hungry(measurement.Measurement):
        def __init__(self, experiment: Experiment, **how: Any) -> None:
            if experiment == second:
                raise MemoryError("it does not fit")
            super().__init__(experiment, **how)

    monkeypatch.setattr(measurement, "Measurement", Hungry)
    found = played(hall, survey_of(hall, [first, second, third]))
    assert found.readings == [reading_of(first), Reading(0, error="MemoryError: it does not fit"), reading_of(third)]


def test_old_surveys_that_nobody_watches_are_forgotten(hall: Hall) -> None:
    watched, played_on, *others = [survey_of(hall, small_ones(2)) for _ in range(3)]
    watched.attach(Viewer(lambda: None))
    played_on.play()
    newer = [survey_of(hall, []) for _ in range(MOST_SURVEYS)]
    kept = {survey for survey in (watched, played_on, *others, *newer) if hall.registry.find(survey.id, Survey)}
    assert len(kept) == MOST_SURVEYS
    assert {watched, played_on, newer[-1]} <= kept
    assert others[0] not in kept


def test_a_survey_is_no_run_and_a_run_no_survey(hall: Hall) -> None:
    found = survey_of(hall, small_ones())
    run = hall.registry.start(experiment_of())
    assert hall.registry.find(found.id, Survey) == found
    assert hall.registry.find(found.id) is None
    assert hall.registry.find(run.id, Survey) is None
