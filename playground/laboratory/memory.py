"""Does it matter? Tasks that need memory: how long may they be before a cell stops learning, over several seeds."""

from statistics import median
from typing import Annotated

import streamlit as st
from pydantic import Field

from playground.comparing.comparison import (
    Comparison,
    Settings,
    loss_sentence,
    opened,
    possible_lanes,
    preset_button,
    say_impossible,
)
from playground.comparing.screen import show_side_by_side
from playground.comparing.side_by_side import Lane, SideBySide
from playground.comparing.tasks import OFFERS, TASK_WORDS, floor_of, task_named, what_is_asked
from playground.figures.training import COLOURS
from playground.language.i18n import N_, _, paragraph
from playground.settings.form import WORDS as FORM_WORDS
from playground.settings.form import Form
from playground.settings.place import Place
from rnn_engine import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.runs import Run

HOME = Place("gradients-memory", {"bench": "memory"})


class MemoryView(Comparison):
    """The settings of this bench."""

    cells: Annotated[
        tuple[Cell, ...],
        Field(min_length=1, max_length=4, title=N_("Cells"), description=N_("Each trains once with every seed.")),
    ] = ("rnn_tanh", "gru")
    sequence_length: Annotated[
        int,
        Field(
            ge=5,
            le=200,
            title=N_("Sequence length"),
            description=N_(
                "$T$: the longer, the farther back lies what is asked for. Where does each cell stop learning?"
            ),
            json_schema_extra={"slider": 5, "unit": N_("timesteps")},
        ),
    ] = 20
    seeds: Annotated[
        int,
        Field(
            ge=1,
            le=3,
            title=N_("Seeds"),
            description=N_(
                "How often each cell trains, from other weights and on other examples: one lucky run proves nothing."
            ),
        ),
    ] = 2


MODELS = (NetworkConfig, TrainingConfig, MemoryView)
DEFAULTS = {
    "task": "temporal_order", "hidden_size": 50, "batch_size": 20, "learning_rate": 0.003,
    "clip_norm": 1.0, "epochs": 15,
}  # fmt: skip


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form, arena = opened(place, MODELS, DEFAULTS, TASK_WORDS)
    if not place.embedded:
        _presets(form, arena)
    with place.settings():
        form.widget("task")
        form.widget("cells")
        for name in (
            "sequence_length",
            "seeds",
            "hidden_size",
            "learning_rate",
            "clip_norm",
            "batch_size",
            "epochs",
            "seed",
        ):
            form.widget(name)
        lanes = possible_lanes(place.page, lambda: lanes_of(form))
    if lanes:
        st.caption(what_is_asked(form["task"], lanes[0].experiment))
        show_side_by_side(place, form, arena, lanes, ("race_loss", "gradient_flow"))
        for sentence in _seen(form, lanes, arena.runs):
            st.markdown(sentence)
    else:
        say_impossible()
    form.close(arena.link)


def _presets(form: Form, arena: SideBySide) -> None:
    with st.container(horizontal=True):
        preset_button(_("Short: all learn"), ":material/short_text:", form, arena)
        preset_button(
            _("Long: only gates learn"), ":material/notes:", form, arena, "preset_long",
            task="adding", sequence_length=60, hidden_size=64, batch_size=50, learning_rate=0.01,
        )  # fmt: skip
        preset_button(
            _("A sine needs none"), ":material/ssid_chart:", form, arena, "preset_sine", task="sine", sequence_length=50
        )


def lanes_of(form: Settings) -> list[Lane]:
    lanes = []
    for cell in form["cells"]:
        for number in range(form["seeds"]):
            names = ("sequence_length", "batch_size", "learning_rate", "clip_norm", "epochs")
            experiment = Experiment(
                task=task_named(form["task"], form["sequence_length"]),
                network=NetworkConfig(
                    cell=cell,
                    hidden_size=form["hidden_size"],
                    embedding_size=OFFERS[form["task"]].embedding_size,
                    forget_bias=1.0 if CELLS[cell].has_forget_gate else None,
                ),
                training=TrainingConfig(
                    **{name: form[name] for name in names},
                    loss_on=OFFERS[form["task"]].loss_on,
                    seed=form["seed"] + number,
                ),
            )
            name = _(FORM_WORDS[cell]) if form["seeds"] == 1 else _("{cell}, seed {seed}")
            lanes.append(
                Lane(name.format(cell=_(FORM_WORDS[cell]), seed=experiment.training.seed), COLOURS[cell], experiment)
            )
    return lanes


def _seen(form: Form, lanes: list[Lane], runs: tuple[Run | None, ...]) -> list[str]:
    """A sentence for each cell: the median of its runs, and their spread."""
    sentences = []
    for cell in form["cells"]:
        found = [
            (lane, run.books.test_losses[-1], run.step)
            for lane, run in zip(lanes, runs, strict=True)
            if lane.experiment.network.cell == cell and run is not None and run.books.test_losses
        ]
        if not found:
            continue
        losses = [loss for _lane, loss, _step in found]
        lane = found[0][0]._replace(name=_(FORM_WORDS[cell]))
        floor = floor_of(lane.experiment)
        if floor is None:
            text = _("**{name}**: loss {loss:.3g} with a horizon of a few timesteps is enough here.")
            sentences.append(text.format(name=lane.name, loss=median(losses)))
            continue
        text = loss_sentence(lane, median(losses), floor, max(step for _lane, _loss, step in found))
        if len(losses) > 1:
            spread = _("(Median of {count} seeds, from {low:.3g} to {high:.3g}.)")
            text = paragraph(text, spread.format(count=len(losses), low=min(losses), high=max(losses)))
        sentences.append(text)
    return sentences
