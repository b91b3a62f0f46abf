"""What the bench "flow" shows of a question: measured once, then as a figure, readings, a table and sentences.

Needs no visit's script: the same answers a page and a dial that is being dragged.
"""

import json
from functools import lru_cache
from typing import Any

from playground.laboratory.flow.figures import flow_figure
from playground.laboratory.flow.settings import FlowQuestion
from playground.laboratory.flow.words import READINGS, flow_words, seen, table
from playground.language.i18n import translation
from playground.running.registry import open_registry

Flows = list[dict[str, Any]]


@lru_cache(maxsize=64)
def measured(question: FlowQuestion) -> Flows:
    """The gradient flow of every network that the question asks about, from a slot's worker."""
    return open_registry().probe("flow", experiments=question.experiments(), source=question.source)


def answer(question: FlowQuestion, flows: Flows, lang: str) -> dict[str, Any]:
    """Everything on the screen that depends on the measurement, ready for JSON."""
    translate = translation(lang).gettext
    return {
        "figure": json.loads(flow_figure(flow_words(question, translate), flows).to_json()),
        "readings": readings(flows),
        "told": {"seen": seen(question, flows, translate), "table": table(question, flows, translate)},
    }


def readings(flows: Flows) -> dict[str, float | None]:
    """The first chosen cell's numbers; what was too large for a number has no horizon."""
    first = flows[0]
    return {name: None if first["beyond"] else first[name] for name in READINGS}
