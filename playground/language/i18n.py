"""The visitor's language. English is the source; catalogues stand in assets/locale. Nothing is installed globally."""

import gettext
from functools import cache

import streamlit as st

from playground.assets import ASSETS

LOCALE = ASSETS / "locale"
LANGUAGES = {"en": "English", "zh": "简体中文"}
_CATALOGUES = {"en": "en", "zh": "zh_CN"}


def N_(message: str) -> str:
    """Return `message` unchanged: a mark for what is translated later."""
    return message


def _(message: str) -> str:
    """`message` in this visitor's language."""
    return translation(language()).gettext(message) if message else ""


def paragraph(*sentences: str) -> str:
    """Sentences one after the other: Chinese sets no space between them."""
    return ("" if language() == "zh" else " ").join(filter(None, sentences))


def language() -> str:
    """The language chosen in this visit."""
    return st.session_state.get("lang", "en")


def choose_first_language() -> None:
    """Take the language from the link, else from the browser; called once at the start of every script run."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES:
        st.session_state.lang = asked
    elif "lang" not in st.session_state:
        st.session_state.lang = "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


@cache
def translation(lang: str) -> gettext.NullTranslations:
    """The catalogue of a language; English needs none."""
    return gettext.translation("playground", LOCALE, [_CATALOGUES[lang]], fallback=lang == "en")
