"""The figure template of the phase diagram. Cells stand at whole numbers; the axes say what those stand for."""

from collections.abc import Mapping
from math import log10

import plotly.graph_objects as go

from playground.figures.training import blank_figure
from playground.laboratory.phase.settings import Grid

#: From r = 0.3, vanishing, over 1 to 3, exploding. Steep at 1: over a hundred timesteps 0.95 is little and 1.05 is much.
FACTORS = (
    (0.3, "#08306b"),
    (0.6, "#2b6cb0"),
    (0.85, "#6baed6"),
    (0.95, "#b9dcf0"),
    (1.0, "#fdf6d8"),
    (1.05, "#fdc992"),
    (1.18, "#f1793b"),
    (1.7, "#c22020"),
    (3.0, "#5c0011"),
)
LOSSES = ((0.0, "#0b3d4f"), (0.35, "#1f8a8a"), (0.7, "#9ad17b"), (1.0, "#f9f0a5"))
SHARES = ((0.0, "#cfe3d6"), (0.01, "#f6c6a5"), (1.0, "#8f1020"))
EMPTY = "rgba(128,128,128,0.16)"
MOST_TICKS = 9
MARGIN = {"l": 76, "r": 92, "t": 8, "b": 44, "autoexpand": False}  # the colour bar comes with the first cell


def phase_figure(words: Mapping[str, str], grid: Grid, shown: str) -> go.Figure:
    """Live: a colour and a number for every measured cell, a cross where a network diverged, the line where r is 1."""
    figure = blank_figure("ρ", words["against"])
    figure.update_layout(hovermode="closest", showlegend=False, margin=MARGIN)
    for update, values in ((figure.update_xaxes, grid.rho), (figure.update_yaxes, grid.against)):
        places = _ticks(len(values))
        update(
            showgrid=False,
            range=[-0.5, len(values) - 0.5],
            tickvals=places,
            ticktext=[f"{values[place]:.3g}" for place in places],
        )
    columns, rows = list(range(len(grid.rho))), list(range(len(grid.against)))
    places_of = [[[f"{rho:g}", f"{other:g}"] for rho in grid.rho] for other in grid.against]
    where = f"ρ %{{customdata[0]}}<br>{words['against']} %{{customdata[1]}}"
    cells = {"x": columns, "y": rows, "customdata": places_of, "xgap": 1, "ygap": 1}
    figure.add_heatmap(
        **cells,
        z=[[0] * len(columns)] * len(rows),
        colorscale=[[0, EMPTY], [1, EMPTY]],
        showscale=False,
        hovertemplate=f"{where}<br>{words['unmeasured']}<extra></extra>",
    )
    figure.add_heatmap(
        **cells,
        z=[[None] * len(columns)] * len(rows),
        meta={"z": f"frame.{shown}.colours", "text": f"frame.{shown}.values"},
        hovertemplate=f"{where}<br>{words[shown]} %{{text}}<extra></extra>",
        **_colours(words[shown], shown),
    )
    figure.add_scatter(
        x=[],
        y=[],
        meta={"x": f"frame.{shown}.line.x", "y": f"frame.{shown}.line.y"},
        mode="lines",
        line={"color": "#101010", "width": 3},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[],
        y=[],
        meta={"x": "frame.marks.x", "y": "frame.marks.y"},
        mode="markers",
        marker={"symbol": "x", "size": 7, "color": "#000000", "line": {"color": "#ffffff", "width": 1.2}},
        hoverinfo="skip",
    )
    return figure


def _colours(name: str, shown: str) -> dict[str, object]:
    bar: dict[str, object] = {
        "title": {"text": name, "side": "top" if len(name) < 5 else "right"},
        "thickness": 14,
        "outlinewidth": 0,
    }
    if shown in ("factor", "cell_factor"):
        low, high = log10(FACTORS[0][0]), log10(FACTORS[-1][0])
        scale = [[(log10(factor) - low) / (high - low), colour] for factor, colour in FACTORS]
        ticks = (0.3, 0.5, 0.7, 0.85, 1, 1.18, 1.5, 2, 3)
        text = ["≤ 0.3", "0.5", "0.7", "0.85", "1", "1.18", "1.5", "2", "≥ 3"]
        bar |= {"tickvals": [log10(tick) for tick in ticks], "ticktext": text}
        return {"colorscale": scale, "zmin": low, "zmax": high, "colorbar": bar}
    if shown == "loss":
        decades = range(-9, 10)
        bar |= {"tickvals": list(decades), "ticktext": [f"10<sup>{k}</sup>" for k in decades]}
        return {"colorscale": LOSSES, "colorbar": bar}
    return {"colorscale": SHARES, "zmin": 0, "zmax": 1, "colorbar": bar | {"tickformat": ".0%"}}


def _ticks(count: int) -> list[int]:
    every = -(-(count - 1) // (MOST_TICKS - 1)) or 1
    return list(range(0, count, every))
