"""The way from a run to the view that looks inside its network."""

import streamlit as st

from playground.language.i18n import _
from playground.visit import with_language
from rnn_engine.runs import Run


def look_inside(run: Run | None) -> None:
    """A link to what this run's network does while it reads."""
    if run is None:
        return
    st.page_link(
        "../pages/inside.py",
        label=_("Look inside"),
        icon=":material/visibility:",
        query_params=with_language({"view": "trained", "run": run.id}),
    )
