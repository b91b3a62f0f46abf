"""Figure templates of the microscope: what it finds of a network's Jacobians, recurrent weights and gates."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from playground.figures.training import COLOURS, blank_figure
from rnn_engine.questions.kinds import MicroscopeAnswer, Saturation

ZERO_FLOOR = 2  # powers of ten below the least value: where directions that are lost altogether are marked
GAUGE = 1.5  # of the Lyapunov exponent: what lies beyond is shown at the end
LN10 = math.log(10)
#: Gates in the order in which the probe names them; colour and dash.
LINES = (("#4f7df3", "solid"), ("#f08c00", "dash"), ("#12a67c", "dot"), ("#e64980", "dashdot"))
VANISHES, EXPLODES = "rgba(79,125,243,0.35)", "rgba(230,73,128,0.35)"

Logs = Sequence[float | None]


def spectrum_figure(
    words: Mapping[str, str], found: MicroscopeAnswer, colour: str, theory: Mapping[str, float]
) -> go.Figure:
    """Singular values of the product of Jacobians against the lag, as powers of ten, the largest standing out.

    `theory` holds what a single number of W_hh would make one expect: a factor per timestep, drawn as a line.
    """
    figure = blank_figure(words["lag"], words["stretch"])
    lags, lines = found.lags, found.singular
    # The frame holds the upper half of the directions: the lowest fall so steeply that nothing else would be seen.
    framed = [*lines[: len(lines) // 2 + 1], found.norm]
    values = [value for line in framed for value in line if value is not None]
    low, high = min(values, default=0.0) / LN10, max(values, default=0.0) / LN10
    floor = math.floor(low) - ZERO_FLOOR
    for index, (place, line) in enumerate(zip(found.places, lines, strict=True)):
        if index == 0 and len(lines) > 1:
            continue  # the largest is drawn last, from the product itself
        last = index == len(lines) - 1
        lost = [lag for lag, value in zip(lags, line, strict=True) if value is None]
        if lost:
            low = min(low, floor)
            figure.add_scatter(
                x=lost,
                y=[floor] * len(lost),
                mode="markers",
                name=words["zero"],
                showlegend=last,
                marker={"color": colour, "symbol": "triangle-down-open", "size": 6},
                hovertemplate="0<extra></extra>",
            )
        figure.add_scatter(
            x=lags,
            y=_tens(line),
            mode="lines",
            name=words["smallest"] if last and not lost else words["direction"].format(place=place),
            showlegend=last and not lost,
            line={"color": colour, "width": 1.2},
            opacity=0.85 if last else 0.45,
            hovertemplate="10<sup>%{y:.1f}</sup>",
        )
    for (name, factor), dash in zip(theory.items(), ("dash", "dot"), strict=False):
        if factor > 1e-9:
            slope = math.log10(factor)
            figure.add_scatter(
                x=lags,
                y=[slope * lag for lag in lags],
                mode="lines",
                name=words[name],
                line={"color": COLOURS["baseline"], "width": 1.5, "dash": dash},
                hovertemplate="10<sup>%{y:.1f}</sup>",
            )
    figure.add_scatter(
        x=lags,
        y=_tens(found.norm),
        mode="lines+markers" if len(lags) <= 50 else "lines",
        name=words["largest"],
        line={"color": colour, "width": 3.5},
        marker={"size": 5},
        hovertemplate="10<sup>%{y:.2f}</sup>",
    )
    margin = 0.06 * max(high - low, 1)
    ticks = _powers(low, high)
    figure.update_yaxes(
        range=[low - margin, max(high, 0) + margin], tickvals=ticks, ticktext=[f"10<sup>{k}</sup>" for k in ticks]
    )
    return figure


def eigenvalue_figure(
    words: Mapping[str, str], eigenvalues: Mapping[str, Sequence[Sequence[float]]], cell: str
) -> go.Figure:
    """The eigenvalues of W_hh in the complex plane, a colour for each gate's part of it, with the unit circle."""
    figure = blank_figure(words["real"], words["imaginary"])
    figure.update_layout(hovermode="closest")
    around = [2 * math.pi * i / 120 for i in range(121)]
    figure.add_scatter(
        x=[math.cos(angle) for angle in around],
        y=[math.sin(angle) for angle in around],
        mode="lines",
        name=words["unit_circle"],
        line={"color": COLOURS["truth"], "width": 2},
        hoverinfo="skip",
    )
    symbols = ("circle", "diamond", "cross", "square")
    for (name, values), (colour, _dash), symbol in zip(eigenvalues.items(), LINES, symbols, strict=False):
        figure.add_scatter(
            x=[value[0] for value in values],
            y=[value[1] for value in values],
            mode="markers",
            name=words[f"gate_{name}"],
            marker={"color": COLOURS[cell] if len(eigenvalues) == 1 else colour, "size": 7, "symbol": symbol},
            opacity=0.85,
            hovertemplate="%{x:.3f} %{y:+.3f} i",
        )
    reach = 1.15 * max([1.0, *(abs(part) for values in eigenvalues.values() for value in values for part in value)])
    figure.update_xaxes(range=[-reach, reach], constrain="domain")
    figure.update_yaxes(range=[-reach, reach], scaleanchor="x", constrain="domain")
    return figure


def saturation_figure(words: Mapping[str, str], saturation: Mapping[str, Saturation], cell: str) -> go.Figure:
    """How often each slope and gate has which value: bars for a simple RNN, a line for each gate otherwise."""
    figure = blank_figure(words["value"], words["share"])
    figure.update_layout(bargap=0.05)
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(rangemode="tozero", tickformat=".0%")
    for (name, found), (colour, dash) in zip(saturation.items(), LINES, strict=False):
        shares = found.shares
        width = 1 / len(shares)
        if len(saturation) == 1:
            middles = [(i + 0.5) * width for i in range(len(shares))]
            figure.add_bar(x=middles, y=shares, width=width, name=words[f"of_{name}"], marker={"color": COLOURS[cell]})
            figure.update_layout(showlegend=True)
        else:
            figure.add_scatter(
                x=[i * width for i in range(len(shares) + 1)],
                y=[*shares, shares[-1]],
                mode="lines",
                name=words[f"of_{name}"],
                line={"shape": "hv", "color": colour, "width": 2, "dash": dash},
            )
    return figure


def gauge_figure(words: Mapping[str, str], exponent: float | None) -> go.Figure:
    """The largest Lyapunov exponent between vanishing, left of 0, and exploding, right of it."""
    figure = go.Figure(
        layout={"template": "none", "margin": {"l": 24, "r": 24, "t": 34, "b": 24}, "paper_bgcolor": "rgba(0,0,0,0)"}
    )
    shown = -GAUGE if exponent is None else min(max(exponent, -GAUGE), GAUGE)
    figure.add_indicator(
        mode="gauge",
        value=shown,
        gauge={
            "shape": "bullet",
            "axis": {"range": [-GAUGE, GAUGE], "tickvals": [-1.5, -1, -0.5, 0, 0.5, 1, 1.5]},
            "bar": {"color": "rgba(0,0,0,0)"},
            "bordercolor": "#8d99ae",
            "steps": [{"range": [-GAUGE, 0], "color": VANISHES}, {"range": [0, GAUGE], "color": EXPLODES}],
            "threshold": {"value": shown, "thickness": 1, "line": {"color": "#f08c00", "width": 6}},
        },
        domain={"x": [0, 1], "y": [0, 1]},
    )
    for text, x, anchor in ((words["vanishes"], 0, "left"), (words["explodes"], 1, "right")):
        figure.add_annotation(
            text=text, x=x, y=1.02, xref="paper", yref="paper", xanchor=anchor, yanchor="bottom", showarrow=False
        )
    return figure


def _tens(logs: Logs) -> list[float | None]:
    return [None if value is None else value / LN10 for value in logs]


def _powers(low: float, high: float) -> list[int]:
    """Some ten whole numbers from `low` to `high` and beyond by one step, 0 among them."""
    every = max(1, math.ceil((max(high, 0) - low) / 8))
    every = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**9) if step >= every)
    return list(range(math.floor(low / every) * every, math.ceil(max(high, 0)) + every, every))
