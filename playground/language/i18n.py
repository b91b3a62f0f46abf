"""The visitor's language. English is the source; catalogues stand in assets/locale. Nothing is installed globally."""

import gettext
from functools import cache
from typing import NamedTuple

import streamlit as st

from playground.assets import ASSETS

LOCALE = ASSETS / "locale"


class Language(NamedTuple):
    """A language that the app speaks."""

    name: str  # what it calls itself
    catalogue: str  # its folder below `LOCALE`
    space: str = " "  # between two sentences


#: By the code that stands in a link and at the beginning of a browser's locale; the first is the source's own.
LANGUAGES = {
    "en": Language("English", "en"),
    "zh": Language("简体中文", "zh_CN", space=""),
}


def N_(message: str) -> str:
    """Return `message` unchanged: a mark for what is translated later."""
    return message


def _(message: str) -> str:
    """`message` in this visitor's language."""
    return translation(language()).gettext(message) if message else ""


def paragraph(*sentences: str) -> str:
    """Sentences one after the other."""
    return LANGUAGES[language()].space.join(filter(None, sentences))


def language() -> str:
    """The language chosen in this visit."""
    return st.session_state.get("lang", "en")


def choose_first_language() -> None:
    """Take the language from the link, else from the browser; called once at the start of every script run."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        st.session_state.lang = asked
    elif "lang" not in st.session_state:
        of_browser = (st.context.locale or "").lower()
        st.session_state.lang = next((code for code in LANGUAGES if of_browser.startswith(code)), "en")


@cache
def translation(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language; English needs none."""
    return gettext.translation("playground", LOCALE, [LANGUAGES[lang].catalogue], fallback=lang == "en")
