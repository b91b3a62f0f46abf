"""The figure template of what a window forgets: measured moves of the end, and what the gradient foretold."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from playground.figures.training import COLOURS, blank_figure

BELOW_ROUNDING = 1e-6  # of the smallest move that can be measured


def forgets_figure(
    words: Mapping[str, str], networks: Sequence[tuple[str, str, Mapping[str, Any]]], moves: str
) -> go.Figure:
    """How far the end moves against the lag of the change, a colour a network: (name, cell, what was found).

    Solid what was measured, dotted what the gradient foretold; exact zeros on a marked floor.
    """
    figure = blank_figure(words["lag"], words[moves])
    figure.update_yaxes(type="log", exponentformat="power")
    place = 0 if moves == "output" else 1
    resolution = max(found["resolution"][place] for _name, _cell, found in networks)
    foretold = [value for *_, found in networks for value in found[f"{moves}_foretold"] if value > 0]
    measured = [value for *_, found in networks for value in found[moves] if value > 0]
    lowest = min([*foretold, *measured, 1.0])
    # What is foretold may be far below anything that can be measured: the frame ends a little below that.
    floor = 10.0 ** (math.floor(math.log10(max(lowest, BELOW_ROUNDING * resolution))) - 1)
    figure.update_yaxes(range=[math.log10(floor) - 0.5, math.log10(max([*foretold, *measured, floor])) + 0.5])
    zeros = False
    for name, cell, found in networks:
        lags = list(range(len(found[moves])))
        for key, text, width, dash in (
            (moves, words["measured"], 2.5, "solid"),
            (f"{moves}_foretold", words["foretold"], 1.5, "dot"),
        ):
            values = found[key]
            figure.add_scatter(
                x=lags,
                y=[float(value) if value > 0 else None for value in values],
                mode="lines+markers" if key == moves and len(lags) <= 80 else "lines",
                name=f"{name}, {text}" if len(networks) > 1 else text,
                line={"color": COLOURS[cell], "width": width, "dash": dash},
                marker={"size": 5},
                hovertemplate="%{y:.3g}",
            )
            none = [lag for lag, value in zip(lags, values, strict=True) if value == 0]
            if none:
                figure.add_scatter(
                    x=none,
                    y=[floor] * len(none),
                    mode="markers",
                    name=words["zero"],
                    showlegend=not zeros,
                    marker={"color": COLOURS[cell], "symbol": "triangle-down-open", "size": 8},
                    hovertemplate="0<extra></extra>",
                )
                zeros = True
    if lowest < 100 * resolution:
        figure.add_scatter(
            x=[0, max(len(found[moves]) for *_, found in networks) - 1],
            y=[resolution, resolution],
            mode="lines",
            name=words["resolution"],
            line={"color": COLOURS["baseline"], "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    return figure
