"""The textbooks' long-distance sentences as a measured task: how far may a verb be from its subject, for each cell?"""

from functools import lru_cache
from typing import Annotated, Any, Literal

import plotly.graph_objects as go
import streamlit as st
from pydantic import BaseModel, ConfigDict, Field

from playground import live
from playground.comparing.comparison import possible_lanes, preset_button, say_impossible
from playground.comparing.side_by_side import Lane, SideBySide
from playground.figures.templates import Template, plain
from playground.figures.training import COLOURS, blank_figure
from playground.language.i18n import N_, _, language, paragraph
from playground.settings.form import WORDS as FORM_WORDS
from playground.settings.form import Form
from playground.settings.page_settings import PACE, Pace
from rnn_engine import AgreementTask, Experiment, NetworkConfig, TrainingConfig
from rnn_engine.cells import CELLS, Cell
from rnn_engine.runs import Run
from rnn_engine.tasks.agreement import ANSWERS

PAGE = "inside-distance"
Distance = Literal["3", "6", "12", "24", "48", "96"]
MOST_DISTANCES = 4  # at a time: with four cells 16 runs
LEARNT, GUESSING = 0.95, 0.6  # accuracies: from LEARNT on a cell has learnt the distance, up to GUESSING it guesses

WORDS = {
    "remember": N_("Prepared to remember"),
    "pytorch": N_("PyTorch's default"),
}


class DistanceSettings(BaseModel):
    """The settings of this view."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cells: Annotated[
        tuple[Cell, ...],
        Field(min_length=1, max_length=4, title=N_("Cells"), description=N_("Each trains once at every distance.")),
    ] = ("rnn_tanh", "rnn_relu", "lstm", "gru")
    distances: Annotated[
        tuple[Distance, ...],
        Field(
            min_length=1,
            max_length=6,
            title=N_("Distances"),
            description=N_(
                "How many words stand between the subject and its verb; four distances at a time are the most."
            ),
        ),
    ] = ("6", "12", "24", "48")
    start: Annotated[
        Literal["remember", "pytorch"],
        Field(
            title=N_("Initialisation"),
            description=N_(
                "Prepared to remember: orthogonal recurrent weights for the simple RNNs, gates that start nearly open "
                "for as long as the sentence is (chrono) for LSTM and GRU. Or all as PyTorch draws them."
            ),
        ),
    ] = "remember"
    pace: Annotated[Pace, PACE] = "max"


DEFAULTS = {"hidden_size": 32, "batch_size": 32, "learning_rate": 0.003, "clip_norm": 1.0, "epochs": 6}


def show() -> None:
    """Draw the view."""
    models = (NetworkConfig, TrainingConfig, DistanceSettings)
    form = Form(PAGE, models, DEFAULTS, {"view": "distance"}, WORDS, follows=False)
    arena = SideBySide(PAGE)
    form.open(arena.adopt)
    form.say_notices()
    with st.container(horizontal=True):
        preset_button(_("From near to far"), ":material/notes:", form, arena)
        preset_button(
            _("As PyTorch starts them"), ":material/restart_alt:", form, arena, "preset_pytorch",
            start="pytorch", distances=("3", "6", "12", "24"),
        )  # fmt: skip
        preset_button(
            _("Far: LSTM and GRU alone"), ":material/straighten:", form, arena, "preset_far",
            cells=("lstm", "gru"), distances=("48", "96"), epochs=10,
        )  # fmt: skip
    with st.sidebar:
        for name in ("cells", "distances", "start", "hidden_size", "learning_rate", "batch_size", "epochs", "seed"):
            form.widget(name)
        if len(form["distances"]) > MOST_DISTANCES:
            st.caption(_("The shortest four of these distances are trained."))
        lanes = possible_lanes(PAGE, lambda: _lanes(form))
    if lanes:
        _sentence(lanes[-1].experiment)
        arena.act(lanes, form["pace"])
        arena.transport(form)
        chart, table = st.columns([3, 2])
        with table:
            arena.readings(lanes, ("state", "step", "test_accuracy", "test_loss"))
        with chart:
            _chart(form, lanes)
            for sentence in _seen(form, lanes, arena.runs):
                st.markdown(sentence)
    else:
        say_impossible()
    form.close(arena.link)


def _lanes(form: Form) -> list[Lane]:
    """Near before far, so that the short ones are done first where not all have a place at once."""
    return [
        Lane(
            _("{cell}, {distance} words").format(cell=_(FORM_WORDS[cell]), distance=distance),
            COLOURS[cell],
            _experiment(form, cell, distance),
        )
        for distance in _distances(form)
        for cell in form["cells"]
    ]


def _distances(form: Form) -> tuple[int, ...]:
    return tuple(map(int, form["distances"]))[:MOST_DISTANCES]


def _experiment(form: Form, cell: Cell, distance: int) -> Experiment:
    task = AgreementTask(distance=distance)
    more: dict[str, Any] = {}
    if form["start"] == "remember":
        more = {"chrono": task.sequence_length} if CELLS[cell].gated else {"init": "orthogonal"}
    names = ("batch_size", "learning_rate", "clip_norm", "epochs", "seed")
    return Experiment(
        task=task,
        network=NetworkConfig(cell=cell, hidden_size=form["hidden_size"], embedding_size=16, **more),
        training=TrainingConfig(**{name: form[name] for name in names}, sequence_length=task.sequence_length),
    )


def _task(experiment: Experiment) -> AgreementTask:
    assert isinstance(experiment.task, AgreementTask)  # `_experiment` made it
    return experiment.task


def _sentence(experiment: Experiment) -> None:
    """An example, and what is asked."""
    task = _task(experiment)
    examples = task.test_examples(experiment.training.seed, task.sequence_length, "last")
    sentence, answer = task.sentence(examples.inputs[:, 0].tolist()), ANSWERS[examples.targets[0]]
    st.markdown(_("“{sentence} …” — **{answer}**").format(sentence=sentence[0].upper() + sentence[1:], answer=answer))
    asked = _(
        "The network reads an English sentence word by word and says which verb follows: *was* or *were*. Only the second "
        "word tells; the nouns in between mislead. Guessing is right half the time."
    )
    st.caption(paragraph(asked, _("English, since its verbs agree with their subjects.")))


def _chart(form: Form, lanes: list[Lane]) -> None:
    template = _template(tuple(form["cells"]), _distances(form), language())
    alt = _("Accuracy on test sentences against the distance between subject and verb, a line a cell.")
    live.chart(PAGE, "accuracy", template, alt, height=360)
    st.caption(
        _(
            "On {count} test sentences that no network has trained on, with the weights as they are now. Every example of "
            "training is new, too."
        ).format(count=lanes[0].experiment.live_test_windows)
    )


@lru_cache(maxsize=64)
def _template(cells: tuple[Cell, ...], distances: tuple[int, ...], lang: str) -> Template:
    words = {"chance": _("chance"), "distance": _("words between subject and verb"), "accuracy": _("accuracy")}
    names = {cell: _(FORM_WORDS[cell]) for cell in cells}
    return plain(accuracy_figure(words, names, distances))


def accuracy_figure(words: dict[str, str], cells: dict[Cell, str], distances: tuple[int, ...]) -> go.Figure:
    """Test accuracy against the distance, live: lanes are distance by distance, each with every cell."""
    figure = blank_figure(words["distance"], words["accuracy"])
    places = list(range(len(distances)))
    figure.update_yaxes(range=[0.4, 1.03], tickformat=".0%")
    figure.update_xaxes(
        range=[-0.3, len(distances) - 0.7], tickvals=places, ticktext=[str(distance) for distance in distances]
    )
    figure.add_scatter(
        x=[-0.3, len(distances) - 0.7], y=[0.5, 0.5], mode="lines", name=words["chance"], hoverinfo="skip",
        line={"color": COLOURS["baseline"], "width": 1.5, "dash": "dash"},
    )  # fmt: skip
    for row, (cell, name) in enumerate(cells.items()):
        figure.add_scatter(
            x=[place + 0.05 * (row - (len(cells) - 1) / 2) for place in places],  # beside one another
            y=[None] * len(places),
            meta={"y": [f"lanes.{place * len(cells) + row}.frame.test_accuracy" for place in places]},
            mode="lines+markers",
            name=name,
            line={"color": COLOURS[cell], "width": 2.5},
            marker={"size": 10},
            hovertemplate="%{y:.1%}",
        )
    return figure


def _seen(form: Form, lanes: list[Lane], runs: tuple[Run | None, ...]) -> list[str]:
    """A sentence for each cell: how far it gets, and where it still guesses."""
    sentences = []
    for cell in form["cells"]:
        found: list[tuple[int, float]] = []
        for lane, run in zip(lanes, runs, strict=True):
            accuracy = run.books.frame.get("test_accuracy") if run is not None and run.step else None
            if lane.experiment.network.cell == cell and accuracy is not None:
                found.append((_task(lane.experiment).distance, accuracy))
        right = ", ".join(str(distance) for distance, accuracy in found if accuracy >= LEARNT)
        chance = ", ".join(str(distance) for distance, accuracy in found if accuracy <= GUESSING)
        if right and chance:
            text = _("**{name}** is right over {right} words, and no better than chance over {chance}.")
        elif right:
            text = _("**{name}** is right over {right} words.")
        elif chance:
            text = _("**{name}** is no better than chance over {chance} words.")
        else:
            continue
        sentences.append(text.format(name=_(FORM_WORDS[cell]), right=right, chance=chance))
    return sentences
