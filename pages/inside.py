"""Inside the network: step through its numbers, and look at what a trained one has learnt."""

import streamlit as st

from playground.i18n import _
from playground.inside.views import chosen_view

st.header(_("Inside the network"))
chosen_view().show()
