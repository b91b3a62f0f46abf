"""The figure template of what a window forgets: measured moves of the end, and what the gradient foretold."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from playground.figures.training import COLOURS, blank_figure
from rnn_engine.cells import Cell
from rnn_engine.measures.results import Array, Forgetting

BELOW_ROUNDING = 1e-6  # of the smallest move that can be measured

#: A network's name, its cell, and what was found.
Found = tuple[str, Cell, Forgetting]


def moves_of(found: Forgetting, moves: str) -> tuple[Array, Array, float]:
    """How far the answer ("output") or the last state ("hidden") moves: measured, foretold, and the least that shows."""
    if moves == "output":
        return found.output, found.output_foretold, found.resolution[0]
    return found.hidden, found.hidden_foretold, found.resolution[1]


def forgets_figure(words: Mapping[str, str], networks: Sequence[Found], moves: str) -> go.Figure:
    """How far the end moves against the lag of the change, a colour a network.

    Solid what was measured, dotted what the gradient foretold; exact zeros on a marked floor.
    """
    figure = blank_figure(words["lag"], words[moves])
    figure.update_yaxes(type="log", exponentformat="power")
    lines = [(name, cell, *moves_of(found, moves)) for name, cell, found in networks]
    resolution = max(least for *_, least in lines)
    foretold = [value for *_, guesses, _least in lines for value in guesses if value > 0]
    measured = [value for _name, _cell, moved, *_ in lines for value in moved if value > 0]
    lowest = min([*foretold, *measured, 1.0])
    # What is foretold may be far below anything that can be measured: the frame ends a little below that.
    floor = 10.0 ** (math.floor(math.log10(max(lowest, BELOW_ROUNDING * resolution))) - 1)
    figure.update_yaxes(range=[math.log10(floor) - 0.5, math.log10(max([*foretold, *measured, floor])) + 0.5])
    zeros = False
    for name, cell, moved, guesses, _least in lines:
        lags = list(range(len(moved)))
        for values, text, width, dash in (
            (moved, words["measured"], 2.5, "solid"),
            (guesses, words["foretold"], 1.5, "dot"),
        ):
            figure.add_scatter(
                x=lags,
                y=[float(value) if value > 0 else None for value in values],
                mode="lines+markers" if values is moved and len(lags) <= 80 else "lines",
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
            x=[0, max(len(moved) for _name, _cell, moved, *_ in lines) - 1],
            y=[resolution, resolution],
            mode="lines",
            name=words["resolution"],
            line={"color": COLOURS["baseline"], "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    return figure
