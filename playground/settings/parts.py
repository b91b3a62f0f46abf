"""A page in parts, of which one is open: its name stands in the link, and a row of buttons opens another."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st

from playground.language.i18n import _
from playground.visit import memory_of, write_link


class Part(NamedTuple):
    """A part: its name on the page, still in English, and what draws it."""

    title: str
    show: Callable[[], None]


def chosen_part(page: str, key: str, label: str, parts: Mapping[str, Part]) -> Part:
    """The part of `page` that the link's `key` names, or the first; draws the buttons. `label`: what a part is called."""
    asked = st.query_params.get(key, "")
    name = asked if asked in parts else next(iter(parts))
    st.session_state[key] = name
    st.segmented_control(
        label,
        list(parts),
        format_func=lambda each: _(parts[each].title),
        key=key,
        on_change=_open,
        args=(page, key, name),
        label_visibility="collapsed",
        width="stretch",
    )
    return parts[name]


def _open(page: str, key: str, before: str) -> None:
    # The link says which part is open, so that it can be shared and Back returns to the one before.
    name = st.session_state[key] or before
    write_link({key: name, **(memory_of(f"{page}-{name}").link or {})})
