"""What a window forgets: an input k timesteps back is changed, and the end of the window is read again."""

import math
from functools import lru_cache
from typing import Any

import streamlit as st

from playground import live
from playground.figures.templates import plain
from playground.inside.forgets.figures import Found, forgets_figure, moves_of
from playground.inside.forgets.settings import PRESETS, WORDS, ForgetsSettings
from playground.language.i18n import _, paragraph
from playground.running.chosen_run import ChosenRun, run_label
from playground.running.registry import open_registry
from playground.settings.form import WORDS as FORM_WORDS
from playground.settings.form import Form
from rnn_engine.cells import CELLS
from rnn_engine.measures.results import Forgetting
from rnn_engine.runs import Run

PAGE = "inside-forgets"
#: By which factor the gradient may be away from the measurement and still count as right.
AGREES = 1.05


def show() -> None:
    """Draw the view."""
    form = Form(PAGE, (ForgetsSettings,), {}, fixed={"view": "forgets"}, words=WORDS)
    chosen = ChosenRun(PAGE)
    chosen.open(form)
    names = {
        "preset": _("All four cells"),
        "preset_exact": _("A small change: the gradient is right"),
        "preset_large": _("A large one: it is wrong"),
    }
    with st.container(horizontal=True):
        for key, preset in PRESETS.items():
            kind: Any = "primary" if key == "preset" else "secondary"
            st.button(names[key], key=key, type=kind, on_click=form.preset, args=(preset.model_dump(),))
    run = None
    with st.sidebar:
        form.widget("network")
        if form["network"] == "run":
            run = chosen.widget()
        view = _settings(form)
    try:
        networks = _of_the_run(view, run) if view.network == "run" else _of_untrained(view)
    except ValueError:  # of the engine: a ReLU network with large weights
        st.error(_("The hidden state leaves the range of numbers: lower the gain or the sequence length."))
    else:
        _draw(view, networks)
    form.close(run.id if run else None)


def _settings(form: Form) -> ForgetsSettings:
    form.widget("change")
    if form["change"] == "nudge":
        form.widget("size")
    form.widget("moves")
    if form["network"] == "untrained":
        form.widget("cells")
        form.widget("sequence_length")
        form.widget("init")
        form.widget(ForgetsSettings(**form.values(ForgetsSettings)).dial)
        if any(CELLS[cell].has_forget_gate for cell in form["cells"]):
            form.widget("forget_bias")
        for name in ("hidden_size", "input", "seed"):
            form.widget(name)
    return ForgetsSettings(**form.values(ForgetsSettings))


def _of_untrained(view: ForgetsSettings) -> list[Found]:
    return [(_(FORM_WORDS[cell]), cell, found) for cell, found in zip(view.cells, _measured(view), strict=True)]


@lru_cache(maxsize=128)
def _measured(view: ForgetsSettings) -> list[Forgetting]:
    """What a worker measures; the same for everybody with the same settings."""
    return open_registry().probe(view.of_untrained)


def _of_the_run(view: ForgetsSettings, run: Run | None) -> list[Found]:
    if run is None:
        return []
    found = open_registry().ask(run, view.of_a_run)
    return [(run_label(run), run.experiment.network.cell, found.forgetting)]


def _draw(view: ForgetsSettings, networks: list[Found]) -> None:
    if not networks:
        st.info(
            _(
                "Nothing has trained in this visit yet. Open “A trained network” and start one there, or train on the "
                "time-series or text page."
            )
        )
        return
    words = {
        "lag": _("lag k: timesteps back from the last"),
        "output": _("how far the answer moves"),
        "hidden": _("how far the last hidden state moves"),
        "measured": _("measured"),
        "foretold": _("foretold"),
        "zero": _("exactly zero"),
        "resolution": _("rounding: no smaller move can be measured"),
    }
    alt = _("How far the end of the window moves against the lag of the changed input, logarithmic.")
    live.chart(PAGE, "forgets", plain(forgets_figure(words, networks, view.moves)), alt, height=430)
    what = _("Solid: the network reads the changed sequence, and the difference is measured.")
    formula = (
        r"$\lVert (\partial y_T / \partial x_{T-k})\, d \rVert$"
        if view.moves == "output"
        else r"$\lVert (\partial h_T / \partial x_{T-k})\, d \rVert$"
    )
    foretold = _("Dotted: what the gradient foretells of a change $d$, {formula}: exact as $d$ goes to 0.")
    st.caption(paragraph(what, foretold.format(formula=formula)))
    for name, _cell, found in networks:
        st.markdown(_seen(name, found, view.moves))


def _seen(name: str, found: Forgetting, moves: str) -> str:
    """What was seen of one network: how much is left of a change, and how good the gradient was."""
    measured, foretold, resolution = moves_of(found, moves)
    farthest, most = len(measured) - 1, float(max(measured))
    if most == 0:
        return _("**{name}**: nothing moves at all.").format(name=name)
    remembered = max((lag for lag, move in enumerate(measured) if move >= 0.01 * most), default=0)
    values = {"name": name, "lag": remembered, "farthest": farthest}
    if remembered == farthest:
        text = _(
            "**{name}** still moves by a hundredth of its most or more at the start of the window, {lag} timesteps back."
        )
    else:
        text = _(
            "**{name}** forgets: beyond {lag} of {farthest} timesteps back the end moves by less than a hundredth of its most."
        )
    # Where a move is rounding there is nothing to compare; an erased input that was zero already moves nothing.
    off = [
        max(guess / move, move / guess) if guess else math.inf
        for move, guess in zip(measured, foretold, strict=True)
        if move > max(1e6 * resolution, 0.01 * most)
    ]
    worst = max(off, default=1.0)
    if worst < AGREES:
        text = paragraph(text, _("The gradient foretold all larger moves, to within {error:.1%}."))
    elif math.isinf(worst):
        text = paragraph(text, _("The gradient foretold none of some moves: the change is too large for it."))
    else:
        text = paragraph(
            text, _("The gradient was off by a factor of up to {worst:.3g}: the change is too large for it.")
        )
    return text.format(**values, worst=worst, error=worst - 1)
