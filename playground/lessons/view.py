"""A lesson on the screen: where one is, the text, the prediction and the question; beside them the live thing."""

from dataclasses import replace

import streamlit as st

from playground.language.i18n import _, language
from playground.lessons.catalogue import lessons
from playground.lessons.lesson import Live, Screen, Sketch
from playground.lessons.live_things import LIVE_THINGS, home_link, preset
from playground.lessons.progress import remember
from playground.lessons.questions import ask_check, ask_prediction, is_revealed
from playground.lessons.sketch import show_sketch
from playground.lessons.where import HIDEABLE, Where, change_display, go, pages, settings_in_link, where, write
from playground.settings.form import fields_of
from playground.settings.place import Place
from playground.visit import memory_of, visit, with_language

_STYLE = """<style>
.st-key-lesson_progress { display: none; }
.st-key-lesson_text table { display: block; overflow-x: auto; }
@media (max-width: 640px) { .st-key-lesson_navigation kbd, .st-key-reveal kbd { display: none; } }
</style>"""
_BIG = "<style>html { font-size: 22px !important; }</style>"
_NO_CONTROLS = """<style>
.st-key-lesson_settings, .st-key-transport, .st-key-flow_controls, .st-key-log_loss, .st-key-sizes, .st-key-lesson_home,
[data-testid="stSidebar"] { display: none; }
</style>"""


def show_lesson() -> None:
    """The whole page."""
    known = lessons(language())
    at = where(known)
    visit().lesson = at
    st.html(_STYLE + (_BIG if at.big else "") + (_NO_CONTROLS if "controls" in at.hide else ""))
    _navigation(at)
    lesson = known[at.lesson]
    screen = lesson.screens[at.screen - 1]
    revealed = is_revealed(at, screen) or _link_shows(screen)
    st.subheader(screen.title, anchor=False)
    if "text" in at.hide:
        beside = st.container()
        if screen.prediction and not revealed:
            ask_prediction(at, screen, revealed)
    else:
        text, beside = st.columns([2, 3], gap="medium")
        with text, st.container(key="lesson_text"):
            _text(at, screen, revealed)
    with beside:
        _beside(at, screen, revealed)


def _link_shows(screen: Screen) -> bool:
    """Whether the link holds settings or a run of the live thing: who shares it wants it to be seen."""
    live = screen.live
    return live is not None and bool(settings_in_link().keys() & {"run", *fields_of(LIVE_THINGS[live.thing].models)})


def _navigation(at: Where) -> None:
    known = lessons(language())
    names, all_screens = list(known), pages(known)
    seen = remember(at, set(all_screens))
    before, after = (at.neighbour(known, way) for way in (-1, 1))

    def title(name: str) -> str:
        done = seen.issuperset(Where(name, number + 1).page for number in range(len(known[name].screens)))
        return f"{names.index(name) + 1} · {known[name].title}" + (" ✓" if done else "")

    st.session_state.lesson = at.lesson
    with st.container(horizontal=True, vertical_alignment="center", key="lesson_navigation"):
        st.selectbox(
            _("Lesson"), names, format_func=title, key="lesson", on_change=_open_lesson, args=(at,),
            label_visibility="collapsed", width=380,
        )  # fmt: skip
        st.button(
            _("Previous"), key="previous", icon=":material/arrow_back:", disabled=before is None,
            on_click=go, args=(before or at,), shortcut="PageUp",
        )  # fmt: skip
        st.html(
            f'<span data-live="screen" data-value="{at.screen}">'
            + _("Screen {number} of {count}").format(number=at.screen, count=len(known[at.lesson].screens))
            + "</span>",
            width="content",
        )
        st.button(
            _("Next"), key="next", icon=":material/arrow_forward:", type="primary", disabled=after is None,
            on_click=go, args=(after or at,), shortcut="PageDown",
        )  # fmt: skip
        with st.popover(_("View"), icon=":material/visibility:"):
            _views(at)
            st.caption(
                _("Your progress on this device: {seen} of {all} screens.").format(
                    seen=len(seen.intersection(all_screens)), all=len(all_screens)
                )
            )


def _open_lesson(at: Where) -> None:
    go(replace(at, lesson=st.session_state.lesson, screen=1))


def _views(at: Where) -> None:
    words = {"text": _("Hide the text"), "controls": _("Hide the controls")}
    st.session_state.big = at.big
    for part in HIDEABLE:
        st.session_state[f"hide_{part}"] = part in at.hide

    def changed() -> None:
        hide = tuple(part for part in HIDEABLE if st.session_state[f"hide_{part}"])
        change_display(replace(at, hide=hide, big=st.session_state.big))

    for part in HIDEABLE:
        st.toggle(words[part], key=f"hide_{part}", on_change=changed)
    st.toggle(_("Big type"), key="big", on_change=changed)
    st.caption(
        _(
            "The link keeps this choice. Keys: Page Down and Page Up turn the screens, as a presenter's remote does; "
            "S shows the answer; space plays."
        )
    )


def _text(at: Where, screen: Screen, revealed: bool) -> None:
    st.markdown(screen.text)
    if screen.prediction:
        ask_prediction(at, screen, revealed)
    if screen.claims and (revealed or not screen.prediction):
        for claim in screen.claims:
            st.markdown(f":green[:material/straighten:] {claim.text}")
    if screen.check:
        ask_check(at, screen.check)


def _beside(at: Where, screen: Screen, revealed: bool) -> None:
    live = screen.live
    if live is None or (screen.prediction and not revealed):
        if live is not None and isinstance(screen.prediction, Sketch):
            show_sketch(at, screen.prediction, live, revealed)
        elif live is not None:
            st.info(_("Predict first: then the network shows what happens."), icon=":material/visibility_off:")
        _own(at)
        return
    if isinstance(screen.prediction, Sketch):
        show_sketch(at, screen.prediction, live, revealed)
    thing = LIVE_THINGS[live.thing]
    thing.show(Place(at.page, at.link, preset(live), live.charts, embedded=True))
    _own(at)
    _home(at, live)


def _own(at: Where) -> None:
    """Make the visit and the link this screen's, where no form of a live thing has done so."""
    visit().shown = at.page
    write(at)


def _home(at: Where, live: Live) -> None:
    """The way to the live thing's own page, with the settings as they are now."""
    thing = LIVE_THINGS[live.thing]
    settings = memory_of(at.page).settings or preset(live)
    laboratory, page = _("Open in the laboratory with these settings"), _("Open on its own page with these settings")
    with st.container(key="lesson_home"):
        st.page_link(
            f"../pages/{thing.page}.py",
            label=laboratory if thing.page == "gradients" else page,
            icon=":material/open_in_new:",
            query_params=with_language(home_link(live, settings)),
        )
