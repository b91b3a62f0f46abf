"""The view of a trained network, met as a user would, without a browser: any run of the visit, read and asked."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.running.chosen_run import sine, sonnets
from rnn_engine.questions.kinds import PassageQuestion
from rnn_engine.questions.passage import look_at
from rnn_engine.runs import Run, worker
from tests.fakes import Hall
from tests.visitor import Visit, link_of, press, run_of

pytestmark = pytest.mark.usefixtures("answers")


@pytest.fixture
def answers(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that answers in this process: the hall's workers would have to be moved while the page waits."""
    registry = hall.registry
    monkeypatch.setattr(registry, "ask", lambda run, question: worker.ask(run.subject(whole=True), question))


def words(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.markdown, app.info, app.caption) for element in kind)


def trained(visit: Visit, hall: Hall, page: str = "text", steps: int = 3, **link: str) -> tuple[AppTest, Run]:
    """The inside page of a visit that has trained on another page."""
    app = visit(page, **link)
    for _ in range(steps):
        press(app, "step")
        hall.work(4)
    run = run_of(app, hall)
    app.switch_page("../pages/inside.py")
    app.query_params.clear()
    app.query_params["view"] = "trained"
    app.run()
    assert not app.exception
    return app, run


SMALL: dict[str, Any] = {"text_preset": "hamlet", "hidden_size": "12", "sequence_length": "20"}


def test_without_a_run_it_offers_to_begin_one_and_a_click_trains_it(visit: Visit, hall: Hall) -> None:
    app = visit("inside", view="trained")
    assert "Nothing has trained in this visit yet" in words(app)
    press(app, "preset_sine")
    run = run_of(app, hall)
    assert run.experiment == sine()[0]
    assert run.next_action == "pause"
    hall.work_until(run, "paused")
    assert run.step == 480
    app.run()
    assert "**What moved this prediction**" in words(app)
    assert "The network of step 480 reads 200 timesteps" in words(app)
    press(app, "preset_sine")
    assert run_of(app, hall) is run  # trained far enough already
    assert sonnets()[0].network.cell == "lstm"


def test_a_run_of_another_page_is_looked_at_in_its_own_words(visit: Visit, hall: Hall) -> None:
    app, run = trained(visit, hall, **SMALL)
    assert link_of(app)["run"] == run.id
    said = words(app)
    read = run.experiment.split.test_windows + 20  # Hamlet's test part is short, and read whole
    assert f"The network of step 3 reads {read} timesteps from a zero state; it is asked after timestep {read}." in said
    assert "**What moved this answer**" in said
    assert app.selectbox(key="inside_run").options == ["Text: RNN (tanh) 12 × 2"]


def test_the_text_that_is_read_is_the_visitor_s_and_what_is_unknown_is_named(visit: Visit, hall: Hall) -> None:
    app, run = trained(visit, hall, **SMALL)
    app.text_area(key="inside_text").set_value("To be <b>☃</b> or").run()
    assert not app.exception
    assert "reads 11 timesteps" in words(app)  # "To be b/b or" has no slash in Hamlet
    assert "\\<" in words(app)
    assert "☃" in words(app)
    app.number_input(key="timestep").set_value(2).run()
    assert "asked after timestep 2" in words(app)
    found = look_at(worker._held[run.id].trainer, PassageQuestion("To be", 2, 1, "likeliest"))
    asked = "␣" if found.asked == " " else found.asked
    assert f"“{asked}” comes next" in words(app).replace("\\", "")
    app.selectbox(key="about").set_value("next").run()
    assert "“␣” comes next" in words(app)


@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
def test_gates_are_shown_of_cells_that_have_some(visit: Visit, hall: Hall, cell: str) -> None:
    app, _run = trained(visit, hall, cell=cell, **SMALL)
    said = words(app)
    assert ("The gates of this neuron" in said) == (cell in ("lstm", "gru"))
    assert ("\\bar f_j" in said, "\\bar z_j" in said) == (cell == "lstm", cell == "gru")
    shown = {box.key for box in app.selectbox}
    assert ("shown" in shown) == (cell == "lstm")
    if cell == "lstm":
        app.selectbox(key="shown").set_value("cell").run()
        assert "\\tanh c_" in words(app)


def test_a_link_brings_the_run_the_neuron_and_the_text_and_an_unknown_run_is_told(visit: Visit, hall: Hall) -> None:
    app, _run = trained(visit, hall, **SMALL)
    app.number_input(key="neuron").set_value(7).run()
    app.text_area(key="inside_text").set_value("To be or").run()
    link = link_of(app)
    other = visit("inside", **link)
    assert link_of(other) == link
    assert "$h_{7}$" in words(other)
    assert "reads 8 timesteps" in words(other)
    lost = visit("inside", view="trained", run="nonsense")
    assert "no longer on this server" in lost.warning[0].value


@pytest.mark.parametrize("bench", ["race", "memory"])
def test_a_run_of_the_laboratory_can_be_looked_at_too(visit: Visit, hall: Hall, bench: str) -> None:
    app = press(visit("gradients", bench=bench, task="temporal_order", sequence_length="20"), "play")
    hall.work(12)
    run_id = link_of(app)["run"].split(",")[0]
    inside = visit("inside", view="trained", run=run_id)
    assert "reads 20 timesteps" in words(inside)


def test_a_network_whose_numbers_are_lost_is_explained(
    visit: Visit, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _run = trained(visit, hall, **SMALL)

    def refuse(run: Run, name: str, **asked: object) -> None:
        raise ValueError("the network's states are not finite")

    monkeypatch.setattr(hall.registry, "ask", refuse)
    app.run()
    assert not app.exception
    assert "this network has diverged" in app.error[0].value


@pytest.mark.parametrize("page", ["text", "time_series"])
def test_the_pages_that_train_lead_to_the_inside_of_their_run(visit: Visit, hall: Hall, page: str) -> None:
    app = visit(page, lang="en")
    assert not app.get("page_link")
    press(app, "step")
    [link] = app.get("page_link")
    assert link.proto.page == "inside"
    assert f"run={link_of(app)['run']}" in link.proto.query_string
    assert "view=trained" in link.proto.query_string


@pytest.mark.parametrize(("hidden", "space"), [("1", "2"), ("1", "3"), ("2", "3")])
def test_a_state_of_one_or_two_units_has_a_path_too(visit: Visit, hall: Hall, hidden: str, space: str) -> None:
    app, run = trained(visit, hall, steps=1, **{**SMALL, "hidden_size": hidden})
    app.selectbox(key="dimensions").set_value(space).run()
    assert not app.exception
    assert run.experiment.network.hidden_size == int(hidden)
