"""The cliff: one unit whose error surface has a wall, and what gradient descent does at its foot."""

from functools import lru_cache
from typing import Annotated, Any

import numpy as np
import streamlit as st
from pydantic import BaseModel, ConfigDict, Field

from playground import live
from playground.figures.templates import Template, plain
from playground.laboratory.cliff.figures import (
    LOG_FLOOR,
    Descent,
    Surface,
    contour_figure,
    norms_figure,
    surface_figure,
)
from playground.language.i18n import N_, _, language
from playground.settings.form import Form
from playground.settings.place import Place
from rnn_engine.measures.cliff import cliff_error, descend

HOME = Place("gradients-cliff", {"bench": "cliff"})
W, B = (4.0, 6.0), (-3.2, -1.7)  # what of the surface is shown: the cliff runs across it
GRID = 0.02  # from one value of w or b to the next
MOST_STEPS = 500
THROWN = 1.0  # a step this long, where all before it were hundredths, has thrown the descent away


class CliffView(BaseModel):
    """Where the descent starts and how it goes on."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start_w: Annotated[
        float,
        Field(
            ge=W[0],
            le=W[1],
            title=N_("Start at w"),
            description=N_("Or click on the map."),
            json_schema_extra={"slider": 0.01},
        ),
    ] = 5.0
    start_b: Annotated[
        float,
        Field(
            ge=B[0],
            le=B[1],
            title=N_("Start at b"),
            description=N_("Or click on the map."),
            json_schema_extra={"slider": 0.01},
        ),
    ] = -2.3
    learning_rate: Annotated[
        float,
        Field(
            ge=0.001,
            le=1,
            title=N_("Learning rate"),
            description=N_("Factor on every step."),
            json_schema_extra={"scale": "log"},
        ),
    ] = 0.05
    clip_norm: Annotated[
        float,
        Field(
            ge=0.01,
            le=1000,
            title=N_("Clip norm"),
            description=N_("Ceiling for the gradient norm in the clipped descent."),
            json_schema_extra={"scale": "log"},
        ),
    ] = 1.0
    steps: Annotated[
        int,
        Field(
            ge=1,
            le=MOST_STEPS,
            title=N_("Steps"),
            description=N_("How many steps of the descent are shown: − and + go one by one."),
        ),
    ] = 400
    in_space: Annotated[
        bool, Field(title=N_("Surface in space"), description=N_("Also draw the error surface in three dimensions."))
    ] = True


MODELS = (CliffView,)
DEFAULTS: dict[str, Any] = {}

#: One click each. The first is Pascanu's; from the second no gradient is large.
PRESETS = {
    "preset": CliffView(),
    "preset_calm": CliffView(start_w=4.4, start_b=-1.8),
    "preset_edge": CliffView(start_w=4.69, start_b=-2.42, steps=5),
}


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form = place.form(MODELS, DEFAULTS)
    form.open(lambda run: {})
    form.say_notices()
    with place.settings(), st.expander(_("Descent"), expanded=True, icon=":material/downhill_skiing:"):
        for name in CliffView.model_fields:
            form.widget(name)
    view = CliffView(**form.values(CliffView))

    if not place.embedded:
        _presets(form)
    unclipped, clipped = _descents(view)
    with st.container(key="said"):
        st.info(_what_was_seen(view, unclipped, clipped))

    def start_there(w: float, b: float) -> None:
        form.preset({"start_w": min(max(round(w, 2), W[0]), W[1]), "start_b": min(max(round(b, 2), B[0]), B[1])})

    left, right = st.columns(2) if view.in_space else (st.container(), None)
    with left:
        alt = _("The error over w and b as a map, with the descent without and with clipping.")
        live.chart(place.page, "cliff", _map(view, language()), height=430, alt=alt, on_click=start_there)
        st.caption(_("Click anywhere to start there. Dark is a small error; the cliff is where dark meets pale."))
    if right is not None:
        with right:
            alt = _("The error over w and b as a surface in space, with both descents.")
            live.chart(place.page, "cliff_surface", _space(view, language()), height=430, alt=alt)
            st.caption(_("The same surface in space: drag to turn it."))
    alt = _("Gradient norm against the step, logarithmic.")
    live.chart(place.page, "cliff_norms", _norms(view, language()), height=200, alt=alt)
    st.caption(
        _(
            "One unit, $x_t = w\\,\\sigma(x_{t-1}) + b$ from $x_0 = 0.5$, fifty timesteps, error $(\\sigma(x_{50}) - 0.7)^2$ "
            "(Pascanu, Mikolov and Bengio 2013). Far from the cliff the gradient is small, at its foot it is thousands of "
            "times larger. Clipping keeps its direction and shortens it to the clip norm."
        )
    )
    form.close(None)


def _presets(form: Form) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        words = {"preset": _("Pascanu's start"), "preset_calm": _("A calm start"), "preset_edge": _("On the edge")}
        for key, preset in PRESETS.items():
            kind: Any = "primary" if key == "preset" else "secondary"
            st.button(
                words[key], key=key, type=kind, on_click=form.preset, args=(preset.model_dump(exclude={"in_space"}),)
            )


def _what_was_seen(view: CliffView, unclipped: Descent, clipped: Descent) -> str:
    """One sentence, from the numbers."""
    before = len(unclipped.w) - 1  # the gradient at the last point shown has moved nothing yet
    at = int(np.argmax(unclipped.norms[:before]))
    leaps = np.hypot(np.diff(unclipped.w), np.diff(unclipped.b))
    numbers = {
        "peak": f"{unclipped.norms[at]:.3g}",
        "at": at + 1,
        "clip": f"{view.clip_norm:g}",
        "steps": before,
        **_end("", unclipped),
        **_end("clipped_", clipped),
    }
    if leaps.max() >= THROWN:
        text = _(
            "Without clipping the gradient norm reaches {peak} at step {at}, and the descent is thrown to ({w}, {b}), error "
            "{error}. With norm {clip} it stays by the cliff: after {steps} steps it is at ({clipped_w}, {clipped_b}), "
            "error {clipped_error}."
        )
    elif max(unclipped.norms[:before]) > view.clip_norm:
        text = _(
            "The gradient norm reaches {peak} at step {at}, not enough at this learning rate to throw the descent away: "
            "after {steps} steps it is at ({w}, {b}), error {error}; clipped to {clip}, at ({clipped_w}, {clipped_b}), error "
            "{clipped_error}."
        )
    else:
        text = _(
            "No cliff met in {steps} steps: the gradient norm is {peak} at most, clipping at {clip} changes nothing, and "
            "both descents are at ({w}, {b}), error {error}."
        )
    return text.format(**numbers)


def _end(prefix: str, descent: Descent) -> dict[str, str]:
    error = descent.errors[-1]
    return {
        f"{prefix}w": f"{descent.w[-1]:.2f}",
        f"{prefix}b": f"{descent.b[-1]:.2f}",
        f"{prefix}error": f"{error:.2g}" if error >= 1e-4 else f"{error:.6f}",
    }


def _words() -> dict[str, str]:
    return {
        "error": _("error"),
        "unclipped": _("without clipping"),
        "clipped": _("with clipping"),
        "clip_norm": _("clip norm"),
        "step": _("step"),
        "norm": _("gradient norm"),
        "play": _("Play"),
    }


# What is drawn, made once: plotly and four hundred steps take a few hundred milliseconds.


@lru_cache(maxsize=1)
def _error_surface() -> Surface:
    w, b = (np.arange(low, high + GRID / 2, GRID) for low, high in (W, B))
    errors = cliff_error(w[None, :], b[:, None])
    logs = np.log10(np.maximum(errors, 10**LOG_FLOOR))
    return Surface(*(values.round(4).tolist() for values in (w, b, errors, logs)))


@lru_cache(maxsize=256)
def _whole_descent(start_w: float, start_b: float, learning_rate: float, clip_norm: float | None) -> Descent:
    path = descend((start_w, start_b), learning_rate, MOST_STEPS, clip_norm)
    return Descent(*(values.tolist() for values in (*path.points.T, path.errors, path.gradient_norms)))


def _descents(view: CliffView) -> tuple[Descent, Descent]:
    """Without and with clipping, as far as is shown."""
    start = (view.start_w, view.start_b, view.learning_rate)
    both = (_whole_descent(*start, None), _whole_descent(*start, view.clip_norm))
    unclipped, clipped = (Descent(*(values[: view.steps + 1] for values in whole)) for whole in both)
    return unclipped, clipped


def _named(view: CliffView) -> dict[str, Descent]:
    unclipped, clipped = _descents(view)
    return {"unclipped": unclipped, "clipped": clipped}


@lru_cache(maxsize=64)
def _map(view: CliffView, lang: str) -> Template:
    return plain(contour_figure(_words(), _error_surface(), _named(view)))


@lru_cache(maxsize=64)
def _space(view: CliffView, lang: str) -> Template:
    return plain(surface_figure(_words(), _error_surface(), _named(view)))


@lru_cache(maxsize=64)
def _norms(view: CliffView, lang: str) -> Template:
    return plain(norms_figure(_words(), _named(view), view.clip_norm))
