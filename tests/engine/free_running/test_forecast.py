"""Forecasts are what they claim to be: free-running on its own outputs, one step ahead on the truth, in the task's units."""

from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest
import torch

from rnn_engine import SeriesTask, SineTask, Trainer, forecast
from rnn_engine.cells import Cell
from rnn_engine.free_running.text import Trained
from tests.engine.small_networks import untrained

pytestmark = [
    pytest.mark.parametrize("either_tier", ["reference", "fast"], indirect=True),
    pytest.mark.usefixtures("either_tier"),
]


WEATHER = SeriesTask(values=(20 + 15 * np.sin(np.arange(120) * 0.3) + np.arange(120) / 10).tolist())


@pytest.fixture(params=get_args(Cell))
def weather(request: pytest.FixtureRequest) -> Trained:
    return untrained(WEATHER, cell=request.param, num_layers=2)


def standardised(trainer: Trained) -> tuple[torch.Tensor, float, float]:
    """The sequence as the network sees it, and the mean and deviation of its training part."""
    values = trainer.experiment.task.sequence(0)
    known = values[: trainer.experiment.split.training_part]
    mean, std = (known.mean(), known.std()) if trainer.experiment.task.kind == "series" else (0.0, 1.0)
    return torch.tensor((values - mean) / std, dtype=torch.float32), float(mean), float(std)


@pytest.mark.parametrize("task", [WEATHER, SineTask(length=120)], ids=["series", "sine"])
def test_free_running_feeds_back_the_network_s_own_scaled_outputs(task: Any) -> None:
    trainer = untrained(task, cell="lstm")
    scaled, mean, std = standardised(trainer)
    result = forecast(trainer, horizon=40)
    seen = scaled[result.start - 20 : result.start].tolist()
    for k in range(40):  # everything from the start again, instead of a state carried over
        output = trainer.network(torch.tensor(seen).reshape(1, -1, 1)).outputs[0, -1, 0].item()
        assert result.free_running[k] == pytest.approx(output * std + mean, rel=1e-4, abs=1e-5)
        seen.append(output)


def test_one_step_reads_the_sliding_window_of_true_values(weather: Trained) -> None:
    scaled, mean, std = standardised(weather)
    result = forecast(weather, horizon=100)
    assert len(result.one_step) == 120 - result.start
    for k, value in enumerate(result.one_step):
        window = scaled[result.start + k - 20 : result.start + k].reshape(1, -1, 1)
        output = weather.network(window).outputs[0, -1, 0].item()
        assert value == pytest.approx(output * std + mean, rel=1e-4)


@pytest.mark.parametrize("task", [WEATHER, SineTask(length=120)], ids=["series", "sine"])
def test_the_mean_squared_one_step_error_of_the_test_part_is_the_test_loss(task: Any) -> None:
    trainer = Trainer(untrained(task, cell="gru").experiment)
    while trainer.step_number < 20:
        trainer.step()
    errors = forecast(trainer, horizon=trainer.experiment.split.test_windows).error_one_step
    assert np.mean(errors**2) == pytest.approx(trainer.snapshot().test_loss, rel=1e-5)


def test_one_step_in_parts_is_the_same(weather: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = forecast(weather).one_step
    monkeypatch.setattr("rnn_engine.free_running.forecast.NUMBERS_AT_ONCE", 3 * 20 * 2 * 12)
    assert forecast(weather).one_step == pytest.approx(whole, rel=1e-5)


def test_free_running_and_one_step_begin_with_the_same_value(weather: Trained) -> None:
    result = forecast(weather, horizon=5)
    assert result.free_running[0] == pytest.approx(result.one_step[0], rel=1e-5)


def test_persistence_holds_the_last_value_before_the_forecast(weather: Trained) -> None:
    result = forecast(weather, horizon=30, start=50)
    assert result.start == 50
    assert result.persistence.tolist() == [WEATHER.values[49]] * 30
    assert result.truth.tolist() == list(WEATHER.values[50:80])


def test_errors_are_absolute_and_in_the_task_s_units(weather: Trained) -> None:
    result = forecast(weather, horizon=500)
    known = len(result.truth)
    for name in ("free_running", "persistence", "one_step"):
        values = getattr(result, name)[:known]
        assert getattr(result, f"error_{name}").tolist() == np.abs(values - result.truth).tolist()


@pytest.mark.parametrize("loss_on", ["last", "all"])
def test_a_forecast_starts_at_the_first_test_target(loss_on: Any) -> None:
    trainer = untrained(WEATHER, loss_on)
    split = trainer.experiment.split
    assert split.test_windows
    first = split.test_start + (1 if loss_on == "all" else 20)
    assert forecast(trainer).start == first == split.training_part


def test_without_a_test_part_a_forecast_starts_after_the_first_window() -> None:
    trainer = untrained(SineTask(length=120))
    everything = trainer.experiment.with_settings(test_fraction=0)
    assert forecast(SimpleNamespace(experiment=everything, network=trainer.network)).start == 20


def test_a_forecast_may_run_past_the_end_of_the_data(weather: Trained) -> None:
    result = forecast(weather, horizon=50, start=110)
    assert (len(result.free_running), len(result.persistence)) == (50, 50)
    assert (len(result.truth), len(result.one_step), len(result.error_free_running)) == (10, 10, 10)
    future = forecast(weather, horizon=50, start=120)
    assert len(future.free_running) == 50
    assert (len(future.truth), len(future.one_step), len(future.error_one_step)) == (0, 0, 0)


def test_a_forecast_is_plain_read_only_float64_and_changes_nothing(weather: Trained) -> None:
    before = {name: tensor.clone() for name, tensor in weather.network.state_dict().items()}
    random = torch.get_rng_state()
    result = forecast(weather, horizon=20)
    for name in ("free_running", "persistence", "one_step", "truth"):
        for array in (getattr(result, name), getattr(result, "error_" + name, result.truth)):
            assert array.dtype == np.float64
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
    assert WEATHER.sequence(0)[result.start] == result.truth[0]
    assert all(torch.equal(tensor, before[name]) for name, tensor in weather.network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
    with pytest.raises(AttributeError):
        result.start = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "bad"), [("horizon", 0), ("horizon", 5001), ("start", 19), ("start", 121), ("start", -1)]
)
def test_a_forecast_out_of_range_is_refused_by_name(weather: Trained, field: str, bad: int) -> None:
    with pytest.raises(ValueError, match=f"^{field} must be from .*{bad}"):
        forecast(weather, **{field: bad})


def test_a_network_that_explodes_gives_a_forecast_that_is_not_finite_rather_than_an_error() -> None:
    trainer = untrained(SineTask(length=120), cell="rnn_relu", init="identity", gain=10.0)
    result = forecast(trainer, horizon=500)
    assert not np.isfinite(result.free_running).all()
    assert np.isfinite(result.persistence).all()
