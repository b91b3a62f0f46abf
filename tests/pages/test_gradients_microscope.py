"""The microscope's bench, met as a user would, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.laboratory.microscope.settings import PRESETS
from playground.running.registry import put_registry
from rnn_engine.runs import worker
from tests.fakes import Hall
from tests.visitor import link_of, opened


@pytest.fixture
def registry(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that answers probes in this process: the hall's workers would have to be moved while the page waits."""
    monkeypatch.setattr(hall.registry, "probe", worker.probe)
    put_registry(hall.registry)


def bench(**link: str) -> AppTest:
    return opened("gradients", bench="microscope", **link)


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("preset", "says"),
    [
        (
            "preset",
            "yet gradients first grow: 19.4-fold at lag 9, before they shrink to 0.0148 of their size at lag 100",
        ),
        ("preset_nilpotent", "yet gradients grow by a factor of 2 per timestep: 7.8·10¹²-fold at lag 40"),
        ("preset_saturated", "above 1 promises an explosion, and yet gradients shrink"),
        ("preset_lstm", "As PyTorch starts it the LSTM vanishes too"),
        ("preset_forget_bias", "gradients neither vanish nor explode"),
    ],
)
def test_every_preset_shows_its_point(preset: str, says: str) -> None:
    app = bench()
    app.button(key=preset).click().run()
    assert not app.exception
    assert says in app.info[0].value
    assert "Only the product of the Jacobians decides." in app.info[0].value
    changed = {name: str(value) for name, value in PRESETS[preset].model_dump(exclude_defaults=True).items()}
    assert link_of(app) == {"bench": "microscope", **{n: v.removesuffix(".0") for n, v in changed.items()}}


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
def test_every_cell_is_described(cell: str) -> None:
    app = bench(cell=cell, hidden_size="8", sequence_length="20", seed="5")
    assert app.selectbox(key="cell").value == cell
    assert app.info[0].value.startswith("$\\rho$ = ")


@pytest.mark.usefixtures("registry")
def test_the_size_of_the_weights_is_rho_where_one_number_says_it() -> None:
    app = bench(init="orthogonal", rho="1", input="zeros", hidden_size="8")
    assert "rho" in {slider.key for slider in app.slider}
    assert "gradients neither vanish nor explode: they change by a factor of 1 per" in app.info[0].value
    app.selectbox(key="init").set_value("xavier").run()
    assert "gain" in {slider.key for slider in app.slider}


@pytest.mark.usefixtures("registry")
def test_a_given_network_switches_off_what_it_does_not_need() -> None:
    app = bench(weights="non_normal")
    assert app.selectbox(key="cell").disabled
    assert not app.number_input(key="sequence_length").disabled
    app.selectbox(key="weights").set_value("drawn").run()
    assert not app.selectbox(key="cell").disabled


def test_states_beyond_the_range_of_numbers_are_explained(
    hall: Hall, registry: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(question: object) -> None:
        raise ValueError("the network's states are not finite")

    monkeypatch.setattr(hall.registry, "probe", refuse)
    app = bench(cell="rnn_relu", gain="5", seed="987")
    assert any("leaves the range of numbers" in error.value for error in app.error)
    assert app.number_input(key="seed").value == 987
