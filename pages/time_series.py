"""Time series: a network learns, live, to predict the next value of a signal."""

import streamlit as st

from playground import live
from playground.data.series import data_settings_of, source_settings
from playground.figures.templates import gradient_flow_template, loss_template, prediction_template
from playground.inside.link import look_inside
from playground.language.i18n import _, language
from playground.language.words import how_to_read_gradient_flow, how_to_read_loss
from playground.live.readings import run_readings
from playground.panels.downloads import curves_button
from playground.panels.forecast import show_forecast, show_signal
from playground.panels.model import show_code, show_model
from playground.running.experiment import notices, possible_experiment
from playground.running.session import Session
from playground.running.transport import settings_of, transport
from playground.settings.controls import live_settings, network_settings, training_settings
from playground.settings.form import Form
from playground.settings.page_settings import TimeSeriesSettings
from rnn_engine import NetworkConfig, SineTask, TrainingConfig

PAGE = "time-series"
form = Form(PAGE, (NetworkConfig, TrainingConfig, SineTask, TimeSeriesSettings), defaults={})
session = Session(PAGE)
form.open(session.adopter(lambda run: {**settings_of(run), **data_settings_of(run.experiment.task)}))

st.header(_("Time series"))
with st.sidebar:
    task = source_settings(form)
    network, training = network_settings(form), training_settings(form)
    experiment, possible = possible_experiment(PAGE, task, network, training)
if experiment is None:
    st.info(_("There is nothing to learn from yet: choose a series in the sidebar."))
    form.close(None)
    st.stop()

run = session.act(experiment, live_settings(form), form["pace"])
action = transport(form, session, run, possible)
live.readings(
    PAGE,
    session.channel,
    run,
    action,
    session.cleared,
    run_readings(experiment),
)
notices(form, session, run)

template = prediction_template(experiment, language())
live.chart(PAGE, "prediction", template, height=210, alt=_("Truth and live prediction on the test part."))
st.caption(
    _("Each point is predicted from the T true values before it. The closer the line lies on the truth, the better.")
)
left, right = st.columns(2)
with left:
    template = loss_template(experiment, form["log_loss"], language())
    live.chart(PAGE, "loss", template, height=290, alt=_("Training and test loss against the step."))
    st.caption(how_to_read_loss(experiment))
with right:
    template = gradient_flow_template(network.cell, network.num_layers, training.sequence_length, language())
    live.chart(PAGE, "gradient_flow", template, height=290, alt=_("Gradient flow against the timestep, logarithmic."))
    st.caption(how_to_read_gradient_flow(training.loss_on))
with st.container(horizontal=True):
    form.widget("log_loss")
    curves_button(run)
    look_inside(run)

signal, forecast, model, code = st.tabs(
    [_("Signal and split"), _("Forecast"), _("Model"), _("Code")], key="tabs", on_change="rerun"
)
if signal.open:
    with signal:
        show_signal(experiment)
if forecast.open:
    with forecast:
        show_forecast(form, experiment, run)
if model.open:
    with model:
        show_model(experiment)
if code.open:
    with code:
        show_code(experiment)

form.close(run.id if run else None)
