"""The phase diagram: where gradients vanish and explode, one network a cell, filling in while it is measured."""

from functools import lru_cache
from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground import live
from playground.comparing.comparison import preset_button
from playground.figures.templates import Template, plain
from playground.laboratory import learning
from playground.laboratory.phase.figures import phase_figure
from playground.laboratory.phase.settings import (
    MOST_NETWORKS,
    WORDS,
    WORK_LIMIT,
    PhaseDisplay,
    PhaseSettings,
    experiments_of,
    grid_of,
    work_of,
)
from playground.laboratory.phase.surveys import PhaseSurvey
from playground.laboratory.phase.words import button_hints, figure_words, how_to_read, readings, seen
from playground.language.i18n import N_, _, language, paragraph
from playground.language.problems import explain, fill
from playground.settings.form import Form
from playground.visit import write_link
from rnn_engine.cells import CELLS
from rnn_engine.runs import Survey

PAGE = "gradients-phase"
HEIGHT = 410


def show() -> None:
    """Draw the bench."""
    form = Form(PAGE, (PhaseSettings, PhaseDisplay), {}, {"bench": "phase"}, WORDS, follows=False)
    surveys = PhaseSurvey(PAGE)
    form.open(surveys.adopt)
    with st.container(horizontal=True):
        preset_button(_("Where gradients vanish"), ":material/grid_on:", form, surveys)
        preset_button(
            _("LSTM, forget bias 3"), ":material/memory:", form, surveys, "preset_lstm",
            cell="lstm", forget_bias=3.0, shown="cell_factor",
        )  # fmt: skip
        preset_button(
            _("What still trains"), ":material/speed:", form, surveys, "preset_rates",
            against="learning_rate", cell="rnn_relu", steps=50, sequence_length=30, shown="loss",
        )  # fmt: skip
    with st.sidebar:
        _settings(form)
    settings = PhaseSettings(**form.values(PhaseSettings))
    if form["shown"] == "cell_factor" and not CELLS[settings.cell].has_cell_state:
        form.preset({"shown": "factor"})
    problems = _problems(settings)
    survey = surveys.act(settings, possible=not problems)
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        action = surveys.transport(survey, possible=not problems)
        form.widget("shown", width=260)
    live.readings(PAGE, surveys.channel, survey, action, 0, readings(), button_hints())
    with st.container(key="notices"):
        form.say_notices()
        for problem in problems:
            st.error(problem)
        if surveys.met_unknown:
            st.warning(_("The run in this link is no longer on this server. Press Play to train it again."))
        _say_how_it_ended(survey)
    shown = form["shown"]
    alt = _("A diagram of networks, ρ to the right, coloured by what was measured in each.")
    live.chart(PAGE, "phase", _template(settings, shown, language()), alt, HEIGHT, on_click=_opener(settings))
    st.caption(paragraph(how_to_read(settings, shown), _("Click a square to open its experiment.")))
    with st.container(key="said"):
        if survey is not None:
            st.markdown(seen(settings, shown, tuple(survey.readings)))
    form.close(survey.id if survey else None)


def _settings(form: Form) -> None:
    """The widgets that stand aside."""
    for name in ("cell", "against", "grid", "steps", "seeds"):
        form.widget(name)
    against_length = form["against"] == "sequence_length"
    with st.expander(_("Axes"), expanded=True, icon=":material/grid_4x4:"):
        for name in ("rho_from", "rho_to"):
            form.widget(name)
        for name in ("length_from", "length_to") if against_length else ("rate_from", "rate_to"):
            form.widget(name)
    with st.expander(_("Networks"), expanded=True, icon=":material/hub:"):
        form.widget("learning_rate" if against_length else "sequence_length")
        for name in ("hidden_size", "init"):
            form.widget(name)
        if CELLS[form["cell"]].has_forget_gate:
            form.widget("forget_bias")
        for name in ("task", "optimizer", "seed"):
            form.widget(name)
    st.button(_("Reset to defaults"), key="defaults", icon=":material/restart_alt:", on_click=form.reset)


def _problems(settings: PhaseSettings) -> list[str]:
    """Why these settings cannot be measured."""
    try:
        count, work = len(experiments_of(settings)), work_of(settings)
    except ValidationError as error:
        return explain(error)
    if count > MOST_NETWORKS:
        message = N_("This diagram has {count} networks; the limit is {limit}. Choose fewer squares or seeds.")
        return [fill(message, count=count, limit=MOST_NETWORKS)]
    if work <= WORK_LIMIT:
        return []
    message = N_(
        "This diagram would take about {work} billion operations; the limit is {limit} billion. Choose fewer squares, seeds or "
        "steps, shorter sequences or a smaller hidden size."
    )
    return [fill(message, work=f"{work / 1e9:.0f}", limit=f"{WORK_LIMIT / 1e9:.0f}")]


def _say_how_it_ended(survey: Survey | None) -> None:
    if survey is None:
        return
    if survey.state == "interrupted":
        st.error(_("The worker process ended again and again. Press Play to go on."))
    errors = [reading.error for reading in survey.readings if reading is not None and reading.error]
    if errors:
        st.error(fill(N_("{count} networks could not be measured: {reason}"), count=len(errors), reason=errors[0]))


def _opener(settings: PhaseSettings) -> Any:
    """What a click does: open the experiment of the cell, its first seed's, on the bench where it can be trained."""

    def open_cell(x: float, y: float) -> None:
        grid = grid_of(settings)
        column, row = min(max(round(x), 0), len(grid.rho) - 1), min(max(round(y), 0), len(grid.against) - 1)
        link = learning.link_to(settings.experiment(grid.rho[column], grid.against[row]))
        write_link(link)

    return open_cell


@lru_cache(maxsize=64)
def _template(settings: PhaseSettings, shown: str, lang: str) -> Template:
    return plain(phase_figure(figure_words(settings, shown), grid_of(settings), shown))
