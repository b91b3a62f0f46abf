"""The pages, met as a user would, without a browser: widgets by key, text as read. Runs are moved by hand."""

import pytest

from tests.fakes import Hall
from tests.visitor import Visit, link_of, press, run_of

CONTROLS = (
    "step",
    "step_epoch",
    "reset",
    "cell",
    "hidden_size",
    "num_layers",
    "sequence_length",
    "batch_size",
    "optimizer",
    "learning_rate",
    "epochs",
    "clip_norm",
    "loss_on",
    "init",
    "test_fraction",
    "seed",
    "pace",
    "language",
)


@pytest.mark.parametrize("page", ["time_series", "text"])
def test_every_promised_control_is_there(visit: Visit, page: str) -> None:
    app = visit(page)
    there = {
        element.key
        for kind in (app.button, app.selectbox, app.number_input, app.slider, app.select_slider)
        for element in kind
    }
    assert {"play", *CONTROLS} <= there


def test_play_begins_a_run_whose_id_stands_in_the_link_and_pause_takes_its_place(visit: Visit, hall: Hall) -> None:
    app = press(visit("time_series"), "play")
    run = run_of(app, hall)
    assert run.state == "running"
    assert "pause" in {button.key for button in app.button}
    hall.work(3)
    press(app, "pause")
    hall.work(3)
    assert run.state == "paused"
    assert run.step > 0


def test_a_live_setting_reaches_the_run_and_another_setting_begins_a_new_one(visit: Visit, hall: Hall) -> None:
    app = press(visit("time_series"), "play")
    run = run_of(app, hall)
    app.select_slider(key="learning_rate").set_value(0.05).run()
    assert run_of(app, hall) is run
    assert run.setting("learning_rate") == 0.05
    app.number_input(key="hidden_size").set_value(16).run()
    assert "run" not in link_of(app)
    assert link_of(app)["hidden_size"] == "16"
    hall.work(3)
    assert run.state == "paused"
    app.number_input(key="hidden_size").set_value(32).run()
    assert run_of(app, hall) is run


def test_reset_leaves_the_run_and_play_begins_another(visit: Visit, hall: Hall) -> None:
    app = press(visit("time_series"), "play")
    first = run_of(app, hall)
    press(app, "reset")
    assert "run" not in link_of(app)
    press(app, "play")
    assert run_of(app, hall) is not first


def test_a_link_opens_the_same_settings(visit: Visit) -> None:
    app = visit("time_series", cell="lstm", hidden_size="77", clip_norm="0.37", learning_rate="0.0123", source="damped")
    assert app.selectbox(key="cell").value == "lstm"
    assert app.number_input(key="hidden_size").value == 77
    assert app.select_slider(key="clip_norm").value == 0.37
    assert app.select_slider(key="learning_rate").value == 0.0123
    assert app.selectbox(key="source").value == "damped"


@pytest.mark.parametrize(
    ("name", "value"),
    [("hidden_size", "1e9"), ("cell", "transformer"), ("learning_rate", "nan"), ("seed", "-1"), ("pace", "warp")],
)
def test_a_bad_value_in_a_link_falls_back_with_a_notice(visit: Visit, name: str, value: str) -> None:
    app = visit("time_series", **{name: value, "batch_size": "7"})
    assert any(value in warning.value for warning in app.warning)
    assert app.number_input(key="batch_size").value == 7
    assert name not in link_of(app)


def test_a_link_to_a_run_attaches_to_it_with_its_settings(visit: Visit, hall: Hall) -> None:
    app = visit("time_series", hidden_size="12")
    press(app, "play")
    app.select_slider(key="learning_rate").set_value(0.05).run()
    run = run_of(app, hall)
    other = visit("time_series", run=run.id)
    assert run_of(other, hall) is run
    assert other.number_input(key="hidden_size").value == 12
    assert other.select_slider(key="learning_rate").value == 0.05
    assert "pause" in {button.key for button in other.button}


def test_a_link_to_a_run_that_is_gone_says_so_and_is_ready(visit: Visit) -> None:
    app = visit("time_series", run="no-such-run")
    assert any("no longer on this server" in warning.value for warning in app.warning)
    assert not app.button(key="play").disabled
    assert "run" not in link_of(app)


def test_pages_keep_their_own_settings(visit: Visit) -> None:
    app = visit("time_series")
    app.number_input(key="hidden_size").set_value(17).run()
    app.query_params.clear()  # as a browser does when its visitor goes to another page
    app.switch_page("../pages/text.py").run()
    assert app.number_input(key="hidden_size").value == 128
    app.query_params.clear()
    app.switch_page("../pages/time_series.py").run()
    assert app.number_input(key="hidden_size").value == 17


def test_a_page_without_settings_between_loses_none(visit: Visit, hall: Hall) -> None:
    app = visit("time_series", hidden_size="17")
    app.number_input(key="batch_size").set_value(9).run()
    run = run_of(press(app, "play"), hall)
    app.query_params.clear()
    app.switch_page("../pages/overview.py").run()
    app.query_params.clear()
    app.switch_page("../pages/time_series.py").run()
    assert app.number_input(key="hidden_size").value == 17
    assert app.number_input(key="batch_size").value == 9
    assert run_of(app, hall) is run


def test_an_impossible_experiment_is_explained_and_loses_nothing(visit: Visit, hall: Hall) -> None:
    app = press(visit("time_series"), "play")
    run = run_of(app, hall)
    app.number_input(key="length").set_value(40).run()
    assert not app.exception
    assert any("at least 52 are needed" in error.value for error in app.error)
    assert app.number_input(key="length").value == 40
    assert hall.registry.find(run.id) is run
    app.number_input(key="length").set_value(1000).run()
    assert not app.error
    assert run_of(app, hall) is run


def test_an_absurd_combination_is_refused_with_what_to_lower(visit: Visit) -> None:
    app = visit("time_series", hidden_size="512", num_layers="4", batch_size="512", sequence_length="900")
    assert any("Lower the hidden size" in error.value for error in app.error)
    assert not app.exception


def test_the_hamlet_preset_is_the_chapters_recipe(visit: Visit) -> None:
    app = visit("text")
    app.selectbox(key="text_preset").set_value("hamlet").run()
    settings = {name: app.number_input(key=name).value for name in ("hidden_size", "sequence_length", "batch_size")}
    assert settings == {"hidden_size": 128, "sequence_length": 50, "batch_size": 32}
    assert app.slider(key="num_layers").value == 2
    assert app.select_slider(key="learning_rate").value == 0.001
    assert app.number_input(key="epochs").value == 200
    assert app.selectbox(key="loss_on").value == "last"
    assert (app.text_area(key="text").value or "").startswith("\nTo be, or not to be")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("aaaaaaa" * 20, "only one distinct character"),
        ("short", "are too few for a sequence length"),
        ("x" * 2_000_000, "at most 1000000 are accepted"),
        ("", "are too few for a sequence length"),
    ],
)
def test_a_text_that_cannot_be_learnt_is_explained(visit: Visit, text: str, says: str) -> None:
    app = visit("text")
    app.text_area(key="text").set_value(text).run()
    assert not app.exception
    assert any(says in error.value for error in app.error), [error.value for error in app.error]
    assert app.text_area(key="text").value == text


def test_emoji_and_combining_marks_are_characters_like_others(visit: Visit, hall: Hall) -> None:
    app = visit("text")
    app.text_area(key="text").set_value("Cafe\u0301 👩‍👩‍👧 naïve 🎈 " * 30).run()
    assert not app.error
    assert app.selectbox(key="text_preset").value == "own"
    press(app, "step")
    hall.work(3)
    assert run_of(app, hall).step == 1


def test_both_languages_show_every_page(visit: Visit) -> None:
    for page in ("overview", "time_series", "text"):
        app = visit(page, lang="zh")
        words = " ".join(element.value for element in [*app.title, *app.header, *app.caption, *app.markdown])
        assert any("\u4e00" <= character <= "\u9fff" for character in words), page


def test_a_diverged_run_says_what_happened_and_what_to_try(visit: Visit, hall: Hall) -> None:
    app = visit("time_series", cell="rnn_relu", init="orthogonal", gain="4", optimizer="sgd", learning_rate="100")
    press(app, "play")
    hall.work_until(run_of(app, hall), "diverged")
    app.run()
    assert any("Diverged at step" in error.value for error in app.error)
    assert app.button(key="play").disabled


def test_the_curves_download_holds_a_row_for_every_step(visit: Visit, hall: Hall) -> None:
    from playground.panels.downloads import curves_csv

    app = press(visit("time_series", pace="max"), "step_epoch")
    run = run_of(app, hall)
    hall.work_until(run, "paused")
    rows = curves_csv(run).splitlines()
    assert rows[0] == "step,epoch,train_loss,test_loss"
    assert len(rows) == 1 + 24
    assert float(rows[-1].split(",")[2]) == run.losses[-1]


def test_a_link_to_a_remedy_that_does_not_fit_the_cell_is_explained(visit: Visit) -> None:
    app = visit("time_series", skip="0.5", cell="lstm")
    assert "Skips" in " ".join(error.value for error in app.error)


def test_a_text_that_leaves_nothing_to_test_with_has_its_baselines_all_the_same(visit: Visit) -> None:
    app = visit("text", text_preset="hamlet", sequence_length="50", test_fraction="0")
    assert "No window is left to test with" in " ".join(caption.value for caption in app.caption)
