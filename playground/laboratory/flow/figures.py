"""The picture of the bench "flow": G_t of several untrained networks, and what theory expects, on one logarithmic axis."""

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

import plotly.graph_objects as go

from playground.figures.training import COLOURS, PALE, blank_figure
from rnn_engine.plain import CHART_DIGITS, row
from rnn_engine.questions.kinds import GradientFlowAnswer

#: Where the axis may begin and end, as powers of ten: it moves in leaps, so that a line is seen to move under a drag.
BOTTOMS = (-5, -10, -25, -50, -100, -200, -323)
TOPS = (1, 5, 10, 25, 50, 100, 200, 308)


def flow_figure(words: Mapping[str, str], flows: Sequence[GradientFlowAnswer]) -> go.Figure:
    """G_t against the timestep t, a colour a cell; thin: the LSTM's cell state; pale: without the forget bias.

    Theory is dashed where it is exact and dotted, in the cell's colour, where it is a bound. Zeros are marked on the
    floor of the axis, what is too large for a float on its ceiling.
    """
    low, high = _axis(flows)
    figure = blank_figure(words["timestep"], "G<sub>t</sub>")
    figure.update_yaxes(type="log", exponentformat="power", range=[low, high], title_standoff=14)
    timesteps = list(range(1, len(flows[0].hidden) + 1))
    figure.update_xaxes(range=[0.5, len(timesteps) + 0.5])

    def add(values: Sequence[float | None], name: str, **options: Any) -> None:
        # Its name says which trace it is: some come and go while a dial is dragged, and what was hidden stays hidden.
        options = {"mode": "lines", "uid": name, **options}
        figure.add_scatter(x=timesteps, y=row(values, CHART_DIGITS), name=name, **options)

    bounded = [(flow.cell, flow.bound) for flow in flows if flow.bound is not None]
    for number, (cell, bound) in enumerate(bounded):
        drawn = [None if value is None or value > 10**high else value for value in bound]
        line = {"color": COLOURS[cell], "width": 1.5, "dash": "dot"}
        add(drawn, words["bound"], line=line, showlegend=number == 0, uid=f"bound {cell}")
    met: set[str] = set()
    for flow in flows:
        cell, pale = flow.cell, flow.cell in met
        met.add(cell)
        name = words["no_forget_bias"] if pale else words[cell]
        line = {"color": COLOURS[cell], "dash": "dash" if pale else "solid"}
        opacity = PALE + 0.25 if pale else 1
        add(flow.hidden, name, line={**line, "width": 1.5 if pale else 2.5}, opacity=opacity)
        if flow.memory is not None:
            thin = {**line, "width": 1}
            add(flow.memory, f"{name}, c", line=thin, opacity=opacity, showlegend=not pale)
        mark = {"color": COLOURS[cell], "size": 8}
        marks = (
            ("zero", flow.zeros, 0, low, "triangle-down-open"),
            ("beyond", flow.beyond, None, high, "triangle-up-open"),
        )
        for what, count, marked, place, symbol in marks:
            if not count:
                continue
            add(
                [10.0**place if value == marked else None for value in flow.hidden],
                f"{name}: {words[what]}",
                mode="markers",
                marker={**mark, "symbol": symbol},
                hovertemplate="%{fullData.name}<extra></extra>",
                cliponaxis=False,
            )
    for flow in flows:
        if flow.theory is not None:
            line = {"color": COLOURS["truth"], "width": 2.5, "dash": "dash"}
            add(flow.theory, words["theory"], line=line)
    return figure


def _axis(flows: Sequence[GradientFlowAnswer]) -> tuple[int, int]:
    lines = [line or [] for flow in flows for line in (flow.hidden, flow.memory, flow.theory)]
    values = [value for line in lines for value in line if value]
    low, high = (floor(log10(min(values))), floor(log10(max(values))) + 1) if values else (0, 1)
    bottom = next((power for power in BOTTOMS if power <= low - 0.5), BOTTOMS[-1])
    return bottom, next((power for power in TOPS if power >= high), TOPS[-1])
