"""The training pages, small enough to stand beside a text: a run with its live charts; and what a model is made of."""

from collections.abc import Mapping
from typing import Annotated, Any

import streamlit as st
from pydantic import BaseModel, ConfigDict

from playground import live
from playground.data.series import data_settings_of as series_of
from playground.data.series import source_settings
from playground.data.texts import PRESETS, text_settings
from playground.data.texts import data_settings_of as text_of
from playground.figures.templates import gradient_flow_template, loss_template, prediction_template
from playground.language.i18n import N_, _, language
from playground.live.readings import Reading, run_readings
from playground.panels.model import show_model
from playground.panels.writing import show_writing
from playground.running.experiment import notices, possible_experiment
from playground.running.session import Session
from playground.running.transport import settings_of, transport
from playground.settings.borrowed import borrow
from playground.settings.controls import live_settings, network_settings, training_settings
from playground.settings.form import Form
from playground.settings.page_settings import TextSettings, TimeSeriesSettings
from playground.settings.place import Place
from rnn_engine import Experiment, NetworkConfig, SineTask, TrainingConfig
from rnn_engine.cells import Cell

SERIES_MODELS = (NetworkConfig, TrainingConfig, SineTask, TimeSeriesSettings)
SERIES_DEFAULTS: dict[str, Any] = {}
TEXT_MODELS = (NetworkConfig, TrainingConfig, TextSettings)
TEXT_DEFAULTS = PRESETS["sonnets"]
HEIGHT = 250
_READINGS = ("state", "step", "train_loss", "test_loss", "per_step_factor", "horizon")


class ModelSize(BaseModel):
    """What the size of a model depends on, and what it does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: Annotated[Cell, borrow(NetworkConfig, "cell")] = "rnn_tanh"
    hidden_size: Annotated[int, borrow(NetworkConfig, "hidden_size")] = 32
    sequence_length: Annotated[
        int,
        borrow(
            TrainingConfig,
            "sequence_length",
            ge=10,
            description=N_("$T$: how many timesteps the network reads."),
            json_schema_extra={"slider": 10, "unit": N_("timesteps")},
        ),
    ] = 10


def show_series(place: Place) -> None:
    """A network learning a series."""
    form = place.form(SERIES_MODELS, SERIES_DEFAULTS)
    session = Session(place.page)
    form.open(session.adopter(lambda run: {**settings_of(run), **series_of(run.experiment.task)}))
    with place.settings():
        task = source_settings(form)
        network, training = network_settings(form), training_settings(form)
        experiment, possible = possible_experiment(place.page, task, network, training)
    _train(place, form, session, experiment, possible)


def show_text(place: Place) -> None:
    """A network learning a text."""
    form = place.form(TEXT_MODELS, TEXT_DEFAULTS)
    session = Session(place.page)
    form.open(session.adopter(lambda run: {**settings_of(run), **text_of(run.experiment.task)}))
    with place.settings():
        task = text_settings(form)
        network, training = network_settings(form), training_settings(form)
        experiment, possible = possible_experiment(place.page, task, network, training)
    _train(place, form, session, experiment, possible)


def _train(place: Place, form: Form, session: Session, experiment: Experiment | None, possible: bool) -> None:
    if experiment is None:
        st.info(_("There is nothing to learn from yet: choose something in the settings."))
        form.close(None)
        return
    run = session.act(experiment, live_settings(form), form["pace"])
    action = transport(form, session, run, possible)
    rows = run_readings(experiment, _READINGS)
    live.readings(place.page, session.channel, run, action, session.cleared, rows)
    notices(form, session, run)
    symbols = experiment.task.writes
    if symbols and place.wants("sample"):
        st.caption(_("What the network writes as it learns, anew every few seconds:"))
        live.sample(place.page)
    if not symbols and place.wants("prediction"):
        template = prediction_template(experiment, language())
        alt = _("Truth and live prediction on the test part.")
        live.chart(place.page, "prediction", template, height=HEIGHT, alt=alt)
    if place.wants("loss"):
        template = loss_template(experiment, form["log_loss"], language())
        live.chart(place.page, "loss", template, height=HEIGHT, alt=_("Training and test loss against the step."))
        form.widget("log_loss")
    if place.wants("gradient_flow"):
        network, length = experiment.network, experiment.training.sequence_length
        template = gradient_flow_template(network.cell, network.num_layers, length, language())
        alt = _("Gradient flow against the timestep, logarithmic.")
        live.chart(place.page, "gradient_flow", template, height=HEIGHT, alt=alt)
    if symbols and "write" in place.charts:
        run = show_writing(form, session, experiment, symbols, run)
    form.close(run.id if run else None)


def sized(settings: Mapping[str, Any]) -> Experiment:
    """The chapter's model for a series, of this size."""
    size = ModelSize(**settings)
    return Experiment(
        task=SineTask(length=size.sequence_length + 100),
        network=NetworkConfig(cell=size.cell, hidden_size=size.hidden_size),
        training=TrainingConfig(sequence_length=size.sequence_length),
    )


def feed_forward_parameters(experiment: Experiment) -> int:
    """Of a network with one hidden layer of the same width that is given the whole window at once."""
    hidden, inputs = experiment.network.hidden_size, experiment.training.sequence_length * experiment.input_size
    return hidden * inputs + hidden + hidden * experiment.task.output_size + experiment.task.output_size


def show_sizes(place: Place) -> None:
    """How many parameters a model has, and where they are."""
    form = place.form((ModelSize,), {})
    form.open(lambda run: {})
    form.say_notices()
    with st.container(horizontal=True, vertical_alignment="bottom", key="sizes"):
        form.widget("cell", width=160)
        form.widget("hidden_size", width=150)
        form.widget("sequence_length", width=300)
    experiment = sized(form.values(ModelSize))
    rows = [
        Reading("parameters", _("Recurrent network"), _("Parameters: the same weights at every timestep."), "count"),
        Reading(
            "feed_forward_parameters",
            _("Feed-forward network"),
            _("Parameters of one hidden layer of the same width that is given all T values at once."),
            "count",
        ),
    ]
    found = {"parameters": experiment.cost.parameters, "feed_forward_parameters": feed_forward_parameters(experiment)}
    live.values(place.page, "parameters", rows, found)
    show_model(experiment)
    form.close(None)
