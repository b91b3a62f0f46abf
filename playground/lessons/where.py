"""Where in the lessons a visitor is, and how it is looked at: read from the link, written to the link."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from playground.lessons.lesson import Lesson
from playground.visit import memory_of, visit, write_link

HIDEABLE = ("text", "controls")
_OWN = ("lesson", "screen", "hide", "big", "lang")


@dataclass(frozen=True)
class Where:
    """A screen of a lesson, counted from 1; what of it is hidden, and whether it is shown big."""

    lesson: str
    screen: int
    hide: tuple[str, ...] = ()
    big: bool = False

    @property
    def page(self) -> str:
        """What the screen's settings, runs and charts are called in a visit."""
        return f"lesson-{self.lesson}-{self.screen}"

    @property
    def link(self) -> dict[str, str]:
        """The link parameters of this screen, before the settings of its live thing."""
        link = {"lesson": self.lesson, "screen": str(self.screen)}
        if self.hide:
            link["hide"] = ",".join(self.hide)
        return {**link, "big": "on"} if self.big else link

    def neighbour(self, lessons: Mapping[str, Lesson], way: int) -> "Where | None":
        """The next screen (`way` 1) or the one before (-1), across lessons; None at either end."""
        places = [(name, number + 1) for name, lesson in lessons.items() for number in range(len(lesson.screens))]
        at = places.index((self.lesson, self.screen)) + way
        return replace(self, lesson=places[at][0], screen=places[at][1]) if 0 <= at < len(places) else None


def pages(lessons: Mapping[str, Lesson]) -> list[str]:
    """What all screens are called in a visit, in their order."""
    return [Where(name, number + 1).page for name, lesson in lessons.items() for number in range(len(lesson.screens))]


def where(lessons: Mapping[str, Lesson]) -> Where:
    """What the link names; without a link where this visit was last; else the first screen."""
    link = st.query_params
    if "lesson" not in link and visit().lesson is not None:
        return visit().lesson
    name = link.get("lesson", "")
    name = name if name in lessons else next(iter(lessons))
    asked = link.get("screen", "1")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 1
    hide = tuple(part for part in HIDEABLE if part in link.get("hide", "").split(","))
    return Where(name, min(max(number, 1), len(lessons[name].screens)), hide, link.get("big") == "on")


def go(to: Where) -> None:
    """Open a screen as it was left; for a callback."""
    write_link({**to.link, **(memory_of(to.page).link or {})})


def change_display(at: Where) -> None:
    """Keep the screen and change_display at it otherwise; for a callback."""
    write_link({**at.link, **settings_in_link()})


def settings_in_link() -> dict[str, str]:
    """What the link says beside the screen: settings of its live thing, and its runs."""
    return {name: text for name, text in st.query_params.items() if name not in _OWN}


def write(at: Where) -> None:
    """Write the screen to the link, for a screen without a live thing; what else stands there stays."""
    write_link({**at.link, **settings_in_link()})
