"""Below the time-series page's live charts: the whole signal with its split, and the free-running forecast."""

import streamlit as st

from playground.figures.templates import name_of, signal_chart
from playground.figures.training import forecast_error_figure, forecast_figure
from playground.language.i18n import _, language
from playground.language.words import figure_words
from playground.running.registry import open_registry
from playground.settings.form import Form
from rnn_engine import Experiment
from rnn_engine.plain import CHART_DIGITS, plain
from rnn_engine.questions.kinds import ForecastQuestion
from rnn_engine.runs import Run


def show_signal(experiment: Experiment) -> None:
    """The series, its training part and its test part."""
    size, split = experiment.task.sequence_size, experiment.split
    st.plotly_chart(signal_chart(experiment, language()), key="signal_chart", height=260)
    st.caption(
        _(
            "{values} values make {windows} windows of {length}; the first {train} train, the last {test} test. "
            "No target of a test window lies in the training part."
        ).format(
            values=size,
            windows=size - split.sequence_length,
            length=split.sequence_length,
            train=split.train_windows,
            test=split.test_windows,
        )
    )


def show_forecast(form: Form, experiment: Experiment, run: Run | None) -> None:
    """What the network, as it stands, says about the values after the training part."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form.widget("horizon", width=360)
        st.button(_("Forecast again"), key="forecast", icon=":material/refresh:", disabled=run is None)
    if run is None:
        st.caption(_("Press Play first; then the network forecasts."))
        return
    answer = plain(open_registry().ask(run, ForecastQuestion(form["horizon"])), CHART_DIGITS)
    words = figure_words()
    st.plotly_chart(forecast_figure(words, answer, name_of(experiment)), key="forecast_chart", height=280)
    st.caption(
        _(
            "At step {step}. Free-running: after the training part the network lives on its own forecasts; one step ahead: "
            "it is told the truth before every value; persistence: the last known value for ever."
        ).format(step=run.step)
    )
    st.plotly_chart(forecast_error_figure(words, answer), key="forecast_error_chart", height=220)
    st.caption(_("Absolute error against the horizon: free-running errors feed on themselves and usually grow."))
