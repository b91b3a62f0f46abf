"""Time series: a network learns, live, to predict the next value of a signal."""

import streamlit as st

from playground import live
from playground.bench import naive_losses, notices, possible_experiment, tested
from playground.controls import live_settings, network_settings, settings_of, training_settings, transport
from playground.downloads import curves_button
from playground.figures import gradient_flow_figure, loss_figure, prediction_figure
from playground.form import Form
from playground.forecasts import show_forecast, show_signal
from playground.i18n import _
from playground.model_view import show_code, show_model
from playground.series import source_of, source_settings
from playground.session import Session
from playground.views import TimeSeriesView
from playground.words import figure_words, how_to_read_gradient_flow, how_to_read_loss, reading_words
from rnn_engine import NetworkConfig, SineTask, TrainingConfig

PAGE = "time-series"
form = Form(PAGE, (NetworkConfig, TrainingConfig, SineTask, TimeSeriesView), defaults={})
session = Session(PAGE)
form.open(session.adopter(lambda run: {**settings_of(run), **source_of(run.experiment.task)}))

st.header(_("Time series"))
with st.sidebar:
    task = source_settings(form)
    network, training = network_settings(form), training_settings(form)
    experiment, possible = possible_experiment(PAGE, task, network, training)
if experiment is None:
    st.stop()

run = session.act(experiment, live_settings(form), form["pace"])
words, name = figure_words(), _(getattr(experiment.task, "name", ""))
transport(form, session, run, possible)
live.readings(PAGE, run, reading_words(experiment), session.cleared)
notices(form, session, run)

positions, truth = tested(experiment)
live.chart(
    PAGE, "prediction", prediction_figure(words, positions, truth, name), height=210,
    alt=_("Truth and live prediction on the test part."),
)  # fmt: skip
st.caption(_("Each point is predicted from the T true values before it. The closer the line lies on the truth, the better."))
left, right = st.columns(2)
with left:
    figure = loss_figure(words, naive_losses(experiment), experiment.steps, form["log_loss"], _("mean squared error"))
    live.chart(PAGE, "loss", figure, height=290, alt=_("Training and test loss against the step."))
    st.caption(how_to_read_loss(experiment))
with right:
    figure = gradient_flow_figure(words, network.cell, network.num_layers, training.sequence_length)
    live.chart(PAGE, "gradient_flow", figure, height=290, alt=_("Gradient flow against the timestep, logarithmic."))
    st.caption(how_to_read_gradient_flow(training.loss_on))
with st.container(horizontal=True):
    form.widget("log_loss")
    curves_button(run)

signal, forecast, model, code = st.tabs(
    [_("Signal and split"), _("Forecast"), _("Model"), _("Code")], key="tabs", on_change="rerun"
)
if signal.open:
    with signal:
        show_signal(experiment, words, name)
if forecast.open:
    with forecast:
        show_forecast(form, session, experiment, run, words, name)
if model.open:
    with model:
        show_model(experiment)
if code.open:
    with code:
        show_code(experiment)

form.close(run.id if run else None)
