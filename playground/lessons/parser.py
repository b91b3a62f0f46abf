"""Reads a lesson from its file: Markdown with a title, a heading for each screen, and blocks for what is not text.

    ---
    title: The gradient vanishes
    ---

    # Twenty factors in a row

    Text in Markdown.

    ::: live flow
    init = orthogonal
    rho = 0.9
    charts = gradient_flow
    :::

    ::: predict
    What is left after twenty timesteps?
    - Nothing
    - [x] About a tenth
    ---
    What the answer is, and why.
    :::

A block ends at a line of three colons. Only `claim` may stand several times on one screen. `sketch LOW HIGH` is a prediction to draw, `claim NAME` a statement that a test of that name proves, `check` a question at the end; one
without options has its answer behind a button.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.lessons.lesson import Claim, Lesson, Live, Question, Screen, Sketch

_FILE_NAME = re.compile(r"\d\d-([a-z0-9-]+)")
_OPENS = re.compile(r":::\s*(\S+)\s*(.*)")


class LessonProblem(Exception):
    """A mistake in a lesson; says the file and the line."""


def read_lesson(path: Path) -> Lesson:
    """The lesson in a file named like `08-vanishing.md`; raises `LessonProblem`."""
    name = _FILE_NAME.fullmatch(path.stem)
    if name is None:
        raise LessonProblem(f"{path}: a lesson's file is named like 08-vanishing.md")
    return parse(path.read_text(encoding="utf-8"), name[1], str(path))


def parse(text: str, name: str, file: str) -> Lesson:
    """The lesson that `text` writes; `file` is what problems call it."""
    reader = _Reader(text, file)
    try:
        title = reader.front_matter()
        screens = tuple(reader.screens())
    except _Mistake as mistake:
        raise LessonProblem(f"{file}:{reader.number}: {mistake}") from None
    if not screens:
        raise LessonProblem(f"{file}:{reader.number}: no screen; each begins with a heading, as in '# Its title'")
    return Lesson(name, title, screens)


class _Mistake(Exception):
    pass


@dataclass
class _Draft:
    """A screen while it is read."""

    title: str
    text: list[str] = field(default_factory=list)
    blocks: dict[str, Any] = field(default_factory=lambda: {"claim": []})

    def take(self, kind: str, block: Any) -> None:
        kind = "prediction" if kind in ("predict", "sketch") else kind
        if kind == "claim":
            self.blocks[kind].append(block)
        elif kind in self.blocks:
            raise _Mistake(f"a second {kind} on one screen")
        else:
            self.blocks[kind] = block

    def screen(self) -> Screen:
        return Screen(
            self.title,
            "\n".join(self.text).strip(),
            self.blocks.get("live"),
            self.blocks.get("prediction"),
            tuple(self.blocks["claim"]),
            self.blocks.get("check"),
        )


class _Reader:
    """The lines of a file, and which one is being read."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = text.splitlines()
        self.number = 0  # of the line that was read last, from 1

    def _rest(self) -> Iterator[str]:
        while self.number < len(self.lines):
            self.number += 1
            yield self.lines[self.number - 1].rstrip()

    def front_matter(self) -> str:
        lines = self._rest()
        if next(lines, "") != "---":
            raise _Mistake("a lesson begins with '---', 'title: ...', '---'")
        title = ""
        for line in lines:
            if line == "---":
                break
            key, colon, value = line.partition(":")
            if key.strip() != "title" or not colon:
                raise _Mistake(f"only a title stands here, not {line!r}")
            title = value.strip()
        if not title:
            raise _Mistake("the lesson has no title")
        return title

    def screens(self) -> Iterator[Screen]:
        draft: _Draft | None = None
        for line in self._rest():
            if line.startswith("# "):
                if draft:
                    yield draft.screen()
                draft = _Draft(line[2:].strip())
            elif draft is None:
                if line:
                    raise _Mistake("text before the first screen's heading")
            elif line.startswith(":::"):
                opens = _OPENS.fullmatch(line)
                if opens is None:
                    raise _Mistake("no block is open here")
                draft.take(opens[1], self._block(opens[1], opens[2]))
            else:
                draft.text.append(line)
        if draft:
            yield draft.screen()

    def _block(self, kind: str, words: str) -> Any:
        reads = {"live": _live, "predict": _question, "sketch": _sketch, "claim": _claim, "check": _question}
        if kind not in reads:
            raise _Mistake(f"no block is called {kind!r}; there are {', '.join(reads)}")
        began, inside = self.number, []
        for line in self._rest():
            if line == ":::":
                break
            if line.startswith(":::"):
                raise _Mistake(f"the {kind} of line {began} is still open")
            inside.append(line)
        else:
            self.number = began
            raise _Mistake(f"this {kind} is never closed")
        after, self.number = self.number, began  # errors inside the block name the line where it begins
        block = reads[kind](words, inside, began)
        self.number = after
        return block


def _live(words: str, lines: list[str], line: int) -> Live:
    settings = {}
    for each in filter(None, lines):
        name, equals, value = (part.strip() for part in each.partition("="))
        if not equals or not name or not value:
            raise _Mistake(f"a setting is written 'name = value', not {each!r}")
        if name in settings:
            raise _Mistake(f"{name} is set twice")
        settings[name] = value
    charts = tuple(part.strip() for part in settings.pop("charts", "").split(",") if part.strip())
    if not re.fullmatch(r"[a-z_]+", words):
        raise _Mistake("a live block names one thing, as in '::: live flow'")
    return Live(words, settings, charts, line)


def _question(words: str, lines: list[str], line: int) -> Question:
    text, answer = _halves(lines)
    options = [each for each in text if each.startswith("- ")]
    right = [number for number, each in enumerate(options) if each.startswith("- [x] ")]
    if options and (len(right) != 1 or len(options) < 2):
        raise _Mistake("of two options or more exactly one is right: '- [x] ...'")
    asked = "\n".join(each for each in text if not each.startswith("- ")).strip()
    if not asked:
        raise _Mistake("nothing is asked")
    shown = tuple(re.sub(r"^- (\[[x ]\] )?", "", each) for each in options)
    return Question(asked, shown, right[0] if right else None, answer)


def _sketch(words: str, lines: list[str], line: int) -> Sketch:
    bounds = re.fullmatch(r"(-?\d+)\s+(-?\d+)", words)
    if bounds is None or not int(bounds[1]) < 0 <= int(bounds[2]):
        raise _Mistake("a sketch says the powers of ten its axis begins and ends at, around 0: '::: sketch -20 2'")
    text, answer = _halves(lines)
    return Sketch("\n".join(text).strip(), int(bounds[1]), int(bounds[2]), answer)


def _claim(words: str, lines: list[str], line: int) -> Claim:
    text = "\n".join(lines).strip()
    if not re.fullmatch(r"[a-z0-9_]+", words) or not text:
        raise _Mistake("a claim has a name and a text: '::: claim it_vanishes'")
    return Claim(words, text)


def _halves(lines: list[str]) -> tuple[list[str], str]:
    """What is asked, and the answer after a line of three dashes."""
    if "---" not in lines:
        raise _Mistake("the answer stands after a line '---'")
    at = lines.index("---")
    answer = "\n".join(lines[at + 1 :]).strip()
    if not answer:
        raise _Mistake("there is no answer after '---'")
    return lines[:at], answer
