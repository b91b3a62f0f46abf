"""A curve to draw before it is measured: the gradient flow, dragged point by point on a logarithmic axis.

Its browser half: sketch.js. Once revealed, what was measured is laid over what was drawn.
"""

import math

import streamlit as st

from playground.laboratory.flow.answer import measured
from playground.laboratory.flow.settings import FlowQuestion
from playground.language.i18n import _
from playground.lessons.lesson import Live, Sketch
from playground.lessons.live_things import all_settings
from playground.lessons.questions import keep, kept
from playground.lessons.where import Where
from playground.live.component import Component

HANDLES = 9  # points that are dragged, the last timestep's aside: there the curve is 1

_CSS = """
svg.sketch { width: 100%; height: auto; display: block; font-family: var(--st-font); touch-action: none; user-select: none; }
svg.sketch text { fill: var(--st-text-color); font-size: 15px; }
svg.sketch .grid { stroke: var(--st-border-color); stroke-width: 1; opacity: 0.6; }
svg.sketch .drawn { fill: none; stroke: var(--st-text-color); stroke-width: 3; stroke-dasharray: 7 6; opacity: 0.75; }
svg.sketch .truth { fill: none; stroke: var(--st-primary-color); stroke-width: 4; }
svg.sketch circle { fill: var(--st-background-color); stroke: var(--st-text-color); stroke-width: 2.5; }
svg.sketch circle.handle { cursor: ns-resize; }
svg.sketch circle.handle:focus-visible { outline: none; stroke: var(--st-primary-color); stroke-width: 6; }
"""

_SKETCH = Component("sketch", "lessons/sketch.js", _CSS)


def flow_fraction(live: Live) -> list[float]:
    """What is measured with the lesson's settings: G_t / G_T of the first cell, for t = 1..T."""
    settings = all_settings(live)
    flow = [value for value in measured(FlowQuestion(**settings))[0].hidden if value is not None]
    return [value / flow[-1] for value in flow]


def places(timesteps: int) -> list[int]:
    """The timesteps whose value is drawn."""
    return [1 + round(k * (timesteps - 1) / HANDLES) for k in range(HANDLES)]


def _power(value: float) -> str:
    """A number as HTML, small ones as in 3·10⁻²¹."""
    mantissa, _e, exponent = f"{value:.1e}".partition("e")
    return f"{value:.2g}" if 1e-3 <= value < 1e4 else f"{mantissa}·10<sup>{int(exponent)}</sup>".replace("-", "−")


def show_sketch(at: Where, sketch: Sketch, live: Live, revealed: bool) -> None:
    """Draw the sketch; once revealed with the truth over it, and how far the two are apart at the first timestep."""
    timesteps = all_settings(live)["sequence_length"]
    truth = flow_fraction(live) if revealed else []
    answer = _SKETCH.mount(
        f"sketch-{at.lesson}-{at.screen}",
        {
            "places": [*places(timesteps), timesteps],
            "low": sketch.low,
            "high": sketch.high,
            "points": kept(at, "drawn") or [0.0] * HANDLES,
            "truth": [math.log10(value) if value > 0 else None for value in truth],
            "words": {
                "x": _("timestep t"),
                "y": "G / G_T",
                "drawn": _("your curve"),
                "truth": _("measured"),
                "handle": _("Your G at timestep {t}, as a power of ten"),
                "alt": _("Your guess of the gradient flow and the measured one against the timestep, logarithmic.")
                if revealed
                else _("Your guess of the gradient flow against the timestep, logarithmic; drag its points."),
            },
        },
        on_points_change=lambda: None,
    )
    drawn = answer.points
    if drawn is not None and len(drawn) == HANDLES:
        keep(at, "drawn", [float(value) for value in drawn])
    if not revealed:
        st.caption(
            _(
                "Drag the points, or move them with the arrow keys: how large is the gradient, compared with the last timestep?"
            )
        )
        return
    guess = 10 ** (kept(at, "drawn") or [0.0])[0]
    st.html(
        '<p data-live="sketch_truth" data-value="{value}">{words}</p>'.format(
            value=truth[0],
            words=_("At the first timestep you drew {guess}; measured: {truth} of the last timestep's.").format(
                guess=_power(guess), truth=_power(truth[0])
            ),
        )
    )
