"""The microscope: what the Jacobians of an untrained network do, direction by direction, and who foretells it."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from playground import live
from playground.figures.templates import Template, plain
from playground.figures.training import COLOURS
from playground.laboratory.microscope.figures import (
    eigenvalue_figure,
    gauge_figure,
    saturation_figure,
    spectrum_figure,
)
from playground.laboratory.microscope.settings import PRESETS, WORDS, MicroscopeSettings
from playground.laboratory.microscope.words import figure_words, readings, what_was_seen
from playground.language.i18n import _, language
from playground.running.registry import open_registry
from playground.settings.form import Form
from playground.settings.place import Place
from rnn_engine.cells import CELLS
from rnn_engine.questions.kinds import MicroscopeAnswer

HOME = Place("gradients-microscope", {"bench": "microscope"})
MODELS = (MicroscopeSettings,)
DEFAULTS: dict[str, Any] = {}


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form = place.form(MODELS, DEFAULTS, WORDS)
    form.open(lambda run: {})
    form.say_notices()
    with place.settings(), st.expander(_("Network"), expanded=True, icon=":material/hub:"):
        view = _settings(form)
    if not place.embedded:
        _presets(form)
    try:
        found = _found(view)
    except ValueError:  # of the engine: a ReLU network with large weights
        st.error(_("The hidden state leaves the range of numbers: lower the gain or the sequence length."))
        form.close(None)
        return
    with st.container(key="said"):
        st.info(what_was_seen(view, found))
    _draw(place, view, found)
    form.close(None)


def _presets(form: Form) -> None:
    names = {
        "preset": _("ρ < 1 yet it grows"),
        "preset_nilpotent": _("ρ = 0 yet it doubles"),
        "preset_saturated": _("ρ > 1 yet it vanishes"),
        "preset_lstm": _("LSTM, default"),
        "preset_forget_bias": _("LSTM, forget bias 3"),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, preset in PRESETS.items():
            kind: Any = "primary" if key == "preset" else "secondary"
            st.button(names[key], key=key, type=kind, on_click=form.preset, args=(preset.model_dump(),))


def _settings(form: Form) -> MicroscopeSettings:
    given = form.widget("weights") != "drawn"  # a given network has its own cell, size and input
    for name in ("cell", "hidden_size"):
        form.widget(name, disabled=given)
    form.widget("sequence_length")
    form.widget("init", disabled=given)
    form.widget(MicroscopeSettings(**form.values(MicroscopeSettings)).dial, disabled=given)
    if CELLS[form["cell"]].has_forget_gate:
        form.widget("forget_bias", disabled=given)
    form.widget("input", disabled=given)
    form.widget("seed", disabled=given)
    return MicroscopeSettings(**form.values(MicroscopeSettings))


def _draw(place: Place, view: MicroscopeSettings, found: MicroscopeAnswer) -> None:
    charts = _charts(view, language())
    numbers, gauge = st.columns([2, 3], vertical_alignment="center")
    with numbers:
        values = {name: getattr(found, name) for name in ("spectral_radius", "sigma_max", "lyapunov")}
        live.values(place.page, "readings", readings(view.shown_cell), values)
    with gauge:
        alt = _("The largest Lyapunov exponent on a scale from vanishing to exploding.")
        live.chart(place.page, "lyapunov_gauge", charts["gauge"], height=90, alt=alt)
    left, right = st.columns([3, 2])
    with left:
        alt = _("Singular values of the product of Jacobians against the lag, logarithmic.")
        live.chart(place.page, "spectrum", charts["spectrum"], height=360, alt=alt)
        st.caption(
            _(
                "Singular values of $J_T J_{T-1} \\cdots J_{T-k+1}$: by how much a small change of the state, made $k$ "
                "timesteps before the end, is stretched by then, direction by direction. Gradients go back through the "
                "same product. The thick line is the largest; even where it grows, most directions may be lost."
            )
        )
    with right:
        alt = _("Eigenvalues of the recurrent weights in the complex plane, with the unit circle.")
        live.chart(place.page, "eigenvalues", charts["eigenvalues"], height=360, alt=alt)
        st.caption(_given(view, found) + _("Eigenvalues of $W_{hh}$, for LSTM and GRU of each gate's part of it."))
    alt = _("Histogram of slopes and gates over all units and timesteps.")
    live.chart(place.page, "saturation", charts["saturation"], height=230, alt=alt)
    st.caption(
        _(
            "What each Jacobian multiplies $W_{hh}$ by, over all units and timesteps: the slope of the nonlinearity, "
            "$1 - h^2$ for tanh and 0 or 1 for ReLU, and what each gate lets pass. Much near 0 is saturation."
        )
    )


def _given(view: MicroscopeSettings, found: MicroscopeAnswer) -> str:
    """The matrix of a small network, and where a given one is looked at."""
    if found.matrix is None:
        return ""
    rows = " \\\\ ".join(" & ".join(f"{value:.3g}" for value in row) for row in found.matrix)
    text = f"$W_{{hh}} = \\begin{{pmatrix}} {rows} \\end{{pmatrix}}$.  \n"
    if view.weights == "nilpotent":
        text += _(
            "The state rests at the fixed point $h^* = (0, 0.5)$, where the Jacobian has the eigenvalue 2. Rounding errors "
            "double too, so 41 timesteps are the most shown.  \n"
        )
    return text


@lru_cache(maxsize=128)
def _found(view: MicroscopeSettings) -> MicroscopeAnswer:
    """What a worker measures; the same for everybody with the same settings."""
    found = open_registry().probe(view.question)
    # Rounding leaves 1e-15 of an eigenvalue 0, and makes 1 a little more.
    return replace(found, spectral_radius=round(found.spectral_radius, 12), sigma_max=round(found.sigma_max, 12))


@lru_cache(maxsize=64)
def _charts(view: MicroscopeSettings, lang: str) -> dict[str, Template]:
    """All templates: the language and the settings are all they depend on."""
    found, cell, words = _found(view), view.shown_cell, figure_words()
    theory = {}
    if not CELLS[cell].gated:  # a gated cell's Jacobian is not a slope times one matrix
        theory = {"rho": found.spectral_radius, "sigma_max": found.sigma_max}
    exponent = found.lyapunov
    figures = {
        "spectrum": spectrum_figure(words, found, COLOURS[cell], theory),
        "eigenvalues": eigenvalue_figure(words, found.eigenvalues, cell),
        "saturation": saturation_figure(words, found.saturation, cell),
        "gauge": gauge_figure(words, None if exponent is None or math.isnan(exponent) else exponent),
    }
    return {name: plain(figure) for name, figure in figures.items()}
