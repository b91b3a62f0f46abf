"""What a lesson can show live: each is one of the app's own benches or pages, drawn with the lesson's settings."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from playground.comparing.side_by_side import SideBySide
from playground.data.texts import PRESETS
from playground.inside.stepper.view import show_stepper
from playground.laboratory import explosion, learning, memory, race, remedies
from playground.laboratory.cliff import bench as cliff
from playground.laboratory.flow import bench as flow
from playground.laboratory.microscope import bench as microscope
from playground.lessons import training
from playground.lessons.lesson import Live
from playground.lessons.parser import LessonProblem
from playground.running.session import Session
from playground.settings.form import differing, fields_of, usual, value_of
from playground.settings.place import Place


class LiveThing(NamedTuple):
    """What draws it, its settings, the charts to choose from, where it is at home, and whose Play button it has."""

    show: Callable[[Place], None]
    models: tuple[type[BaseModel], ...]
    defaults: Mapping[str, Any]
    page: str
    fixed: Mapping[str, str] = {}
    charts: tuple[str, ...] = ()
    player: Callable[[str], SideBySide | Session] | None = None


class Stepping(BaseModel):
    """The settings of the stepper."""

    preset: str = ""


def _step(place: Place) -> None:
    show_stepper(place.page, place.preset["preset"])


def _bench(module: Any, *charts: str, player: Callable[[str], SideBySide | Session] | None = None) -> LiveThing:
    return LiveThing(module.show, module.MODELS, module.DEFAULTS, "gradients", module.HOME.fixed, charts, player)


LIVE_THINGS = {
    "flow": _bench(flow),
    "learning": _bench(learning, "heatmap", "gradient_flow", "weight_share", "norms", "loss", player=Session),
    "explosion": _bench(explosion, "norms", "race_loss", "gradient_flow", player=SideBySide),
    "cliff": _bench(cliff),
    "race": _bench(race, "race_loss", "gradient_flow", "horizons", "norms", player=SideBySide),
    "memory": _bench(memory, "race_loss", "gradient_flow", player=SideBySide),
    "microscope": _bench(microscope),
    "remedies": _bench(remedies, "gradient_flow", "race_loss", "norms", "horizons", player=SideBySide),
    "series": LiveThing(
        training.show_series,
        training.SERIES_MODELS,
        training.SERIES_DEFAULTS,
        "time_series",
        charts=("prediction", "loss", "gradient_flow"),
        player=Session,
    ),
    "text": LiveThing(
        training.show_text,
        training.TEXT_MODELS,
        training.TEXT_DEFAULTS,
        "text",
        charts=("sample", "loss", "gradient_flow", "write"),
        player=Session,
    ),
    "sizes": LiveThing(training.show_sizes, (training.ModelSize,), {}, "time_series"),
    "stepper": LiveThing(_step, (Stepping,), {}, "inside", {"view": "stepper"}),
}


def preset(live: Live, file: str = "") -> dict[str, Any]:
    """The settings that the lesson names, read and checked; raises `LessonProblem`."""
    if live.thing not in LIVE_THINGS:
        raise LessonProblem(f"{file}:{live.line}: there is no {live.thing!r}; there are {', '.join(LIVE_THINGS)}")
    thing = LIVE_THINGS[live.thing]
    fields = fields_of(thing.models)
    values: dict[str, Any] = {}
    for chart in live.charts:
        if chart not in thing.charts:
            raise LessonProblem(f"{file}:{live.line}: {live.thing} has no chart {chart!r}")
    for name, text in live.settings.items():
        if name not in fields:
            raise LessonProblem(f"{file}:{live.line}: {live.thing} has no setting {name!r}")
        try:
            values[name] = value_of(fields[name][1], text)
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise LessonProblem(f"{file}:{live.line}: {name} = {text} is not possible: {reason}") from None
    # A text comes with the settings that it is trained with.
    return {**PRESETS.get(values.get("text_preset", ""), {}), **values}


def all_settings(live: Live) -> dict[str, Any]:
    """Every setting that the live thing has in the lesson."""
    thing = LIVE_THINGS[live.thing]
    return usual(thing.models, thing.defaults) | preset(live)


def home_link(live: Live, settings: Mapping[str, Any]) -> dict[str, str]:
    """The link parameters under which the live thing's own page shows the same settings."""
    thing = LIVE_THINGS[live.thing]
    at_home = usual(thing.models, thing.defaults)
    return {**thing.fixed, **differing({name: settings[name] for name in at_home if name in settings}, at_home)}
