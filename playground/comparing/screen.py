"""What the benches that compare runs have in common: buttons, table and charts."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import streamlit as st

from playground import live
from playground.comparing import figures
from playground.comparing.side_by_side import Lane, SideBySide
from playground.comparing.tasks import floor_of
from playground.figures.templates import plain
from playground.language.i18n import _, language
from playground.language.words import figure_words
from playground.settings.form import Form
from playground.settings.place import Place

Chart = Literal["race_loss", "gradient_flow", "norms", "horizons"]
HEIGHT = 290


def show_side_by_side(
    place: Place, form: Form, arena: SideBySide, lanes: Sequence[Lane], charts: Sequence[Chart]
) -> None:
    """Buttons and readings of all lanes, then the charts, two in a row."""
    arena.act(lanes, form["pace"])
    arena.transport(form)
    arena.readings(lanes)
    names = tuple((lane.name, lane.colour) for lane in lanes)
    charts = [chart for chart in charts if place.wants(chart)]
    for start in range(0, len(charts), 2):
        for column, chart in zip(st.columns(min(2, len(charts))), charts[start : start + 2], strict=False):
            with column:
                _show(chart, arena.page, lanes, names, form["log_loss"])
    form.widget("log_loss")


def _show(chart: Chart, page: str, lanes: Sequence[Lane], names: figures.Names, log: bool) -> None:
    lengths = tuple(lane.experiment.training.sequence_length for lane in lanes)
    cells = tuple(lane.experiment.network.cell for lane in lanes)
    if chart == "race_loss":
        experiment = lanes[0].experiment
        unit = _(experiment.task.loss_unit)
        template = template_of("race_loss_figure", names, floor_of(experiment), unit, log, lang=language())
        live.chart(page, "race_loss", template, _("Loss of every run against the step."), HEIGHT)
        st.caption(_("Thick: test loss, thin: each training batch. On the floor a network answers without memory."))
    elif chart == "gradient_flow":
        template = template_of("race_flow_figure", names, lengths, cells, lang=language())
        live.chart(page, "gradient_flow", template, _("Gradient flow of every run, logarithmic."), HEIGHT)
        st.caption(_("$G_t$ of the top layer; 0 is the last timestep. A line that falls to the left vanishes."))
    elif chart == "norms":
        template = template_of("norms_figure", names, lang=language())
        live.chart(page, "norms", template, _("Gradient norm of every run against the step."), HEIGHT)
        st.caption(_("Before clipping, and dotted after it. Where a line ends, the run has diverged."))
    else:
        template = template_of("horizon_figure", names, lang=language())
        live.chart(page, "horizons", template, _("Memory horizon of every run against the step."), HEIGHT)
        st.caption(_("How far back the gradient still has a hundredth of its greatest size."))


@lru_cache(maxsize=128)
def template_of(figure: str, *arguments: Any, lang: str) -> dict[str, Any]:
    """One of `figures.py`, made once for these arguments and this language."""
    return plain(getattr(figures, figure)(figure_words(), *arguments))
