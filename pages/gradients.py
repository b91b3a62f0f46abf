"""Gradients: a laboratory in which each claim about backpropagation through time can be tried."""

import streamlit as st

from playground.laboratory.benches import chosen_bench
from playground.language.i18n import _

st.header(_("Gradients"))
chosen_bench().show()
