"""Figure templates of the cliff: the error surface with both descents on it, flat and in space, and step by step."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from playground.figures.training import COLOURS

#: From the lowest error, dark, to the highest: pale enough for either descent to stand out on it.
SCALE = ((0.0, "#0b2545"), (0.4, "#1f4e79"), (0.72, "#4f83b0"), (0.82, "#86a8c4"), (1.0, "#eef2f6"))
LOG_FLOOR, LOG_CEILING = -5.0, -0.3  # errors below 10^-5 are all the same to the eye
MOST_FRAMES = 90  # of what Play shows
FRAME = 70  # milliseconds
LOOKS = {
    "unclipped": {"colour": "#f5791f", "symbol": "x", "dash": "solid"},
    "clipped": {"colour": "#35e0a1", "symbol": "circle", "dash": "solid"},
}


class Surface(NamedTuple):
    """Errors over a grid: a row for each b, a column for each w."""

    w: Sequence[float]
    b: Sequence[float]
    errors: Sequence[Sequence[float]]
    logs: Sequence[Sequence[float]]


class Descent(NamedTuple):
    """Where gradient descent went: a value for its start and one for every step."""

    w: Sequence[float]
    b: Sequence[float]
    errors: Sequence[float]
    norms: Sequence[float]


def contour_figure(words: Mapping[str, str], surface: Surface, descents: Mapping[str, Descent]) -> go.Figure:
    """The error over (w, b), logarithmic colour, with the descents; Play lets a point run along each of them."""
    figure = _plain_figure("w", "b")
    figure.update_xaxes(range=[surface.w[0], surface.w[-1]])
    figure.update_yaxes(range=[surface.b[0], surface.b[-1]])
    decades = list(range(int(LOG_FLOOR), 0))
    figure.add_heatmap(
        x=surface.w,
        y=surface.b,
        z=surface.logs,
        colorscale=SCALE,
        zmin=LOG_FLOOR,
        zmax=LOG_CEILING,
        zsmooth="best",
        hovertemplate="w %{x:.2f}, b %{y:.2f}<extra></extra>",
        colorbar={
            "title": {"text": words["error"], "side": "right"},
            "tickvals": decades,
            "ticktext": [f"10<sup>{k}</sup>" for k in decades],
            "thickness": 12,
            "outlinewidth": 0,
        },
    )
    for name, descent in descents.items():
        look = LOOKS[name]
        figure.add_scatter(  # a dark edge, so that the line is seen on pale ground too
            x=descent.w,
            y=descent.b,
            mode="lines",
            line={"color": "rgba(0,0,0,0.55)", "width": 5},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=descent.w,
            y=descent.b,
            mode="lines+markers",
            name=words[name],
            line={"color": look["colour"], "width": 2.5},
            marker={"symbol": look["symbol"], "size": 5},
            hoverinfo="skip",
        )
    start = next(iter(descents.values()))
    figure.add_scatter(
        x=[start.w[0]],
        y=[start.b[0]],
        mode="markers",
        showlegend=False,
        marker={"symbol": "star", "size": 15, "color": "#ffffff", "line": {"color": "#000000", "width": 1.5}},
        hoverinfo="skip",
    )
    runners = len(figure.data)
    for name, descent in descents.items():
        figure.add_scatter(
            x=[descent.w[-1]],
            y=[descent.b[-1]],
            mode="markers",
            marker={
                "symbol": LOOKS[name]["symbol"],
                "size": 13,
                "color": LOOKS[name]["colour"],
                "line": {"color": "#000000", "width": 1.5},
            },
            hoverinfo="skip",
            showlegend=False,
        )
    figure.update_layout(updatemenus=[_play_button(words["play"], runners, list(descents.values()))])
    return figure


def surface_figure(words: Mapping[str, str], surface: Surface, descents: Mapping[str, Descent]) -> go.Figure:
    """The same in space. What leaves the surface is not drawn."""
    figure = go.Figure(layout={"template": "none", "uirevision": "keep", "margin": {"l": 0, "r": 0, "t": 0, "b": 0}})
    figure.add_surface(
        x=surface.w,
        y=surface.b,
        z=surface.errors,
        surfacecolor=surface.logs,
        colorscale=SCALE,
        cmin=LOG_FLOOR,
        cmax=LOG_CEILING,
        showscale=False,
        hovertemplate="w %{x:.2f}, b %{y:.2f}<br>%{z:.4f}<extra></extra>",
    )
    for name, descent in descents.items():
        inside = [
            surface.w[0] <= w <= surface.w[-1] and surface.b[0] <= b <= surface.b[-1]
            for w, b in zip(descent.w, descent.b, strict=True)
        ]
        lifted = [error + 0.008 if here else None for error, here in zip(descent.errors, inside, strict=True)]
        figure.add_scatter3d(
            x=descent.w,
            y=descent.b,
            z=lifted,
            mode="lines+markers",
            name=words[name],
            line={"color": LOOKS[name]["colour"], "width": 6},
            marker={"color": LOOKS[name]["colour"], "size": 2.5},
            hoverinfo="skip",
        )
    axis = {"gridcolor": "rgba(128,128,128,0.4)", "showbackground": False, "zeroline": False}
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "top"},
        scene={
            "xaxis": {**axis, "title": {"text": "w"}, "range": [surface.w[0], surface.w[-1]]},
            "yaxis": {**axis, "title": {"text": "b"}, "range": [surface.b[0], surface.b[-1]]},
            "zaxis": {**axis, "title": {"text": words["error"]}, "range": [0, 0.5]},
            "camera": {"eye": {"x": 1.4, "y": 1.5, "z": 0.8}},
            "aspectratio": {"x": 1.1, "y": 1.1, "z": 0.7},
        },
    )
    return figure


def norms_figure(words: Mapping[str, str], descents: Mapping[str, Descent], clip_norm: float) -> go.Figure:
    """The gradient norm before each step, logarithmic, and the ceiling that one of the two descents has."""
    figure = _plain_figure(words["step"], words["norm"])
    norms = {name: descent.norms[:-1] for name, descent in descents.items()}  # the last has moved nothing yet
    highest = max(clip_norm, *(max(values) for values in norms.values()))
    # On the plateau that a descent is thrown to there is next to no gradient: it leaves the chart.
    figure.update_yaxes(type="log", exponentformat="power", range=[-3.2, math.log10(highest) + 0.4])
    figure.update_layout(hovermode="x unified")
    most = max(map(len, norms.values()))
    for name, values in norms.items():
        figure.add_scatter(
            x=list(range(1, len(values) + 1)),
            y=[norm if norm > 1e-30 else None for norm in values],
            mode="lines+markers" if most <= 40 else "lines",
            name=words[name],
            line={"color": _on_any_ground(name), "width": 2},
        )
    figure.add_scatter(
        x=[1, max(2, most)],
        y=[clip_norm, clip_norm],
        mode="lines",
        name=words["clip_norm"],
        line={"color": COLOURS["baseline"], "width": 1.5, "dash": "dot"},
    )
    return figure


def _on_any_ground(name: str) -> str:
    return COLOURS["forecast"] if name == "clipped" else str(LOOKS[name]["colour"])


def _play_button(label: str, first_runner: int, descents: Sequence[Descent]) -> dict[str, Any]:
    # Frames stand in the button itself: they move two points and leave everything else as it is drawn.
    frames = [
        {
            "data": [{"x": [d.w[min(step, len(d.w) - 1)]], "y": [d.b[min(step, len(d.b) - 1)]]} for d in descents],
            "traces": [first_runner + i for i in range(len(descents))],
        }
        for step in _shown_steps(max(len(descent.w) for descent in descents))
    ]
    still = {"mode": "immediate", "transition": {"duration": 0}, "frame": {"duration": FRAME, "redraw": False}}
    return {
        "type": "buttons",
        "showactive": False,
        "x": 0.02,
        "xanchor": "left",
        "y": 0.03,
        "yanchor": "bottom",
        "pad": {"t": 0, "b": 0, "l": 0, "r": 0},
        "bgcolor": "#ffffff",
        "bordercolor": "#8d99ae",
        "font": {"color": "#1b1b2f"},  # it stands on the map, which is the same in the light and in the dark
        "buttons": [{"label": f"▶ {label}", "method": "animate", "args": [frames, still]}],
    }


def _shown_steps(points: int) -> list[int]:
    every = max(1, -(-points // MOST_FRAMES))
    return [*range(0, points - 1, every), points - 1]


def _plain_figure(x: str, y: str) -> go.Figure:
    axis = {"showgrid": True, "zeroline": False, "automargin": True}
    return go.Figure(
        layout={
            "template": "none",
            "uirevision": "keep",
            "margin": {"l": 56, "r": 12, "t": 8, "b": 40},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "hovermode": "closest",
            "xaxis": {**axis, "title": {"text": x}},
            "yaxis": {**axis, "title": {"text": y}},
        }
    )
