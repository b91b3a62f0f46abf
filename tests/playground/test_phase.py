"""The phase diagram's grid, matrices, line and words, without a screen."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.laboratory.phase.figures import phase_figure
from playground.laboratory.phase.matrices import matrices_of
from playground.laboratory.phase.settings import (
    MOST_STEPS,
    WORK_LIMIT,
    Grid,
    PhaseSettings,
    coarse_to_fine,
    experiments_of,
    grid_of,
    work_of,
)
from playground.laboratory.phase.words import figure_words, how_to_read, seen
from rnn_engine import Experiment
from rnn_engine.runs import Reading


def reading(factor: float | None, diverged: str | None = None, loss: float | None = 0.5) -> Reading:
    return Reading(3, per_step_factor=factor, train_loss=loss, diverged=diverged)


def grid(columns: int, rows: int) -> Grid:
    return Grid(tuple(map(float, range(columns))), tuple(map(float, range(rows))), coarse_to_fine(columns, rows))


@given(st.integers(1, 20), st.integers(1, 20))
def test_every_square_is_measured_once(columns: int, rows: int) -> None:
    order = coarse_to_fine(columns, rows)
    assert sorted(order) == [(column, row) for column in range(columns) for row in range(rows)]


def test_coarse_comes_first() -> None:
    order = coarse_to_fine(17, 17)
    assert set(order[:4]) == {(0, 0), (16, 0), (0, 16), (16, 16)}
    assert set(order[:25]) == {(4 * i, 4 * j) for i in range(5) for j in range(5)}


@pytest.mark.parametrize("against", ["sequence_length", "learning_rate"])
def test_a_diagram_goes_from_edge_to_edge_whichever_end_was_given_first(against: Any) -> None:
    settings = PhaseSettings(against=against, grid=5, rho_from=1.5, rho_to=0.5, rate_from=10, rate_to=0.001)
    found = grid_of(settings)
    assert found.rho == (0.5, 0.75, 1.0, 1.25, 1.5)
    edges = (5, 200) if against == "sequence_length" else (0.001, 10)
    assert (found.against[0], found.against[-1]) == edges
    assert list(found.against) == sorted(set(found.against))


@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
@pytest.mark.parametrize("task", ["sine", "adding"])
def test_experiments_differ_only_in_what_the_axes_and_seeds_say(cell: Any, task: Any) -> None:
    settings = PhaseSettings(cell=cell, task=task, grid=3, seeds=2, length_to=500, forget_bias=1.0)
    found, experiments = grid_of(settings), experiments_of(settings)
    assert len(experiments) == 18 == len(set(experiments))
    for number, experiment in enumerate(experiments):
        column, row = found.order[number // 2]
        assert experiment.network.gain == found.rho[column]
        assert experiment.training.sequence_length == found.against[row]
        assert experiment.training.seed == settings.seed + number % 2
        assert experiment.steps >= MOST_STEPS
        assert experiment.network.forget_bias == (1.0 if cell == "lstm" else None)


def test_a_square_is_empty_until_all_its_seeds_are_measured_and_shows_their_median() -> None:
    one = grid(1, 1)
    frame = matrices_of(one, 3, [reading(0.5), reading(2.0), None])
    assert (frame["done"], frame["cells"]) == (2, 3)
    assert frame["factor"]["values"] == [[None]]
    frame = matrices_of(one, 3, [reading(0.5), reading(2.0), reading(0.7)])
    assert frame["factor"]["values"] == [[0.7]]
    assert frame["factor"]["colours"] == [[pytest.approx(math.log10(0.7), abs=1e-3)]]


def test_what_diverged_is_marked_and_its_loss_is_left_out() -> None:
    found = matrices_of(grid(1, 1), 2, [reading(1.5, "loss", loss=1e30), reading(1.1)])
    assert found["marks"] == {"x": [0], "y": [0]}
    assert found["diverged"]["values"] == [[0.5]]
    assert found["loss"]["values"] == [[0.5]]
    found = matrices_of(grid(1, 1), 1, [reading(1.5, "loss", loss=None)])
    assert found["loss"]["values"] == [[None]]


def test_rows_and_columns_are_where_the_axes_say() -> None:
    found = grid(3, 2)
    readings = [reading(10.0 * column + row + 1) for column, row in found.order]
    assert matrices_of(found, 1, readings)["factor"]["values"] == [[1, 11, 21], [2, 12, 22]]


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-4, 4))
def test_the_line_lies_where_r_is_1(a: float, b: float, c: float) -> None:
    """Where ln r is linear in the places, marching squares are exact."""
    found = grid(6, 5)
    readings = [reading(math.exp(a * column + b * row + c)) for column, row in found.order]
    line = matrices_of(found, 1, readings)["factor"]["line"]
    points = [(x, y) for x, y in zip(line["x"], line["y"], strict=True) if x is not None]
    slope = abs(a) + abs(b)
    assert all(abs(a * x + b * y + c) <= 2e-3 * (1 + slope) + 1e-3 for x, y in points)  # places have three decimals
    signs = {a * column + b * row + c > 0.01 for column, row in found.order}
    assert bool(points) or len(signs) < 2 or min(abs(a * i + b * j + c) for i, j in found.order) < 0.02


def test_the_line_parts_a_saddle_by_its_middle() -> None:
    square = grid(2, 2)
    for mean, joined in ((0.5, True), (-0.5, False)):
        heights = {(0, 0): 1 + mean, (1, 1): 1 + mean, (1, 0): -1 + mean, (0, 1): -1 + mean}
        readings = [reading(math.exp(heights[place])) for place in square.order]
        line = matrices_of(square, 1, readings)["factor"]["line"]
        first = [(x, y) for x, y in zip(line["x"], line["y"], strict=True) if x is not None][:2]
        # Where the middle is above, (0, 0) and (1, 1) hang together and the line goes round (1, 0).
        assert all(x - y > 0 for x, y in first) == joined


def test_there_is_no_line_where_a_neighbour_is_not_measured() -> None:
    square = grid(2, 2)
    readings: list[Reading | None] = [reading(0.5), reading(2.0), reading(0.5), reading(2.0)]
    assert matrices_of(square, 1, readings)["factor"]["line"]["x"]
    assert matrices_of(square, 1, [*readings[:3], None])["factor"]["line"] == {"x": [], "y": []}


def test_the_words_count_what_was_measured() -> None:
    settings = PhaseSettings(grid=3, rho_from=0.5, rho_to=1.5)
    found = grid_of(settings)
    factors = {0: 0.6, 1: 0.99, 2: 1.2}
    readings = [reading(1.01 if (column, row) == (1, 2) else factors[column]) for column, row in found.order]
    said = seen(settings, "factor", readings)
    assert "vanish ($r < 1$) in 5 of 9 squares measured and explode ($r > 1$) in 4." in said
    assert "Up to ρ = 0.5 they always vanish." in said
    assert "From ρ = 1.5 on they always explode." in said
    assert "diverged" not in said
    assert seen(settings, "factor", [None] * 9) == ""
    assert "diverged in 1 squares" in seen(settings, "factor", [reading(0.6, "loss"), *readings[1:]])
    assert "They vanish at every ρ measured, up to 1.5." in seen(settings, "factor", [reading(0.9)] * 9)


@pytest.mark.parametrize("shown", ["factor", "cell_factor", "loss", "diverged"])
def test_a_template_reads_what_a_frame_holds(shown: str) -> None:
    settings = PhaseSettings(grid=4)
    frame = {"frame": matrices_of(grid_of(settings), 1, [reading(0.5)] * 16)}
    figure = phase_figure(figure_words(settings, shown), grid_of(settings), shown)
    sources = [source for trace in figure.data if trace.meta for source in trace.meta.values()]
    assert len(sources) == 6
    for source in sources:
        value = frame
        for key in source.split("."):
            value = value[key]
        assert isinstance(value, list)
    assert how_to_read(settings, shown)


def test_the_defaults_are_far_below_the_limit_and_the_largest_diagram_is_above() -> None:
    assert work_of(PhaseSettings()) < 0.01 * WORK_LIMIT
    assert work_of(PhaseSettings(grid=20, seeds=5, steps=300, hidden_size=256, cell="lstm")) > WORK_LIMIT


def test_an_experiment_is_a_value_of_the_engine() -> None:
    experiment = PhaseSettings().experiment(1.1, 20)
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment
