"""Cell race: two to four cells on the same batches, in step."""

from typing import Annotated, Any, Literal

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

HOME = Place("gradients-race", {"bench": "race"})
Forget = Literal["as_drawn", "one", "two", "three", "chrono"]

WORDS = {
    **TASK_WORDS,
    "width": N_("Equal hidden size"),
    "parameters": N_("Equal parameter count"),
    "one": "1",
    "two": "2",
    "three": "3",
    "as_drawn": N_("PyTorch's default"),
    "chrono": N_("Chrono"),
}


class RaceView(Comparison):
    """The settings of the race."""

    cells: Annotated[
        tuple[Cell, ...],
        Field(min_length=1, max_length=4, title=N_("Cells"), description=N_("Each trains on the same batches.")),
    ] = ("rnn_tanh", "lstm", "gru")
    match: Annotated[
        Literal["width", "parameters"],
        Field(
            title=N_("Fair by"),
            description=N_("Equal width gives gated cells three or four times the parameters; say which you compare."),
        ),
    ] = "parameters"
    forget_bias: Annotated[
        Forget,
        Field(
            title=N_("LSTM's forget bias"),
            description=N_("At PyTorch's default the LSTM forgets half at every timestep."),
        ),
    ] = "one"


_BIASES = {"one": 1.0, "two": 2.0, "three": 3.0}
MODELS = (NetworkConfig, TrainingConfig, RaceView)
DEFAULTS = {
    "hidden_size": 64, "sequence_length": 50, "batch_size": 50, "learning_rate": 0.005, "clip_norm": 1.0, "epochs": 20,
}  # fmt: skip


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form, arena = opened(place, MODELS, DEFAULTS, WORDS)
    if not place.embedded:
        _presets(form, arena)
    with place.settings():
        form.widget("cells")
        for name in ("task", "match", "forget_bias", "sequence_length", "hidden_size", "learning_rate", "optimizer"):
            form.widget(name)
        for name in ("clip_norm", "batch_size", "epochs", "seed"):
            form.widget(name)
        lanes = possible_lanes(place.page, lambda: lanes_of(form))
    if lanes:
        st.caption(paragraph(what_is_asked(form["task"], lanes[0].experiment), _fairness(form, lanes)))
        show_side_by_side(place, form, arena, lanes, ("race_loss", "gradient_flow", "horizons", "norms"))
        for lane, run in zip(lanes, arena.runs, strict=True):
            floor = floor_of(lane.experiment)
            if run is not None and run.books.test_losses and floor is not None:
                st.markdown(loss_sentence(lane, run.books.test_losses[-1], floor, run.step))
        if any(CELLS[cell].has_forget_gate for cell in form["cells"]) and form["forget_bias"] == "as_drawn":
            st.info(
                _(
                    "At PyTorch's default initialisation the LSTM's forget gates let half of the cell state pass at every timestep, so its "
                    "gradient vanishes as fast as the simple RNN's. Set the forget bias to 1 or more."
                )
            )
    else:
        say_impossible()
    form.close(arena.link)


def _presets(form: Form, arena: SideBySide) -> None:
    with st.container(horizontal=True):
        preset_button(_("Start the race"), ":material/flag:", form, arena)
        preset_button(
            _("LSTM, default against forget bias"), ":material/memory:", form, arena, "preset_default",
            cells=("lstm", "gru"), forget_bias="as_drawn",
        )  # fmt: skip


def lanes_of(form: Settings) -> list[Lane]:
    lanes: list[Lane] = []
    for cell in form["cells"]:
        experiment = _experiment(form, cell, form["hidden_size"])
        if form["match"] == "parameters" and lanes:
            experiment = _matched(form, cell, lanes[0].experiment.cost.parameters)
        lanes.append(Lane(_(FORM_WORDS[cell]), COLOURS[cell], experiment))
    return lanes


def _experiment(form: Settings, cell: Cell, hidden_size: int) -> Experiment:
    length = form["sequence_length"]
    more: dict[str, Any] = {}
    if CELLS[cell].has_forget_gate and form["forget_bias"] == "chrono":
        more["chrono"] = max(3, length)
    elif CELLS[cell].has_forget_gate and form["forget_bias"] != "as_drawn":
        more["forget_bias"] = _BIASES[form["forget_bias"]]
    names = ("sequence_length", "batch_size", "learning_rate", "optimizer", "clip_norm", "epochs", "seed")
    return Experiment(
        task=task_named(form["task"], length),
        network=NetworkConfig(
            cell=cell, hidden_size=hidden_size, embedding_size=OFFERS[form["task"]].embedding_size, **more
        ),
        training=TrainingConfig(**{name: form[name] for name in names}, loss_on=OFFERS[form["task"]].loss_on),
    )


def _matched(form: Settings, cell: Cell, parameters: int) -> Experiment:
    """The experiment whose parameter count is nearest: it grows with the hidden size, so halving finds it."""
    low, high = 1, 512
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _experiment(form, cell, middle).cost.parameters <= parameters else (low, middle)
    candidates = [_experiment(form, cell, size) for size in (low, high)]
    return min(candidates, key=lambda each: abs(each.cost.parameters - parameters))


def _fairness(form: Form, lanes: list[Lane]) -> str:
    sizes = ", ".join(
        _("{name}: {hidden} units, {parameters} parameters").format(
            name=lane.name, hidden=lane.experiment.network.hidden_size, parameters=lane.experiment.cost.parameters
        )
        for lane in lanes
    )
    if form["match"] == "parameters":
        return _("Matched by parameter count: {sizes}.").format(sizes=sizes)
    return _("Matched by hidden size: {sizes}.").format(sizes=sizes)
