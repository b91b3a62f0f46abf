"""What the benches that compare runs have in common: buttons, table and charts."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, TypeVarTuple

import plotly.graph_objects as go
import streamlit as st

from playground import live
from playground.comparing import figures
from playground.comparing.side_by_side import Lane, SideBySide
from playground.comparing.tasks import floor_of
from playground.figures.templates import Template, plain
from playground.language.i18n import _, language
from playground.language.words import figure_words
from playground.settings.form import Form
from playground.settings.place import Place

Chart = Literal["race_loss", "gradient_flow", "norms", "horizons"]
Arguments = TypeVarTuple("Arguments")
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
        template = template_of(figures.race_loss_figure, names, floor_of(experiment), unit, log)
        live.chart(page, "race_loss", template, _("Loss of every run against the step."), HEIGHT)
        st.caption(_("Thick: test loss, thin: each training batch. On the floor a network answers without memory."))
    elif chart == "gradient_flow":
        template = template_of(figures.race_flow_figure, names, lengths, cells)
        live.chart(page, "gradient_flow", template, _("Gradient flow of every run, logarithmic."), HEIGHT)
        st.caption(_("$G_t$ of the top layer; 0 is the last timestep. A line that falls to the left vanishes."))
    elif chart == "norms":
        template = template_of(figures.norms_figure, names)
        live.chart(page, "norms", template, _("Gradient norm of every run against the step."), HEIGHT)
        st.caption(_("Before clipping, and dotted after it. Where a line ends, the run has diverged."))
    else:
        template = template_of(figures.horizon_figure, names)
        live.chart(page, "horizons", template, _("Memory horizon of every run against the step."), HEIGHT)
        st.caption(_("How far back the gradient still has a hundredth of its greatest size."))


def template_of(figure: Callable[[Mapping[str, str], *Arguments], go.Figure], *arguments: *Arguments) -> Template:
    """What one of `figures.py` draws, made once for these arguments and the visit's language."""
    return _made(figure, arguments, language())


@lru_cache(maxsize=128)
def _made(figure: Callable[..., go.Figure], arguments: tuple[object, ...], lang: str) -> Template:
    return plain(figure(figure_words(), *arguments))
