"""Gradients: a laboratory in which each claim about backpropagation through time can be tried."""

import streamlit as st

from playground.i18n import _
from playground.laboratory.benches import chosen_bench

st.header(_("Gradients"))
chosen_bench().show()
