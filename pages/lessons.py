"""Lessons: the chapter, each claim tried by hand."""

from playground.lessons.view import show_lesson

show_lesson()
