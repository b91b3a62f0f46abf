"""Runs, slots and the registry, moved by hand: every slice is an explicit step."""

from array import array
from typing import Any

import pytest

from rnn_engine import Experiment, NetworkConfig, SineTask, Trainer, TrainingConfig
from rnn_engine.questions.kinds import ForecastQuestion
from rnn_engine.runs import Viewer, playable, worker
from rnn_engine.runs import run as run_module
from rnn_engine.runs.pace import Pace
from tests.fakes import Hall


def experiment(**settings: Any) -> Experiment:
    task = SineTask(length=120)
    training = TrainingConfig(**{"sequence_length": 10, "epochs": 20, **settings})
    return Experiment(task=task, network=NetworkConfig(hidden_size=4), training=training)


@pytest.fixture(autouse=True)
def three_steps_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices end by their number of steps, not by the time of day."""
    original = Pace.slice
    monkeypatch.setattr(Pace, "slice", lambda self, now: min(3, original(self, now)))
    monkeypatch.setattr(run_module, "SLICE", 1000.0)
    monkeypatch.setattr(worker, "CHECKPOINT_EVERY", 0.0)


def undisturbed(of: Experiment, changes: dict[int, tuple[str, float]] | None = None) -> array:
    trainer, losses = Trainer(of), array("d")
    while True:
        if changes and trainer.step_number in changes:
            trainer.set(*changes[trainer.step_number])
        if not trainer.step():
            return losses
        losses.append(trainer.loss)


def test_a_run_trains_to_the_end_and_gives_the_losses_of_a_bare_trainer(hall) -> None:
    run = hall.registry.start(experiment())
    run.play()
    hall.work_until(run, "finished")
    assert run.step == run.experiment.steps
    assert run.losses == undisturbed(run.experiment)
    assert run.books.test_steps[-1] == run.step


def test_paused_is_reported_when_no_slice_is_in_flight_and_then_the_step_stays(hall) -> None:
    run = hall.registry.start(experiment())
    run.play()
    hall.work(2)
    run.pause()
    assert run.state == "running"
    assert run.next_action == "play"
    hall.work_until(run, "paused")
    step = run.step
    hall.work(5)
    assert run.step == step > 0
    assert run.movable  # the pause brought a checkpoint


def test_play_after_pause_goes_on_to_the_same_numbers(hall) -> None:
    run = hall.registry.start(experiment())
    for _ in range(3):
        run.play()
        hall.work(2)
        run.pause()
        hall.work_until(run, "paused")
    run.play()
    hall.work_until(run, "finished")
    assert run.losses == undisturbed(run.experiment)


def test_step_trains_one_step_and_pauses(hall) -> None:
    run = hall.registry.start(experiment())
    run.advance(1)
    hall.work_until(run, "paused")
    assert run.step == 1
    run.advance(7)
    hall.work_until(run, "paused")
    assert run.step == 8


def test_a_killed_worker_costs_nothing_but_time(hall) -> None:
    run = hall.registry.start(experiment())
    run.play()
    hall.work(3)
    hall.kill_worker()
    hall.work_until(run, "finished")
    assert run.losses == undisturbed(run.experiment)


def test_a_live_change_is_replayed_at_its_step_after_a_crash(hall, monkeypatch) -> None:
    monkeypatch.setattr(worker, "CHECKPOINT_EVERY", 1e9)  # so the crash goes back to before the change
    run = hall.registry.start(experiment())
    run.play()
    hall.work(2)
    run.set("learning_rate", 0.1)
    run.set("clip_norm", 0.5)
    hall.work(3)
    (step, *_), (clip_step, *_) = run.live.made
    assert step == clip_step > 0
    hall.kill_worker()
    hall.work_until(run, "finished")
    trainer, losses = Trainer(run.experiment), array("d")
    while True:
        if trainer.step_number == step:
            trainer.set("learning_rate", 0.1)
            trainer.set("clip_norm", 0.5)
        if not trainer.step():
            break
        losses.append(trainer.loss)
    assert run.losses == losses
    assert run.setting("learning_rate") == 0.1


def test_a_run_that_kills_its_worker_again_and_again_is_interrupted_and_can_go_on(hall) -> None:
    run = hall.registry.start(experiment())
    run.play()
    hall.work(2)
    for _ in range(run_module.MOST_CRASHES):
        hall.kill_worker()
    assert run.state == "interrupted"
    run.play()
    hall.work_until(run, "finished")
    assert run.losses == undisturbed(run.experiment)


def test_a_viewer_is_sent_every_loss_once_and_told_to_go_back_after_a_crash(hall) -> None:
    run = hall.registry.start(experiment())
    viewer = Viewer(wake=lambda: None)
    run.attach(viewer)
    seen: list[float] = []

    def look() -> None:
        message = run.message(viewer)
        del seen[message["first"] :]
        assert len(seen) == message["first"]
        seen.extend(message["losses"])

    run.play()
    for _ in range(6):
        hall.work()
        look()
    hall.kill_worker()
    while run.state != "finished":
        hall.work()
        look()
    assert seen == [float(f"{loss:.6g}") for loss in run.losses]


def test_a_run_nobody_watches_pauses_after_its_lease_and_goes_on_when_watched_again(hall) -> None:
    run = hall.registry.start(experiment(epochs=100))
    viewer = Viewer(wake=lambda: None)
    run.play()
    run.attach(viewer)
    hall.clock.forward(playable.LEASE * 3)
    hall.work(3)
    assert run.state == "running"
    run.detach(viewer)
    hall.work(3)
    assert run.state == "running"
    hall.clock.forward(playable.LEASE + 1)
    hall.work(3)
    assert run.state == "paused"
    run.attach(viewer)
    hall.work(3)
    assert run.state == "running"


def test_a_run_its_visitor_paused_stays_paused_when_watched_again(hall) -> None:
    run = hall.registry.start(experiment())
    run.play()
    hall.work(2)
    run.pause()
    hall.work_until(run, "paused")
    run.attach(Viewer(wake=lambda: None))
    hall.work(3)
    assert run.state == "paused"


def test_runs_share_a_slot_slice_by_slice(hall) -> None:
    runs = [hall.registry.start(experiment(epochs=100)) for _ in range(3)]
    for run in runs:
        run.play()
    hall.work(30)
    assert [run.step for run in runs] == [30, 30, 30]


def test_more_runs_than_places_wait_and_know_their_position() -> None:
    from tests.fakes import Hall

    hall = Hall(runs_per_slot=2)
    runs = [hall.registry.start(experiment()) for _ in range(5)]
    for run in runs:
        run.play()
    assert [(run.state, run.position) for run in runs[2:]] == [("queued", 1), ("queued", 2), ("queued", 3)]
    runs[2].pause()
    hall.work()
    assert runs[2].state == "idle"
    assert [(run.state, run.position) for run in runs[3:]] == [("queued", 1), ("queued", 2)]
    hall.work_until(runs[4], "finished")
    assert all(run.state == "finished" for run in runs if run is not runs[2])


def test_a_pace_of_ten_steps_a_second_trains_ten_steps_a_second(hall) -> None:
    run = hall.registry.start(experiment(epochs=100))
    run.set_pace(10)
    run.play()
    run.attach(Viewer(wake=lambda: None))
    for _ in range(300):
        hall.work()
        hall.clock.forward(0.01)
    assert run.step == pytest.approx(30, abs=2)


def test_a_divergence_ends_the_run_with_its_reason_and_finite_readings(hall) -> None:
    bad = experiment(optimizer="sgd", learning_rate=100.0, epochs=100)
    bad = Experiment(
        task=bad.task, training=bad.training, network=NetworkConfig(cell="rnn_relu", init="orthogonal", gain=3.0)
    )
    run = hall.registry.start(bad)
    viewer = Viewer(wake=lambda: None)
    run.attach(viewer)
    run.play()
    hall.work_until(run, "diverged")
    message = run.message(viewer)
    assert message["diverged"] in ("loss", "gradient")
    assert "nan" not in str(message).lower()
    assert message["next"] == "none"


def test_questions_are_answered_ahead_of_waiting_slices_and_without_rewinding(hall) -> None:
    run = hall.registry.start(experiment())
    run.play()
    hall.work(3)
    step = run.step
    slot = hall.registry.slots[0]
    answer = slot.submit(worker.ask, run.subject(whole=False), ForecastQuestion(5), urgent=True)
    hall.work(2)
    assert len(answer.result(timeout=0).free_running) == 5
    assert run.step > step


def test_an_unknown_live_setting_is_refused_by_name(hall) -> None:
    run = hall.registry.start(experiment())
    with pytest.raises(ValueError, match="batch_size is not a live setting"):
        run.set("batch_size", 3)


def test_the_oldest_unwatched_runs_are_forgotten(hall, monkeypatch) -> None:
    monkeypatch.setattr("rnn_engine.runs.registry.MOST_RUNS", 3)
    runs = []
    for _ in range(5):
        runs.append(hall.registry.start(experiment()))
        hall.clock.forward(1)
    assert [hall.registry.find(run.id) is not None for run in runs] == [False, False, True, True, True]


def test_runs_in_step_stay_within_their_lead_of_one_another(hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_engine.runs.pace.LEAD", 4)
    runs = [hall.registry.start(experiment(seed=seed)) for seed in range(3)]
    for run in runs:
        run.mates = tuple(other for other in runs if other is not run)
    for run in runs:
        run.play()
    steps = []
    while runs[0].state != "finished":
        hall.work()
        steps.append([run.step for run in runs])
        assert max(steps[-1]) - min(steps[-1]) <= 4
    assert len(steps) > 50
    hall.work_until(runs[2], "finished")
    assert [run.losses for run in runs] == [undisturbed(run.experiment) for run in runs]


def test_a_run_that_was_paused_holds_its_mates_up_no_longer(hall) -> None:
    first, second = (hall.registry.start(experiment(seed=seed)) for seed in range(2))
    first.mates, second.mates = (second,), (first,)
    first.play()
    second.play()
    hall.work(6)
    first.pause()
    hall.work_until(second, "finished")
    assert first.state == "paused"


def test_runs_in_step_that_wait_in_the_queue_hold_nobody_up() -> None:
    hall = Hall(runs_per_slot=2)
    runs = [hall.registry.start(experiment(seed=seed)) for seed in range(5)]
    for run in runs:
        run.mates = tuple(other for other in runs if other is not run)
    for run in runs:
        run.play()
    hall.work(3)
    assert [run.state for run in runs] == ["running", "running", "queued", "queued", "queued"]
    for run in runs:
        hall.work_until(run, "finished")
    assert [run.losses for run in runs] == [undisturbed(run.experiment) for run in runs]


def test_a_run_that_was_paused_in_the_queue_is_not_queued_again_by_a_late_word_of_its_position() -> None:
    hall = Hall(runs_per_slot=1)
    runs = [hall.registry.start(experiment(seed=seed)) for seed in range(3)]
    for run in runs:
        run.play()
    assert [run.state for run in runs] == ["running", "queued", "queued"]
    runs[2].pause()
    runs[2].queue_at(1)  # counted before the pause, told after it
    assert (runs[2].state, runs[2].position) == ("idle", 0)
    runs[2].play()
    hall.work_until(runs[2], "finished")


def test_looks_are_kept_thinly_and_sent_once_to_each_viewer(hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_engine.runs.books.MOST_LOOKS", 10)
    monkeypatch.setattr(worker, "LOOKING_SHARE", 1e9)  # look after every slice
    monkeypatch.setattr(worker, "LOOK_EVERY", 0.0)
    run = hall.registry.start(experiment())
    run.probing = True
    run.play()
    hall.work_until(run, "finished")
    looks = run.books.looks
    steps = [look["step"] for look in looks]
    assert 5 <= len(looks) <= 10
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (3, run.step)
    assert looks[-1]["flow"] == run.books.frame["probe"]["flow"]
    viewer = Viewer(lambda: None)
    assert run.message(viewer)["looks"] == looks
    assert run.message(viewer)["looks"] == []


def test_who_watches_throughout_ends_with_the_looks_that_the_run_keeps(hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_engine.runs.books.MOST_LOOKS", 10)
    monkeypatch.setattr(worker, "LOOKING_SHARE", 1e9)
    monkeypatch.setattr(worker, "LOOK_EVERY", 0.0)
    run = hall.registry.start(experiment())
    run.probing = True
    viewer, removals = Viewer(lambda: None), 0
    held: list[dict[str, Any]] = []

    def watch() -> None:
        nonlocal held, removals
        message = run.message(viewer)
        if message["looks_kept"] is not None:
            held = [look for look in held if look["step"] in message["looks_kept"]]
            removals += bool(held)
        held += message["looks"]
        assert held == run.books.looks

    run.attach(Viewer(watch))
    run.play()
    hall.work_until(run, "finished")
    watch()
    assert removals > 0
