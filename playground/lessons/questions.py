"""Predictions and questions: what a visitor answers, and what is said about it. Answers last as long as the visit."""

from typing import Any

import streamlit as st

from playground.language.i18n import _
from playground.lessons.lesson import Question, Screen
from playground.lessons.live_things import LIVE_THINGS
from playground.lessons.where import Where


def _kept(name: str) -> dict[str, Any]:
    return st.session_state.setdefault(f"lesson {name}", {})


def is_revealed(at: Where, screen: Screen) -> bool:
    """Whether the screen's live thing may be seen: there is nothing to predict, or it was predicted."""
    return screen.prediction is None or at.page in _kept("revealed")


def keep(at: Where, kind: str, value: Any) -> None:
    """Remember an answer."""
    _kept(kind)[at.page] = value


def kept(at: Where, kind: str) -> Any:
    """The answer that was given on this screen, or None."""
    return _kept(kind).get(at.page)


def ask_prediction(at: Where, screen: Screen, revealed: bool) -> None:
    """The prediction; once it is revealed, what came of it."""
    prediction = screen.prediction
    assert prediction is not None
    with st.container(border=True, key="prediction"):
        st.markdown("**" + _("Predict") + "**")
        if isinstance(prediction, Question):
            given = _choice(at, "predicted", prediction)
        else:
            st.markdown(prediction.text)
            given = None
        if not revealed:
            st.button(
                _("Reveal"), key="reveal", icon=":material/play_arrow:", type="primary",
                on_click=_reveal, args=(at, screen), shortcut="S",
            )  # fmt: skip
        else:
            if isinstance(prediction, Question):
                _verdict(prediction, given)
            st.markdown(prediction.answer)


def ask_check(at: Where, question: Question) -> None:
    """The question at the end of a screen."""
    with st.container(border=True, key="check"):
        st.markdown("**" + _("Check yourself") + "**")
        if not question.options:
            st.markdown(question.text)
            with st.expander(_("Show the answer")):
                st.markdown(question.answer)
            return
        given = _choice(at, "checked", question)
        if given is not None:
            _verdict(question, given)
            st.markdown(question.answer)


def _reveal(at: Where, screen: Screen) -> None:
    _kept("revealed")[at.page] = True
    player = LIVE_THINGS[screen.live.thing].player if screen.live else None
    if player is not None:
        player(at.page).press("play")


def _choice(at: Where, kind: str, question: Question) -> int | None:
    key = f"{kind}-{at.lesson}-{at.screen}"
    if key not in st.session_state and kept(at, kind) is not None:
        st.session_state[key] = kept(at, kind)
    given = st.radio(
        question.text,
        range(len(question.options)),
        format_func=question.options.__getitem__,
        index=None,
        key=key,
    )
    keep(at, kind, given)
    return given


def _verdict(question: Question, given: int | None) -> None:
    if given is None or question.right is None:
        return
    if given == question.right:
        st.markdown(":green[:material/check_circle:] **" + _("Right.") + "**")
    else:
        right = question.options[question.right]
        words = _("**Not so.** It is: {answer}").format(answer=right)
        st.markdown(f":orange[:material/cancel:] {words}")
