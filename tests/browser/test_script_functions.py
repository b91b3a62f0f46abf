"""What the scripts work out without a page: curves with fewer points, sources, numbers and characters as text."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from playwright.sync_api import Browser, Route

from playground.language.characters import MARKS, visible
from playground.live.readings import Format

pytestmark = pytest.mark.browser

ROOM = Path(__file__).parent.parent.parent / "playground"
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def call(browser: Browser) -> Iterator[Call]:
    """Calls a function that a script exports, in a page that holds nothing."""
    page = browser.new_page()

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix("http://scripts/")
        if name:
            route.fulfill(path=ROOM / name, content_type="text/javascript")
        else:
            route.fulfill(body="", content_type="text/html")

    page.route("http://scripts/**", serve)
    page.goto("http://scripts/")

    def call_it(script: str, function: str, *arguments: Any) -> Any:
        code = "async ([script, name, arguments]) => (await import(script))[name](...JSON.parse(arguments))"
        return page.evaluate(code, [f"http://scripts/{script}", function, json.dumps(arguments)])

    yield call_it
    page.close()


def thin(call: Call, losses: list[float | None]) -> tuple[list[int], list[float | None]]:
    curve = call("live/thinning.js", "thin", {"losses": losses})
    return curve["steps"], curve["losses"]


def test_a_short_curve_keeps_every_loss_at_its_step(call: Call) -> None:
    assert thin(call, [3.0, 1.0, 2.0]) == ([1, 2, 3], [3.0, 1.0, 2.0])
    assert thin(call, []) == ([], [])


@pytest.mark.parametrize("length", [801, 5000, 100_003])
def test_a_long_curve_keeps_its_extremes_its_order_and_few_points(call: Call, length: int) -> None:
    losses: list[float | None] = [float((31 * step) % 9973) for step in range(length)]
    losses[length // 3], losses[length // 2] = -5.0, 1e6
    steps, kept = thin(call, losses)
    assert steps == sorted(set(steps))
    assert len(steps) <= 802
    assert [losses[step - 1] for step in steps] == kept
    assert (min(kept), max(kept)) == (-5.0, 1e6)  # type: ignore[type-var]


def test_thinning_survives_losses_that_are_not_finite(call: Call) -> None:
    _steps, kept = thin(call, [1.0, None] * 2000 + [None] * 500)
    assert {1.0, None} == set(kept)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("number", None, "–"),
        ("number", 0.0123456, "0.01235"),
        ("number", 0.000123456, "1.23e-4"),
        ("number", 0, "0.000"),
        ("number", 123456.7, "1.23e+5"),
        ("number", 1, "1.000"),
        ("count", 43, "43"),
        ("count", 1000000, "1000000"),
        ("epoch", 0.25, "0.25"),
        ("epoch", 12.25, "12.3"),
        ("share", 0.973, "97 %"),
        ("share", 0.0123, "1.2 %"),
        ("degrees", 3.14159, "3.1°"),
        ("rate", 5470.4, "5470"),
        ("rate", 1.234, "1.2"),
        ("duration", 59.6, "1:00"),
        ("duration", 7.2, "7 s"),
        ("duration", 3725, "1:02 h"),
    ],
)
def test_a_reading_is_shown_in_the_format_of_its_kind(call: Call, kind: str, value: float | None, text: str) -> None:
    assert call("live/format.js", "format", kind, value) == text


def test_the_scripts_know_every_format_that_a_row_may_name(call: Call) -> None:
    for kind in set(get_args(Format)) - {"state"}:  # a run's state is called what its page calls it
        assert call("live/format.js", "format", kind, 1) != "–"


def test_scripts_and_pages_show_the_same_marks_for_characters_that_cannot_be_seen(call: Call) -> None:
    for character in [*MARKS, "a", "–"]:
        assert call("live/format.js", "visible", character) == visible(character)


def test_a_source_finds_arrays_by_their_names_and_is_empty_where_there_is_none(call: Call) -> None:
    view = {"frame": {"flow": {"hidden": [[1, 2], [3, 4]]}}, "lanes": [{"frame": {"accuracy": 0.5}}, {"frame": {}}]}
    assert call("live/sources.js", "lookUp", view, "frame.flow.hidden.1") == [3, 4]
    assert call("live/sources.js", "lookUp", view, "frame.flow.cell.0") == []
    accuracies = ["lanes.0.frame.accuracy", "lanes.1.frame.accuracy"]
    assert call("live/sources.js", "lookUp", view, accuracies) == [0.5, None]


def test_a_source_counts_from_the_end_and_goes_through_whole_arrays(call: Call) -> None:
    view = {"rows": [[1, 2], [3, 4]], "looks": [{"step": 1, "clipped": {"norm": 0.5}}, {"step": 9, "clipped": None}]}
    assert call("live/sources.js", "lookUp", view, "rows.-1") == [3, 4]
    assert call("live/sources.js", "lookUp", view, "looks.*.step") == [1, 9]
    assert call("live/sources.js", "lookUp", view, "looks.*.clipped.norm") == [0.5, None]
    assert call("live/sources.js", "lookUp", {"looks": []}, "looks.*.step") == []


def test_a_source_says_what_is_made_of_its_array(call: Call) -> None:
    view = {"floor": 1e-9, "row": [0, 3, 0], "looks": [{"flow": [1, 10]}, {"flow": [100, 0]}]}
    assert call("live/sources.js", "lookUp", view, "row | zeros") == [1e-9, None, 1e-9]
    assert call("live/sources.js", "lookUp", view, "row | reversed | zeros") == [1e-9, None, 1e-9]
    assert call("live/sources.js", "lookUp", view, "looks.*.flow | transposed | log10") == [[0, 2], [1, None]]
    assert call("live/sources.js", "lookUp", {"looks": []}, "looks.*.flow | transposed | log10") == []
    assert call("live/sources.js", "lookUp", {}, "missing.row | reversed") == []


@pytest.mark.parametrize(
    ("source", "moving"),
    [
        ("history.train_steps", True),
        ("lanes.1.frame.prediction", True),
        ("previous.test_steps", False),
        ("axis.steps", False),
    ],
)
def test_all_sources_move_but_the_previous_run_and_the_axis(call: Call, source: str, moving: bool) -> None:
    assert call("live/sources.js", "moves", source) is moving


def test_the_floor_for_exact_zeros_lies_below_every_other_value(call: Call) -> None:
    flows = [{"hidden": [[0, 3e-7, 1]], "cell": [[0, 2e-9]]}, None]
    assert call("live/sources.js", "floorUnder", flows) == pytest.approx(1e-10)
    assert call("live/sources.js", "floorUnder", [None]) > 0
