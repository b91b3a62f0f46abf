"""Around every page: configuration, language, navigation, then the chosen page."""

from pathlib import Path

import streamlit as st

from playground.assets import ASSETS
from playground.language.i18n import LANGUAGES, _, choose_first_language
from playground.visit import visit

PAGES = Path(__file__).parent.parent / "pages"

choose_first_language()
st.set_page_config(page_title=_("RNN playground"), page_icon=ASSETS / "logo.png", layout="wide")

st.logo(ASSETS / "logo.png", size="large")
# A hall should see the controls and all three charts without scrolling.
st.html("<style>.stMainBlockContainer { padding: 4rem 2rem 2rem; }</style>")

page = st.navigation(
    [
        st.Page(PAGES / "overview.py", title=_("Overview"), icon=":material/home:", default=True),
        st.Page(PAGES / "lessons.py", title=_("Lessons"), icon=":material/school:"),
        st.Page(PAGES / "time_series.py", title=_("Time series"), icon=":material/show_chart:", url_path="time-series"),
        st.Page(PAGES / "text.py", title=_("Text"), icon=":material/notes:"),
        st.Page(PAGES / "gradients.py", title=_("Gradients"), icon=":material/experiment:"),
        st.Page(PAGES / "inside.py", title=_("Inside"), icon=":material/visibility:"),
    ],
    position="top",
)

# The lessons have nothing in the sidebar but the language, and want its width.
st.set_page_config(initial_sidebar_state="collapsed" if page.url_path == "lessons" else "auto")


def _use_chosen_language() -> None:
    st.session_state.lang = st.query_params.lang = st.session_state.language


with st.sidebar:
    st.session_state.language = st.session_state.lang
    st.selectbox(
        _("Language"),
        LANGUAGES,
        format_func=lambda code: LANGUAGES[code].name,
        key="language",
        on_change=_use_chosen_language,
        help=_("The language of this page; a link keeps it."),
    )

visit().enter(page.url_path)
page.run()
