"""Long-distance sentences, met as a user would, without a browser. Runs are moved by hand."""

import pytest

from playground.inside.distance import accuracy_figure
from rnn_engine import AgreementTask
from tests.fakes import Hall
from tests.pages.test_gradients import runs_of, words
from tests.visitor import Visit, link_of, press


def test_the_preset_trains_every_cell_at_every_distance_near_before_far(visit: Visit, hall: Hall) -> None:
    app = press(visit("inside", view="distance"), "preset")
    runs = runs_of(app, hall)
    tasks = [run.experiment.task for run in runs]
    assert [task.distance for task in tasks if isinstance(task, AgreementTask)] == [6] * 4 + [12] * 4 + [24] * 4 + [
        48
    ] * 4
    assert [run.experiment.network.cell for run in runs[:4]] == ["rnn_tanh", "rnn_relu", "lstm", "gru"]
    assert all(run.next_action == "pause" for run in runs)
    assert "“The " in words(app)
    press(app, "pause")
    hall.work(40)
    assert all(run.state in ("paused", "idle") for run in runs)


def test_short_sentences_are_learned_by_the_tanh_cell_and_long_ones_by_the_gru_alone(visit: Visit, hall: Hall) -> None:
    app = press(visit("inside", view="distance", cells="rnn_tanh,gru", distances="3,48", epochs="3"), "play")
    for run in runs_of(app, hall):
        hall.work_until(run, "finished")
    app.run()
    accuracies = [run.books.frame["test_accuracy"] for run in runs_of(app, hall)]
    assert accuracies[0] == accuracies[1] == 1
    assert accuracies[2] < 0.6
    assert accuracies[3] > 0.95
    assert "**RNN (tanh)** is right over 3 words, and no better than chance over 48." in words(app)
    assert "**GRU** is right over 3, 48 words." in words(app)


def test_as_pytorch_starts_them_no_cell_is_prepared(visit: Visit, hall: Hall) -> None:
    runs = runs_of(press(visit("inside", view="distance"), "preset_pytorch"), hall)
    assert {(run.experiment.network.init, run.experiment.network.chrono) for run in runs} == {("pytorch", None)}


def test_a_link_asks_for_cells_and_distances_and_four_of_these_are_the_most(visit: Visit, hall: Hall) -> None:
    app = press(visit("inside", view="distance", cells="gru", distances="3,6,12,24,48,96"), "play")
    assert len(runs_of(app, hall)) == 4
    assert "The shortest four" in words(app)
    other = visit("inside", **link_of(app))
    assert link_of(other) == link_of(app)


@pytest.mark.parametrize("distances", ["7", "", "3,x"])
def test_a_link_to_an_unknown_distance_is_told_of(visit: Visit, distances: str) -> None:
    app = visit("inside", view="distance", distances=distances)
    assert "which is not possible" in app.warning[0].value


def test_each_cell_s_line_reads_the_accuracies_of_its_own_lanes() -> None:
    words = {"chance": "chance", "distance": "words", "accuracy": "accuracy"}
    figure = accuracy_figure(words, {"lstm": "LSTM", "gru": "GRU"}, (3, 12, 48))
    lines = [trace.meta["y"] for trace in figure.data if trace.meta]
    assert lines[0] == [f"lanes.{lane}.frame.test_accuracy" for lane in (0, 2, 4)]
    assert lines[1] == [f"lanes.{lane}.frame.test_accuracy" for lane in (1, 3, 5)]
