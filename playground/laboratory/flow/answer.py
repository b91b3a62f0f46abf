"""What the bench "flow" shows of a question: measured once, then as a figure, readings, a table and sentences.

Needs no visit's script: the same answers a page and a dial that is being dragged.
"""

from functools import lru_cache
from typing import TypedDict

from playground.figures.templates import Template, plain
from playground.laboratory.flow.figures import flow_figure
from playground.laboratory.flow.settings import FlowQuestion
from playground.laboratory.flow.words import READINGS, Flows, flow_words, seen, table
from playground.language.i18n import translation
from playground.running.registry import open_registry


class Told(TypedDict):
    """What is said of the measurement, as HTML."""

    seen: str
    table: str


class Shown(TypedDict):
    """Everything on the screen that depends on the measurement, ready for JSON."""

    figure: Template
    readings: dict[str, float | None]
    told: Told


@lru_cache(maxsize=64)
def measured(question: FlowQuestion) -> Flows:
    """The gradient flow of every network that the question asks about, from a slot's worker."""
    return open_registry().probe(question.asked)


def answer(question: FlowQuestion, flows: Flows, lang: str) -> Shown:
    """What the screen shows in this language."""
    translate = translation(lang).gettext
    return {
        "figure": plain(flow_figure(flow_words(question, translate), flows)),
        "readings": readings(flows),
        "told": {"seen": seen(question, flows, translate), "table": table(question, flows, translate)},
    }


def readings(flows: Flows) -> dict[str, float | None]:
    """The first chosen cell's numbers; what was too large for a number has no horizon."""
    first = flows[0]
    return {name: None if first.beyond else getattr(first, name) for name in READINGS}
