"""What a lesson is made of, as plain values: screens of text, a live thing, a prediction, claims and a question."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Live:
    """A live thing and its settings, as a link writes them; `charts` names those to draw, none named: all."""

    thing: str
    settings: Mapping[str, str]
    charts: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Question:
    """Something to answer: one of `options`, of which `right` is the index; no options: think, then look."""

    text: str
    options: tuple[str, ...]
    right: int | None
    answer: str


@dataclass(frozen=True)
class Sketch:
    """A curve to draw before it is measured: G_t / G_T against t, its axis from 10^low to 10^high."""

    text: str
    low: int
    high: int
    answer: str


@dataclass(frozen=True)
class Claim:
    """A statement about behaviour that the live thing beside it shows; a test of this name proves it."""

    name: str
    text: str


@dataclass(frozen=True)
class Screen:
    """One screen."""

    title: str
    text: str
    live: Live | None = None
    prediction: Question | Sketch | None = None
    claims: tuple[Claim, ...] = ()
    check: Question | None = None


@dataclass(frozen=True)
class Lesson:
    """A lesson; its name, free of language, stands in links."""

    name: str
    title: str
    screens: tuple[Screen, ...]
