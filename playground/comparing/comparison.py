"""What the comparing benches ask beside the network and its training, and how they show what is wrong with it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

import streamlit as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from playground.comparing.side_by_side import Lane, SideBySide
from playground.comparing.tasks import TaskName
from playground.language.i18n import N_, _
from playground.language.problems import explain
from playground.settings.form import Form
from playground.settings.page_settings import LOG_LOSS, PACE, Pace
from playground.settings.place import Place
from playground.visit import memory_of


class Settings(Protocol):
    """Settings by name: a page's form, or a plain dictionary of them."""

    def __getitem__(self, name: str, /) -> Any: ...


class Comparison(BaseModel):
    """The settings that every comparing bench has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Annotated[
        TaskName, Field(title=N_("Task"), description=N_("What is to be learnt; all but the sine need memory."))
    ] = "adding"
    pace: Annotated[Pace, PACE] = "max"
    log_loss: Annotated[bool, LOG_LOSS] = False


def opened(
    place: Place, models: tuple[type[BaseModel], ...], defaults: Mapping[str, Any], words: Mapping[str, str]
) -> tuple[Form, SideBySide]:
    """A comparing bench's settings and runs, from the link or as this visit left them; every change makes new runs."""
    form = place.form(models, defaults, words, follows=False)
    runs = SideBySide(place.page)
    form.open(runs.adopt)
    return form, runs


def possible_lanes(page: str, lanes_of: Callable[[], list[Lane]]) -> list[Lane]:
    """The lanes of these settings; while they are impossible the last possible ones, and what is wrong is said here."""
    memory = memory_of(page)
    try:
        memory.possible = lanes_of()
    except ValidationError as error:
        for sentence in explain(error):
            st.error(sentence)
    return memory.possible or []


def say_impossible() -> None:
    """For a page whose first settings, from a link, are impossible: the sidebar may be closed."""
    st.info(_("These settings are not possible; the sidebar says why."))


class Pressed(Protocol):
    """What a page's buttons act on."""

    def press(self, action: str) -> None: ...


def preset_button(label: str, icon: str, form: Form, runs: Pressed, key: str = "preset", **values: object) -> None:
    """A button that sets everything for a lecture and plays."""

    def pressed() -> None:
        form.reset()
        form.preset(values)
        runs.press("play")

    st.button(label, key=key, icon=icon, on_click=pressed)


def loss_sentence(lane: Lane, loss: float, floor: float, step: int) -> str:
    """Whether a run has learnt what needs memory, from its test loss and the floor."""
    values = {"name": lane.name, "loss": loss, "floor": floor, "step": step}
    if loss < 0.5 * floor:
        text = _("**{name}** has learnt it: loss {loss:.3g} after {step} steps, well below the floor of {floor:.3g}.")
    elif loss < 0.95 * floor:
        text = _("**{name}** has left the floor: loss {loss:.3g} after {step} steps, floor {floor:.3g}.")
    else:
        text = _("**{name}** stands on the floor: loss {loss:.3g} after {step} steps, floor {floor:.3g}.")
    return text.format(**values)
