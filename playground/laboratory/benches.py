"""Which benches the gradient laboratory has, and which one is open."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from playground.i18n import N_, _
from playground.laboratory import cliff, explosion, flow, learning, memory, microscope, phase, race, remedies


class Bench(NamedTuple):
    """A bench: its name on the page, and what draws it."""

    title: str
    show: Callable[[], None]


#: In the order of the page; the link names them so.
BENCHES = {
    "flow": Bench(N_("Flow"), flow.show),
    "phase": Bench(N_("Phase diagram"), phase.show),
    "learning": Bench(N_("While it learns"), learning.show),
    "explosion": Bench(N_("Explosion"), explosion.show),
    "cliff": Bench(N_("The cliff"), cliff.show),
    "race": Bench(N_("Cell race"), race.show),
    "memory": Bench(N_("Does it matter?"), memory.show),
    "microscope": Bench(N_("Microscope"), microscope.show),
    "remedies": Bench(N_("Remedies"), remedies.show),
}


def chosen_bench() -> Bench:
    """The bench that the link names, or the first; with the row of buttons that opens another."""
    asked = st.query_params.get("bench", "")
    name = asked if asked in BENCHES else next(iter(BENCHES))
    st.session_state.bench = name
    st.segmented_control(
        _("Bench"),
        list(BENCHES),
        format_func=lambda each: _(BENCHES[each].title),
        key="bench",
        on_change=_open,
        args=(name,),
        label_visibility="collapsed",
        width="stretch",
    )
    return BENCHES[name]


def _open(before: str) -> None:
    # The link says which bench is open, so that it can be shared and Back returns to the one before.
    name = st.session_state.bench or before
    link = dict(st.session_state.get(f"gradients-{name} link", {}))
    lang = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    st.query_params.from_dict({"bench": name, **link, **lang})
