"""The lessons' file format: what it reads, and how it says what is wrong."""

from pathlib import Path

import pytest

from playground.lessons.lesson import Claim, Question, Sketch
from playground.lessons.parser import LessonProblem, parse, read_lesson

HEAD = "---\ntitle: A lesson\n---\n"
WHOLE = (
    HEAD
    + """
# The first screen

Some *text*.

::: live flow
cells = rnn_tanh, lstm
rho = 0.9
charts = gradient_flow, loss
:::

::: predict
What happens?

Think well.
- Nothing
- [x] Much
---
Much, because

of this.
:::

::: claim it_happens
It happens.
:::

::: claim twice
And again.
:::

More text.

# The second

::: sketch -20 2
Draw.
---
So.
:::

::: check
Why?
---
Therefore.
:::
"""
)


def test_a_lesson_is_read_with_everything_in_it() -> None:
    lesson = parse(WHOLE, "name", "file")
    assert (lesson.name, lesson.title, len(lesson.screens)) == ("name", "A lesson", 2)
    first, second = lesson.screens
    assert first.title == "The first screen"
    assert first.text.startswith("Some *text*.")
    assert first.text.endswith("More text.")
    assert first.live is not None
    assert first.live.thing == "flow"
    assert first.live.settings == {"cells": "rnn_tanh, lstm", "rho": "0.9"}
    assert first.live.charts == ("gradient_flow", "loss")
    assert second.live is None
    asked = Question("What happens?\n\nThink well.", ("Nothing", "Much"), 1, "Much, because\n\nof this.")
    assert first.prediction == asked
    assert first.claims == (Claim("it_happens", "It happens."), Claim("twice", "And again."))
    assert second.prediction == Sketch("Draw.", -20, 2, "So.")
    assert second.check == Question("Why?", (), None, "Therefore.")


def screen(text: str) -> str:
    return f"{HEAD}# Title\n{text}\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 0, "begins with '---'"),
        ("# No front matter", 1, "begins with '---'"),
        ("---\nauthor: me\n---", 2, "only a title"),
        ("---\n---", 2, "no title"),
        (HEAD, 3, "no screen"),
        (HEAD + "text", 4, "before the first screen"),
        (screen("::: flow\n:::"), 5, "no block is called 'flow'"),
        (screen(":::"), 5, "no block is open"),
        (screen("::: claim a\ntext"), 5, "never closed"),
        (screen("::: claim a\n::: claim b\n:::"), 6, "of line 5 is still open"),
        (screen("::: claim\ntext\n:::"), 5, "has a name and a text"),
        (screen("::: live\n:::"), 5, "names one thing"),
        (screen("::: live flow\nrho 0.9\n:::"), 5, "name = value"),
        (screen("::: live flow\nrho = 1\nrho = 2\n:::"), 5, "set twice"),
        (screen("::: predict\nWhat?\n- a\n- b\n---\nx\n:::"), 5, "exactly one is right"),
        (screen("::: predict\nWhat?\n- [x] a\n- [x] b\n---\nx\n:::"), 5, "exactly one is right"),
        (screen("::: predict\n- [x] a\n- b\n---\nx\n:::"), 5, "nothing is asked"),
        (screen("::: check\nWhat?\n:::"), 5, "after a line '---'"),
        (screen("::: check\nWhat?\n---\n:::"), 5, "no answer"),
        (screen("::: sketch 2\nDraw\n---\nx\n:::"), 5, "powers of ten"),
        (screen("::: sketch 2 5\nDraw\n---\nx\n:::"), 5, "powers of ten"),
        (screen("::: live flow\n:::\n::: live cliff\n:::"), 8, "a second live"),
        (screen("::: check\nA?\n---\nx\n:::\n::: check\nB?\n---\nx\n:::"), 14, "a second check"),
        (screen("::: predict\nA?\n---\nx\n:::\n::: sketch -2 2\nB\n---\nx\n:::"), 14, "a second prediction"),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value)[:30],
)  # fmt: skip
def test_a_mistake_is_said_with_file_and_line(text: str, line: int, said: str) -> None:
    with pytest.raises(LessonProblem) as problem:
        parse(text, "name", "08-name.md")
    message = str(problem.value)
    assert message.startswith(f"08-name.md:{line}: "), message
    assert said in message


def test_a_lesson_s_file_says_its_place_and_its_name(tmp_path: Path) -> None:
    path = tmp_path / "08-two-words.md"
    path.write_text(WHOLE, encoding="utf-8")
    assert read_lesson(path).name == "two-words"
    path = tmp_path / "vanishing.md"
    path.write_text(WHOLE, encoding="utf-8")
    with pytest.raises(LessonProblem, match=r"08-vanishing\.md"):
        read_lesson(path)
