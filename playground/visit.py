"""What a visit remembers from one run of a page's script to the next, and the one way to write its link.

Widgets keep their values under their own keys; what several rooms share stands here, so that no other file knows under
which keys of the session it is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st


@dataclass
class PageMemory:
    """What a visit remembers of one page, bench, view, or screen of a lesson."""

    settings: dict[str, Any] | None = None  # by name; None until its form is opened
    link: dict[str, str] | None = None  # as its form last wrote it, without what stands in every link to it
    runs: Any = None  # its HeldRuns
    possible: Any = None  # the last experiment, or lanes, that its settings allowed


@dataclass
class Visit:
    """What a visit remembers."""

    path: str | None = None  # of the address: which page's script ran last
    shown: str | None = None  # the form that is on the screen: of a page, bench, view, or screen of a lesson
    lesson: Any = None  # the screen of a lesson that was on it last, a `Where`
    pages: dict[str, PageMemory] = field(default_factory=dict)

    def enter(self, path: str) -> None:
        """A page's script begins; if another's ran before it, no form is on the screen any more."""
        if path != self.path:
            self.path, self.shown = path, None

    def page(self, name: str) -> PageMemory:
        """The memory of a page."""
        return self.pages.setdefault(name, PageMemory())


def visit() -> Visit:
    """The visit whose script is running."""
    return st.session_state.setdefault("visit", Visit())


def memory_of(page: str) -> PageMemory:
    """What this visit remembers of a page."""
    return visit().page(page)


def with_language(link: Mapping[str, str]) -> dict[str, str]:
    """The link parameters, and the language if it stands in the present link."""
    lang = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    return {**link, **lang}


def write_link(link: Mapping[str, str]) -> None:
    """Let the address bar hold these parameters and the language; nothing is sent if it does already."""
    wanted = with_language(link)
    if dict(st.query_params.items()) != wanted:
        st.query_params.from_dict(wanted)
