"""Inside the network: what it computes, what it has learnt to look at, and what it forgets."""

import streamlit as st

from playground.i18n import _
from playground.inside.views import chosen_view

st.header(_("Inside the network"))
chosen_view().show()
