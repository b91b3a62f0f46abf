"""Text: a network learns, live, to write character by character."""

import streamlit as st

from playground import live
from playground.data.texts import PRESETS, data_settings_of, show_vocabulary, text_settings
from playground.figures.templates import gradient_flow_template, loss_template
from playground.inside.link import look_inside
from playground.language.i18n import _, language
from playground.language.words import how_to_read_gradient_flow, how_to_read_loss
from playground.live.readings import run_readings
from playground.panels.downloads import curves_button
from playground.panels.model import show_code, show_model
from playground.panels.writing import show_writing
from playground.running.experiment import notices, possible_experiment
from playground.running.session import Session
from playground.running.transport import settings_of, transport
from playground.settings.controls import live_settings, network_settings, training_settings
from playground.settings.form import Form
from playground.settings.page_settings import TextSettings
from rnn_engine import NetworkConfig, TextTask, TrainingConfig

PAGE = "text"
form = Form(PAGE, (NetworkConfig, TrainingConfig, TextSettings), defaults=PRESETS["sonnets"])
session = Session(PAGE)
form.open(session.adopter(lambda run: {**settings_of(run), **data_settings_of(run.experiment.task)}))

st.header(_("Text"))
with st.sidebar:
    task = text_settings(form)
    network, training = network_settings(form), training_settings(form)
    experiment, possible = possible_experiment(PAGE, task, network, training)
if experiment is None or not isinstance(experiment.task, TextTask):
    st.info(_("There is nothing to learn from yet: choose a text in the sidebar."))
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

st.caption(_("What the network writes as it learns, anew every few seconds:"))
live.sample(PAGE)
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

writing, vocabulary, model, code = st.tabs(
    [_("Write"), _("Vocabulary"), _("Model"), _("Code")], key="tabs", on_change="rerun"
)
with writing:
    run = show_writing(form, session, experiment, experiment.task.writes, run)
if vocabulary.open:
    with vocabulary:
        show_vocabulary(experiment.task)
if model.open:
    with model:
        show_model(experiment)
if code.open:
    with code:
        show_code(experiment)

form.close(run.id if run else None)
