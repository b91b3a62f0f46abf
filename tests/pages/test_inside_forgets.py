"""What a window forgets, met as a user would, without a browser: untrained networks, and one that was trained."""

import pytest

from playground.inside.forgets.settings import PRESETS
from rnn_engine.runs import worker
from tests.fakes import Hall
from tests.pages.test_inside_trained import SMALL, answers, trained, words
from tests.visitor import Visit, link_of, press

__all__ = ["answers"]  # a fixture

pytestmark = pytest.mark.usefixtures("answers", "probes")


@pytest.fixture
def probes(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hall.registry, "probe", worker.probe)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_shows_its_point(visit: Visit, preset: str) -> None:
    app = press(visit("inside", view="forgets"), preset)
    said = words(app)
    if preset == "preset":
        assert "**RNN (tanh)** forgets" in said
        assert "**LSTM** still moves" in said
    elif preset == "preset_exact":
        assert said.count("The gradient foretold all larger moves") == 2
    else:
        assert said.count("the change is too large for it") == 2
    view = PRESETS[preset].model_dump(exclude_defaults=True)
    assert set(link_of(app)) == {"view", *view}


@pytest.mark.parametrize("init", ["orthogonal", "pytorch"])
def test_small_recurrent_weights_forget_at_once(visit: Visit, init: str) -> None:
    dial = "rho" if init == "orthogonal" else "gain"
    app = visit("inside", view="forgets", init=init, cells="rnn_tanh", **{dial: "0.1"})
    assert dial in {slider.key for slider in app.slider}
    assert "forgets: beyond 1 of 59 timesteps" in words(app) or "forgets: beyond 2 of 59 timesteps" in words(app)
    app.slider(key=dial).set_value(0.0).run()
    assert "forgets: beyond 0 of 59 timesteps" in words(app)


def test_erasing_what_was_zero_moves_nothing(visit: Visit) -> None:
    app = visit("inside", view="forgets", input="zeros", change="erase")
    assert words(app).count("nothing moves at all") == 2


def test_a_run_s_own_network_forgets_too(visit: Visit, hall: Hall) -> None:
    _app, run = trained(visit, hall, **SMALL)
    other = visit("inside", view="forgets", network="run", run=run.id)
    assert "**Text: RNN (tanh) 12 × 2** forgets: beyond" in words(other)
    assert "of 19 timesteps back" in words(other)
    assert link_of(other)["run"] == run.id
    assert "Nothing has trained in this visit yet" in words(visit("inside", view="forgets", network="run"))


def test_states_beyond_the_range_of_numbers_are_explained(visit: Visit) -> None:
    app = visit("inside", view="forgets", cells="rnn_relu", init="pytorch", gain="5", sequence_length="200", size="100")
    if app.error:
        assert "leaves the range of numbers" in app.error[0].value
    else:
        assert "**RNN (ReLU)**" in words(app)
