"""The phase diagram, met as a user would, without a browser. Its survey is moved by hand."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.laboratory import learning
from playground.laboratory.phase import bench as phase
from playground.laboratory.phase.settings import PhaseSettings, experiments_of, grid_of
from rnn_engine import Trainer
from rnn_engine.runs import Survey
from tests.fakes import Hall
from tests.pages.test_gradients import words
from tests.visitor import Visit, link_of, press

SMALL = {"grid": "3", "length_to": "20", "hidden_size": "4"}
SETTINGS: dict[str, Any] = {"grid": 3, "length_to": 20, "hidden_size": 4}


def survey_of(app: AppTest, hall: Hall) -> Any:
    return hall.registry.find(link_of(app)["run"], Survey)


def finish(app: AppTest, hall: Hall) -> Any:
    survey = survey_of(app, hall)
    for _ in range(3000):
        if survey.ended:
            break
        hall.work()
    assert survey.state == "finished"
    app.run()
    assert not app.exception
    return survey


def test_play_measures_the_diagram_and_says_what_was_seen(visit: Visit, hall: Hall) -> None:
    app = visit("gradients", bench="phase", **SMALL)
    assert "squares measured" not in words(app)
    press(app, "play")
    assert "pause" in {button.key for button in app.button}
    survey = finish(app, hall)
    assert survey.experiments == experiments_of(PhaseSettings(**SETTINGS))
    assert "of 9 squares measured" in words(app)
    assert app.button(key="play").disabled


def test_only_an_lstm_shows_a_factor_of_its_cell_state(visit: Visit, hall: Hall) -> None:
    app = visit("gradients", bench="phase", cell="lstm", shown="cell_factor", **SMALL)
    assert app.selectbox(key="shown").value == "cell_factor"
    app.selectbox(key="cell").set_value("gru").run()
    assert app.selectbox(key="shown").value == "factor"
    assert "shown" not in link_of(app)


def test_a_square_shows_what_a_trainer_measures(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="phase", steps="3", **SMALL), "play")
    survey = finish(app, hall)
    for reading, experiment in zip(survey.readings, survey.experiments, strict=True):
        trainer = Trainer(experiment)
        for _ in range(3):
            trainer.step()
        assert trainer.gradient_flow is not None
        assert reading.per_step_factor == trainer.gradient_flow.per_step_factor


def test_pause_stops_and_reset_forgets(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="phase", **SMALL), "play")
    survey = survey_of(app, hall)
    press(app, "pause")
    hall.work()
    assert survey.state in ("paused", "finished")
    press(app, "reset")
    assert "run" not in link_of(app)
    press(app, "play")
    assert survey_of(app, hall) is not survey


def test_a_shared_link_shows_the_same_survey_and_what_is_shown_may_differ(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="phase", **SMALL), "play")
    finish(app, hall)
    other = visit("gradients", **{**link_of(app), "shown": "loss"})
    assert survey_of(other, hall) is survey_of(app, hall)
    assert "The training loss goes from" in words(other)
    assert "The training loss goes from" not in words(app)


def test_a_survey_that_is_gone_is_said_to_be_gone(visit: Visit, hall: Hall) -> None:
    app = visit("gradients", bench="phase", run="nonsense", **SMALL)
    assert "no longer on this server" in " ".join(each.value for each in app.warning)


def test_another_setting_leaves_the_survey_behind_and_it_pauses(visit: Visit, hall: Hall) -> None:
    app = press(visit("gradients", bench="phase", grid="20", steps="100"), "play")
    survey = survey_of(app, hall)
    app.selectbox(key="cell").set_value("gru").run()
    assert "run" not in link_of(app)
    hall.work()
    assert survey.state == "paused"
    app.selectbox(key="cell").set_value("rnn_tanh").run()
    assert survey_of(app, hall) is survey


def test_a_diagram_of_too_many_networks_or_too_much_work_is_refused_with_what_to_change(
    visit: Visit, hall: Hall
) -> None:
    app = visit("gradients", bench="phase", grid="20", seeds="2")
    assert "has 800 networks; the limit is 600" in " ".join(error.value for error in app.error)
    app = visit("gradients", bench="phase", grid="20", steps="300", hidden_size="256")
    assert "Choose fewer squares, seeds or steps" in " ".join(error.value for error in app.error)
    assert app.button(key="play").disabled
    app.slider(key="grid").set_value(2).run()
    app.number_input(key="hidden_size").set_value(8).run()
    assert not app.error
    assert not app.button(key="play").disabled


@pytest.mark.parametrize("preset", ["preset", "preset_lstm", "preset_rates"])
def test_a_preset_sets_everything_and_plays(visit: Visit, hall: Hall, preset: str) -> None:
    app = press(visit("gradients", bench="phase", grid="4"), preset)
    survey = survey_of(app, hall)
    assert survey.state == "running"
    assert len(survey.experiments) == 289


@pytest.mark.parametrize("against", ["sequence_length", "learning_rate"])
@pytest.mark.parametrize("task", ["sine", "adding"])
@pytest.mark.parametrize("cell", ["rnn_relu", "lstm"])
def test_a_square_opens_the_very_experiment_that_was_measured(
    visit: Visit, hall: Hall, against: Any, task: Any, cell: Any
) -> None:
    settings = PhaseSettings(
        against=against, task=task, cell=cell, grid=7, forget_bias=2.5, optimizer="momentum", seed=7, init="spectral",
        hidden_size=12, rho_from=0.35,
    )  # fmt: skip
    found = grid_of(settings)
    for column, row in ((0, 0), (3, 5)):
        measured = settings.experiment(found.rho[column], found.against[row])
        app = press(visit("gradients", **learning.link_to(measured)), "play")
        run = hall.registry.find(link_of(app)["run"])
        assert run is not None
        assert run.experiment == measured


def test_a_click_leads_to_that_link(visit: Visit, hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    settings = PhaseSettings(**SETTINGS)
    given: dict[str, str] = {}

    class Link(dict[str, str]):
        def from_dict(self, link: dict[str, str]) -> None:
            given.update(link)

    monkeypatch.setattr(st, "query_params", Link(lang="zh"))
    phase._opener(settings)(1.2, 1.9)
    found = grid_of(settings)
    assert given == {**learning.link_to(settings.experiment(found.rho[1], found.against[2])), "lang": "zh"}
