"""The benches that train: what their buttons and links do, and what they say was seen. Runs are moved by hand."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import Hall
from tests.visitor import Visit, link_of, press

COMPARING = ["explosion", "race", "memory", "remedies"]


def runs_of(app: AppTest, hall: Hall) -> list:
    return [hall.registry.find(run_id) for run_id in link_of(app)["run"].split(",")]


def words(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.markdown, app.info, app.caption) for element in kind)


@pytest.mark.parametrize("bench", [*COMPARING, "learning"])
def test_a_bench_opens_from_its_link_and_its_preset_plays(visit: Visit, hall: Hall, bench: str) -> None:
    app = press(visit("gradients", bench=bench), "preset")
    assert link_of(app)["bench"] == bench
    runs = runs_of(app, hall)
    assert len(runs) >= (1 if bench == "learning" else 2)
    assert all(run.next_action == "pause" for run in runs)


@pytest.mark.parametrize("bench", COMPARING)
def test_a_bench_compares_networks_that_differ_in_nothing_but_what_it_says(
    visit: Visit, hall: Hall, bench: str
) -> None:
    runs = runs_of(press(visit("gradients", bench=bench), "preset"), hall)
    first = runs[0].experiment
    for run in runs[1:]:
        assert type(run.experiment.task) is type(first.task)
        assert run.experiment.training.batch_size == first.training.batch_size
        assert run.experiment.training.seed == first.training.seed or bench == "memory"
    assert len({run.experiment for run in runs}) == len(runs)


def test_a_shared_link_shows_the_same_runs(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="race"), "play")
    link = link_of(app)
    other = visit("gradients", **link)
    assert link_of(other) == link
    press(other, "pause")
    hall.work(12)
    assert all(run.state == "paused" for run in runs_of(app, hall))


def test_changing_a_setting_leaves_the_runs_behind_and_they_pause(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="race"), "play")
    before = runs_of(app, hall)
    app.number_input(key="hidden_size").set_value(8).run()
    assert "run" not in link_of(app)
    hall.work(12)
    assert all(run.state in ("paused", "idle") for run in before)


def test_an_explosion_is_reported_with_its_last_finite_step_and_clipping_tames_it(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="explosion", pace="max"), "play")
    bare, clipped = runs_of(app, hall)
    hall.work_until(bare, "diverged")
    hall.work_until(clipped, "finished")
    app.run()
    assert bare.step < 150
    assert bare.books.looks[-1]["gradient_norm"] > 1e4
    assert clipped.books.test_losses[-1] < 0.5
    assert f"after step {bare.step} it diverged" in words(app)
    assert f"no divergence in {clipped.step} steps" in words(app)


@pytest.mark.parametrize(
    "link",
    [
        {"bench": "race", "cells": "foo"},
        {"bench": "race", "task": "sine", "forget_bias": "chrono", "cells": "lstm,gru"},
        {"bench": "race", "run": "a,b"},
        {"bench": "memory", "task": "echo", "sequence_length": "5"},
        {"bench": "memory", "seeds": "3", "cells": "rnn_tanh,rnn_relu,lstm,gru"},
        {"bench": "remedies", "remedies": "clip,orthogonal,irnn,lstm,gru,truncate,shorter,skip,layer_norm,regulariser"},
        {"bench": "remedies", "task": "copy"},
        {"bench": "explosion", "cures": "clip_norm,clip_value,small_rate,orthogonal,lstm,adam", "clip_norm": "off"},
        {"bench": "learning", "task": "temporal_order", "cell": "lstm", "num_layers": "2"},
        {"bench": "learning", "run": "nonsense"},
    ],
    ids=str,
)
def test_whatever_a_link_asks_for_trains(visit: Visit, hall: Hall, link: dict[str, str]) -> None:
    app = press(visit("gradients", **link), "play")
    hall.work(40)
    app.run()
    assert not app.exception
    assert sum(run.step for run in runs_of(app, hall)) > 0


@pytest.mark.parametrize(
    "link",
    [
        {"bench": "race", "task": "copy", "sequence_length": "2"},
        {"bench": "race", "task": "temporal_order", "sequence_length": "3"},
        {"bench": "learning", "regulariser": "1", "cell": "gru"},
        {"bench": "learning", "skip": "0.5", "cell": "lstm"},
    ],
    ids=str,
)
def test_a_link_to_what_is_impossible_is_explained(visit: Visit, link: dict[str, str]) -> None:
    app = visit("gradients", **link)
    assert not app.exception
    assert app.error
    assert "the sidebar says why" in words(app)


def test_a_parameter_matched_race_gives_every_cell_nearly_as_many_parameters(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="race", cells="rnn_tanh,rnn_relu,lstm,gru"), "play")
    counts = [run.experiment.cost.parameters for run in runs_of(app, hall)]
    assert max(counts) < 1.1 * min(counts)
    app = press(visit("gradients", bench="race", match="width", cells="rnn_tanh,lstm"), "play")
    assert {run.experiment.network.hidden_size for run in runs_of(app, hall)} == {64}


def test_the_race_says_that_pytorchs_default_lstm_vanishes_too(visit: Visit) -> None:
    assert "half of the cell state" in words(visit("gradients", bench="race", forget_bias="as_drawn"))
    assert "half of the cell state" not in words(visit("gradients", bench="race"))


def test_an_impossible_setting_is_explained_and_the_runs_stay(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="race"), "play")
    link = link_of(app)["run"]
    app.number_input(key="hidden_size").set_value(512).run()
    app.number_input(key="sequence_length").set_value(1000).run()
    app.number_input(key="batch_size").set_value(512).run()
    assert not app.exception
    assert "Lower the hidden size" in " ".join(error.value for error in app.error)
    app.number_input(key="hidden_size").set_value(64).run()
    app.number_input(key="sequence_length").set_value(50).run()
    app.number_input(key="batch_size").set_value(50).run()
    assert link_of(app)["run"] == link


def test_the_learning_bench_says_how_little_distant_timesteps_contribute(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="learning", pace="max", epochs="1"), "play")
    [run] = runs_of(app, hall)
    hall.work_until(run, "finished")
    app.run()
    assert "the more distant half of the timesteps" in words(app)
    share = run.books.frame["weight_share"][-1]
    assert sum(share) == pytest.approx(1, abs=1e-4)
    assert sum(share[:30]) < 1e-4
