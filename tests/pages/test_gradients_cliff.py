"""The cliff's bench, met as a user would, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.running.registry import put_registry
from tests.fakes import Hall
from tests.visitor import link_of, opened


def bench(hall: Hall, **link: str) -> AppTest:
    put_registry(hall.registry)
    return opened("gradients", bench="cliff", **link)


def test_it_opens_with_pascanus_start_and_says_what_happened(hall: Hall) -> None:
    said = bench(hall).info[0].value
    assert "reaches 371 at step 94" in said
    assert "thrown to (14.37, 13.41), error 0.09." in said
    assert "after 400 steps it is at (4.4" in said


def test_a_calm_start_meets_no_cliff_and_the_preset_goes_back(hall: Hall) -> None:
    app = bench(hall)
    app.button(key="preset_calm").click().run()
    assert link_of(app)["start_w"] == "4.4"
    assert "No cliff met in 400 steps" in app.info[0].value
    app.button(key="preset").click().run()
    assert link_of(app) == {"bench": "cliff"}
    assert "reaches 371" in app.info[0].value


def test_the_edge_throws_the_first_step(hall: Hall) -> None:
    app = bench(hall)
    app.button(key="preset_edge").click().run()
    assert "reaches 440 at step 1" in app.info[0].value
    assert app.number_input(key="steps").value == 5


def test_before_the_leap_nothing_is_thrown(hall: Hall) -> None:
    app = bench(hall, steps="93")
    assert "No cliff met" not in app.info[0].value
    assert "not enough at this learning rate to throw the descent away" in app.info[0].value
    app.number_input(key="steps").increment().run()
    assert "is thrown to" in app.info[0].value
    assert link_of(app)["steps"] == "94"


def test_a_link_opens_the_same_settings_and_a_bad_value_falls_back(hall: Hall) -> None:
    app = bench(hall, start_w="4.5", clip_norm="0.1", start_b="77", in_space="off")
    assert app.slider(key="start_w").value == 4.5
    assert app.select_slider(key="clip_norm").value == 0.1
    assert app.slider(key="start_b").value == -2.3
    assert not app.toggle(key="in_space").value
    assert any("77" in warning.value for warning in app.warning)


@pytest.mark.parametrize("name", ["start_w", "start_b", "learning_rate", "clip_norm", "steps", "in_space"])
def test_every_setting_has_a_widget(hall: Hall, name: str) -> None:
    app = bench(hall)
    kinds = (app.slider, app.select_slider, app.number_input, app.toggle)
    assert name in {element.key for kind in kinds for element in kind}
