"""The lessons there are, in their order."""

from collections.abc import Mapping
from functools import cache

from playground.assets import ASSETS
from playground.lessons.lesson import Lesson
from playground.lessons.parser import read_lesson

LESSONS = ASSETS / "lessons"


@cache
def lessons(lang: str) -> Mapping[str, Lesson]:
    """The lessons in a language, by name."""
    read = [read_lesson(path) for path in sorted((LESSONS / lang).glob("*.md"))]
    return {lesson.name: lesson for lesson in read}
