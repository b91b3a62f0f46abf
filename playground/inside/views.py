"""Which views the page "inside" has, and which one is open."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from playground.i18n import N_, _
from playground.inside import distance, forgets, stepper, trained


class View(NamedTuple):
    """A view: its name on the page, and what draws it."""

    title: str
    show: Callable[[], None]


#: In the order of the page; the link names them so.
VIEWS = {
    "stepper": View(N_("Step by step"), stepper.show),
    "trained": View(N_("A trained network"), trained.show),
    "forgets": View(N_("What a window forgets"), forgets.show),
    "distance": View(N_("Long-distance sentences"), distance.show),
}


def chosen_view() -> View:
    """The view that the link names, or the first; with the row of buttons that opens another."""
    asked = st.query_params.get("view", "")
    name = asked if asked in VIEWS else next(iter(VIEWS))
    st.session_state.view = name
    st.segmented_control(
        _("View"),
        list(VIEWS),
        format_func=lambda each: _(VIEWS[each].title),
        key="view",
        on_change=_open,
        args=(name,),
        label_visibility="collapsed",
        width="stretch",
    )
    return VIEWS[name]


def _open(before: str) -> None:
    # The link says which view is open, so that it can be shared and Back returns to the one before.
    name = st.session_state.view or before
    link = dict(st.session_state.get(f"inside-{name} link", {}))
    lang = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    st.query_params.from_dict({"view": name, **link, **lang})
