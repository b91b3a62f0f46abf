"""Where a bench stands: on its own page, its settings in the sidebar; or in a lesson, with settings of the lesson's own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from pydantic import BaseModel

from playground.language.i18n import _
from playground.settings.form import Form


@dataclass(frozen=True)
class Place:
    """What a bench needs to know to draw itself somewhere."""

    page: str  # names its settings, runs and charts in a visit
    fixed: Mapping[str, str]  # stands in every link to it
    preset: Mapping[str, Any] = field(default_factory=dict)  # settings that differ from the bench's usual ones
    charts: tuple[str, ...] = ()  # which charts are wanted; none named: all
    embedded: bool = False  # whether it stands in a lesson: no sidebar, no presets

    def form(
        self,
        models: tuple[type[BaseModel], ...],
        defaults: Mapping[str, Any],
        words: Mapping[str, str] | None = None,
        follows: bool = True,
    ) -> Form:
        """The bench's settings here."""
        return Form(self.page, models, {**defaults, **self.preset}, self.fixed, words, follows)

    @contextmanager
    def settings(self) -> Iterator[None]:
        """Where the widgets stand that are not always needed."""
        if not self.embedded:
            with st.sidebar:
                yield
        else:
            with (
                st.container(key="lesson_settings"),
                st.popover(_("Settings"), icon=":material/tune:"),
            ):
                yield

    def wants(self, chart: str) -> bool:
        """Whether this chart is to be drawn here."""
        return not self.charts or chart in self.charts
