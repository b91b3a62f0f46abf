"""Inside the network: step through its numbers, and look at what a trained one has learnt."""

import streamlit as st

from playground.inside.views import chosen_view
from playground.language.i18n import _

st.header(_("Inside the network"))
chosen_view().show()
