"""The settings in the sidebar that the pages which train share."""

from typing import Any

import streamlit as st

from playground.language.i18n import _
from playground.settings.form import Form
from rnn_engine import NetworkConfig, TrainingConfig
from rnn_engine.cells import CELLS
from rnn_engine.experiment import LIVE_SETTINGS


def network_settings(form: Form) -> NetworkConfig:
    """The network's widgets; returns what they say."""
    with st.expander(_("Network"), expanded=True, icon=":material/hub:"):
        for name in ("cell", "hidden_size", "num_layers", "init", "gain"):
            form.widget(name)
        if CELLS[form["cell"]].has_forget_gate:
            form.widget("forget_bias")
    return NetworkConfig(**form.values(NetworkConfig))


def training_settings(form: Form) -> TrainingConfig:
    """The widgets of how to train, but for the live ones, which stand beside Play; returns what all of them say."""
    with st.expander(_("Training"), expanded=True, icon=":material/tune:"):
        for name in ("sequence_length", "batch_size", "epochs", "optimizer"):
            form.widget(name)
        for name in ("schedule", "loss_on", "clip_value", "test_fraction", "seed"):
            form.widget(name)
    st.button(_("Reset to defaults"), key="defaults", icon=":material/restart_alt:", on_click=form.reset)
    return TrainingConfig(**form.values(TrainingConfig))


def live_settings(form: Form) -> dict[str, Any]:
    """The settings that a running network follows at once."""
    return {name: form[name] for name in LIVE_SETTINGS if name in form.defaults}
