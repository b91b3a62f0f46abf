"""Looking at a trained network while it reads: states, path, one neuron, what moved an answer, gates."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground import live
from playground.figures.templates import plain
from playground.inside.trained import figures
from playground.inside.trained.colouring import coloured
from playground.inside.trained.settings import WORDS, TrainedSettings
from playground.inside.trained.words import figure_words, labels_of
from playground.language.characters import visible
from playground.language.i18n import N_, _, paragraph
from playground.language.problems import fill
from playground.running.chosen_run import ChosenRun
from playground.running.registry import open_registry
from playground.settings.form import Form
from rnn_engine.cells import CELLS, Cell
from rnn_engine.measures.results import Array
from rnn_engine.questions.kinds import PassageAnswer, PassageQuestion
from rnn_engine.runs import Run

PAGE = "inside-trained"


def show() -> None:
    """Draw the view."""
    form = Form(PAGE, (TrainedSettings,), {}, fixed={"view": "trained"}, words=WORDS)
    chosen = ChosenRun(PAGE)
    chosen.open(form)
    with st.sidebar:
        run = chosen.widget()
        if run is not None:
            _settings(form, run)
    chosen.bar(form, run)
    if run is None:
        st.info(
            _(
                "Nothing has trained in this visit yet. Start one of these two, or train on the time-series or text page "
                "and come back: every run of this visit can be looked at."
            )
        )
    else:
        _look_inside(form, run)
    form.close(run.id if run else None)


def _settings(form: Form, run: Run) -> None:
    experiment = run.experiment
    symbols = experiment.task.writes
    if symbols:
        form.widget("inside_text")
        unknown = symbols.unknown(form["inside_text"])
        if unknown:
            message = N_("These characters are not in the text that the run learns from and are skipped: {characters}")
            st.caption(fill(message, characters=" ".join(map(visible, unknown))))
        form.widget("about")
    form.widget("timestep")
    if experiment.network.num_layers > 1:
        form.widget("layer")
    form.widget("neuron")
    if CELLS[experiment.network.cell].has_cell_state:
        form.widget("shown")
    form.widget("dimensions")


def _look_inside(form: Form, run: Run) -> None:
    text = form["inside_text"] if run.experiment.task.writes else ""
    try:
        question = PassageQuestion(text, form["timestep"], form["layer"], form["about"])
        seen = open_registry().ask(run, question)
    except ValueError:
        st.error(_("The hidden state leaves the range of numbers: this network has diverged."))
        return
    neuron = min(form["neuron"] or int(seen.hidden.var(0).argmax()) + 1, run.experiment.network.hidden_size)
    labels = labels_of(seen)
    state, words = _state_of(form, seen, neuron), figure_words(run.experiment.network.cell)

    def pick(timestep: int) -> None:
        form.preset({"timestep": timestep})

    st.caption(_what_is_read(run, seen))
    left, right = st.columns(2)
    with left:
        _one_neuron(form, words, seen, state, neuron, pick)
    with right:
        _what_moved_it(words, seen, labels, pick)
    left, right = st.columns([3, 2])
    with left:
        figure = figures.states_figure(words, seen.hidden, seen.order.tolist(), labels, seen.timestep, neuron)
        order = seen.order

        def take(x: float, y: float) -> None:
            if isinstance(x, int | float) and isinstance(y, int | float) and 1 <= round(y) <= len(order):
                form.preset({"timestep": max(1, min(600, round(x))), "neuron": int(order[round(y) - 1]) + 1})

        alt = _("Heat map of the hidden state: a row a unit, a column a timestep.")
        live.chart(PAGE, "states", plain(figure), alt, height=340, on_click=take)
        st.caption(
            _("Every unit's $h_t$, the slowest units at the top, the most restless at the bottom. Click to choose.")
        )
    with right:
        space = form["dimensions"] == "3"
        figure = figures.path_figure(words, seen.path, seen.explained.tolist(), labels, seen.timestep, space)
        alt = _("The hidden state's path along its principal components.")
        live.chart(PAGE, "path", plain(figure), alt, height=340)
        shares = seen.explained[: 3 if space else 2]
        st.caption(
            _("The same states as a path: {count} directions hold {share} of their variance.").format(
                count=len(shares), share=f"{shares.sum():.0%}"
            )
        )
    if seen.time_constants is not None:
        _gates(words, seen, seen.time_constants, labels, neuron, run.experiment.network.cell)


def _state_of(form: Form, seen: PassageAnswer, neuron: int) -> Any:
    """The chosen neuron's state at every timestep, from -1 to 1."""
    if form["shown"] == "cell" and seen.tanh_cell is not None:
        return seen.tanh_cell[:, neuron - 1]
    state = seen.hidden[:, neuron - 1]
    return state / max(1.0, float(np.abs(state).max()))


def _what_is_read(run: Run, seen: PassageAnswer) -> str:
    count = len(seen.saliency)
    text = _(
        "The network of step {step} reads {timesteps} timesteps from a zero state; it is asked after timestep {at}."
    )
    return text.format(step=seen.step, timesteps=len(seen.hidden), at=count)


def _one_neuron(form: Form, words: Mapping[str, str], seen: PassageAnswer, state: Any, neuron: int, pick: Any) -> None:
    cell = form["shown"] == "cell" and seen.tanh_cell is not None
    name = f"$\\tanh c_{{{neuron}}}$" if cell else f"$h_{{{neuron}}}$"
    st.markdown(_("**One neuron**: {name}, blue below 0, orange above").format(name=name))
    if seen.values is not None:
        figure = figures.series_figure(words, seen.values, state, seen.timestep)
        alt = _("The series, each value coloured by the neuron's state.")
        live.chart(PAGE, "neuron", plain(figure), alt, height=290, on_click=lambda x, y: pick(max(1, round(x))))
    else:
        label = _("The text, each character coloured by the neuron's state.")
        coloured("neuron_text", label, seen.symbols or (), state, "signed", seen.timestep, pick, seen.joined)
    st.caption(
        _("Choose another in the sidebar or by its row in the map below. A ReLU's state is scaled to its largest.")
    )
    if seen.asked is not None:
        figure = figures.likely_figure(words, seen.likely, seen.asked)
        live.chart(PAGE, "likely", plain(figure), _("Probabilities of the likeliest answers."), height=220)


def _what_moved_it(words: Mapping[str, str], seen: PassageAnswer, labels: list[str], pick: Any) -> None:
    moved, highest = seen.saliency, float(seen.saliency.max())
    if seen.asked is None:
        value = f"{seen.prediction:.4g}"
        st.markdown(_("**What moved this prediction**: {value} comes next").format(value=value))
    else:
        symbol = visible(seen.asked)
        st.markdown(fill(N_("**What moved this answer**: “{symbol}” comes next"), symbol=symbol))
        shares = moved / highest if highest > 0 else moved
        label = _("The text, each character coloured by how much it moved the answer.")
        coloured("saliency_text", label, seen.symbols or (), shares, "amount", seen.timestep, pick, seen.joined)
    floor = 10.0 ** (np.floor(np.log10(float(moved[moved > 0].min(initial=1.0)))) - 1)
    figure = figures.saliency_figure(words, moved, labels, floor)
    alt = _("How much each past input moved the answer, logarithmic.")
    live.chart(PAGE, "saliency", plain(figure), alt, height=220 if seen.asked is not None else 290)
    what = _("$\\lVert \\partial y / \\partial x_t \\rVert$: exact, from one pass back through time.")
    which = _("$y$ is the predicted value.")
    if seen.asked is not None:
        which = _("$y$ is the answer's output before the softmax, $x_t$ the embedding read at $t$.")
    st.caption(paragraph(what, which))


def _gates(
    words: Mapping[str, str], seen: PassageAnswer, constants: Array, labels: list[str], neuron: int, cell: Cell
) -> None:
    left, right = st.columns([3, 2])
    with left:
        figure = figures.gates_figure(words, seen.gates, neuron, labels, seen.timestep)
        alt = _("The chosen neuron's gates over time.")
        live.chart(PAGE, "gates", plain(figure), alt, height=260)
        if CELLS[cell].has_cell_state:
            st.caption(_("The gates of this neuron: $c_t = f_t\\,c_{t-1} + i_t\\,g_t$, $h_t = o_t \\tanh c_t$."))
        else:
            st.caption(_("The gates of this neuron: $h_t = (1 - z_t)\\,n_t + z_t\\,h_{t-1}$, and $r_t$ inside $n_t$."))
    with right:
        figure = figures.time_constants_figure(words, constants, neuron)
        alt = _("The time constant of every unit, logarithmic, the longest first.")
        live.chart(PAGE, "time_constants", plain(figure), alt, height=260)
        keeping = CELLS[cell].keeping
        text = _(
            "Time constants $1 / (1 - \\bar {gate}_j)$, in timesteps, the mean over this passage: how long each unit keeps."
        )
        st.caption(text.format(gate=keeping))
