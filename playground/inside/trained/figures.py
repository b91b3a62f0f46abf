"""Figure templates of a trained network: its states, its path, its gates and its answer. They stand still."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from playground.figures.training import COLOURS, blank_figure
from playground.language.characters import MARKS

Values = npt.NDArray[np.float64]

NEGATIVE, POSITIVE = COLOURS["train"], COLOURS["test"]  # as in colouring.js
SIGNED = ((0, NEGATIVE), (0.5, "rgba(128, 128, 128, 0.08)"), (1, POSITIVE))
TIME = "Viridis"
#: Gates by name; colour and dash.
GATE_LINES = {
    "i": ("#12a67c", "dot"), "f": ("#4f7df3", "solid"), "o": ("#f08c00", "dash"),
    "z": ("#4f7df3", "solid"), "r": ("#f08c00", "dash"),
}  # fmt: skip


def states_figure(
    words: Mapping[str, str], states: Values, order: Sequence[int], labels: Sequence[str], at: int, neuron: int
) -> go.Figure:
    """Every unit's state over time: a column a timestep, a row a unit in this order, the slowest at the top."""
    figure = blank_figure(words["timestep"], words["units"])
    timesteps, units = states.shape
    highest = float(np.abs(states).max()) or 1.0
    figure.update_layout(hovermode="closest")
    figure.add_heatmap(
        x=list(range(1, timesteps + 1)),
        y=list(range(1, units + 1)),
        z=states[:, order].T.astype(np.float32),
        text=[[f"{words['unit']} {unit + 1}, {label}" for label in labels] for unit in order],
        colorscale=SIGNED,
        zmin=-highest,
        zmax=highest,
        colorbar={"thickness": 10, "title": {"text": "h"}},
        hovertemplate="%{text}: %{z:.3f}<extra></extra>",
    )
    row = list(order).index(neuron - 1) + 1
    edge = {"color": "rgba(128, 128, 128, 0.9)", "width": 1.5}
    figure.add_shape(type="rect", x0=0.5, x1=timesteps + 0.5, y0=row - 0.5, y1=row + 0.5, line=edge)
    figure.add_shape(type="rect", x0=at - 0.5, x1=at + 0.5, y0=0.5, y1=units + 0.5, line=edge)
    figure.update_yaxes(range=[units + 0.5, 0.5], showticklabels=False, showgrid=False)
    figure.update_xaxes(range=[0.5, timesteps + 0.5], showgrid=False)
    return figure


def path_figure(
    words: Mapping[str, str], points: Values, explained: Sequence[float], labels: Sequence[str], at: int, space: bool
) -> go.Figure:
    """The hidden state's way along its principal components, coloured by time; the chosen timestep stands out."""
    shares = [*explained, 0.0, 0.0, 0.0][:3]  # a state of one or two units has fewer components
    points = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
    name = "" if space else f"{words['component']} "
    titles = [f"{name}{i + 1} ({share:.0%})" for i, share in enumerate(shares)]
    figure = blank_figure(titles[0], titles[1])
    figure.update_layout(hovermode="closest")
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    hover = {"text": list(labels), "hovertemplate": "%{text}<extra></extra>"}
    colours = {"color": list(range(1, len(points) + 1)), "colorscale": TIME}
    bar = {"thickness": 10, "title": {"text": "t"}}
    line = {"color": "rgba(128, 128, 128, 0.4)", "width": 1.5}
    here = {"color": "rgba(0, 0, 0, 0)", "size": 14, "line": {"color": "#e64980", "width": 3}}
    trace: dict[str, Any] = {"showlegend": False, "name": words["path"]}
    if space:
        figure.add_scatter3d(
            x=x, y=y, z=z, mode="lines+markers", line={"color": COLOURS["truth"], "width": 3},
            marker={**colours, "size": 2.5, "colorbar": bar}, **hover, **trace,
        )  # fmt: skip
        figure.add_scatter3d(
            x=x[at - 1 : at], y=y[at - 1 : at], z=z[at - 1 : at], mode="markers",
            marker={"color": "#e64980", "size": 5}, hoverinfo="skip", **trace,
        )  # fmt: skip
        axes = {
            axis: {"title": {"text": title, "font": {"size": 11}}}
            for axis, title in zip(("xaxis", "yaxis", "zaxis"), titles, strict=False)
        }
        figure.update_layout(scene={**axes, "aspectmode": "cube", "camera": {"eye": {"x": 1.7, "y": 1.5, "z": 1.0}}})
    else:
        figure.add_scatter(
            x=x, y=y, mode="lines+markers", line=line, marker={**colours, "size": 7, "colorbar": bar}, **hover, **trace
        )
        figure.add_scatter(x=x[at - 1 : at], y=y[at - 1 : at], mode="markers", marker=here, hoverinfo="skip", **trace)
    return figure


def series_figure(words: Mapping[str, str], values: Values, neuron: Values, at: int) -> go.Figure:
    """What was read, each value coloured by the neuron's state after it."""
    figure = blank_figure(words["timestep"], words["value"])
    figure.update_layout(hovermode="closest")
    timesteps = list(range(1, len(values) + 1))
    figure.add_scatter(
        x=timesteps, y=values, mode="lines", name=words["value"], showlegend=False, hoverinfo="skip",
        line={"color": COLOURS["truth"], "width": 1},
    )  # fmt: skip
    figure.add_scatter(
        x=timesteps,
        y=values,
        mode="markers",
        name=words["neuron"],
        showlegend=False,
        text=[f"t = {t}: {state:.3f}" for t, state in zip(timesteps, neuron, strict=True)],
        hovertemplate="%{text}<extra></extra>",
        marker={
            "color": neuron, "colorscale": SIGNED, "cmin": -1, "cmax": 1, "size": 9,
            "colorbar": {"thickness": 10}, "line": {"color": COLOURS["truth"], "width": 1},
        },
    )  # fmt: skip
    figure.add_vline(x=at, line={"color": "rgba(128, 128, 128, 0.9)", "width": 1.5, "dash": "dot"})
    return figure


def saliency_figure(words: Mapping[str, str], saliency: Values, labels: Sequence[str], floor: float) -> go.Figure:
    """||dy/dx_t|| against the timestep, logarithmic; exact zeros on a marked floor."""
    figure = blank_figure(words["timestep"], words["moved_by"])
    figure.update_layout(hovermode="closest")
    figure.update_yaxes(type="log", exponentformat="power")
    timesteps = list(range(1, len(saliency) + 1))
    figure.add_scatter(
        x=timesteps,
        y=[value if value > 0 else None for value in saliency],
        mode="lines+markers" if len(timesteps) <= 80 else "lines",
        name=words["moved_by"],
        showlegend=False,
        text=list(labels),
        hovertemplate="%{text}: %{y:.3g}<extra></extra>",
        line={"color": POSITIVE, "width": 2},
        marker={"size": 5},
    )
    zeros = [t for t, value in zip(timesteps, saliency, strict=True) if value == 0]
    if zeros:
        figure.add_scatter(
            x=zeros, y=[floor] * len(zeros), mode="markers", name=words["zero"], hovertemplate="0<extra></extra>",
            marker={"color": POSITIVE, "symbol": "triangle-down-open", "size": 8},
        )  # fmt: skip
    return figure


def likely_figure(words: Mapping[str, str], likely: Sequence[tuple[str, float]], asked: str) -> go.Figure:
    """The likeliest answers with their probabilities; the one that is asked about stands out."""
    figure = blank_figure(words["probability"], "")
    names, chances = [name for name, _p in likely], [p for _name, p in likely]
    figure.add_bar(
        x=chances,
        y=list(range(len(names))),
        orientation="h",
        name=words["probability"],
        marker={"color": [POSITIVE if name == asked else COLOURS["truth"] for name in names]},
        text=[f"{p:.1%}" for p in chances],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], tickvals=list(range(len(names))), ticktext=_plain(names))
    figure.update_xaxes(range=[0, 1.1], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    return figure


def gates_figure(
    words: Mapping[str, str], gates: Mapping[str, Values], neuron: int, labels: Sequence[str], at: int
) -> go.Figure:
    """What each gate of one unit lets pass at every timestep."""
    figure = blank_figure(words["timestep"], words["lets_pass"])
    figure.update_yaxes(range=[-0.02, 1.02])
    for name, (colour, dash) in GATE_LINES.items():
        if name in gates:
            figure.add_scatter(
                x=list(range(1, len(labels) + 1)),
                y=gates[name][:, neuron - 1],
                mode="lines",
                name=words[f"gate_{name}"],
                text=list(labels),
                hovertemplate="%{text}: %{y:.3f}",
                line={"color": colour, "width": 2, "dash": dash},
            )
    figure.add_vline(x=at, line={"color": "rgba(128, 128, 128, 0.9)", "width": 1.5, "dash": "dot"})
    return figure


def time_constants_figure(words: Mapping[str, str], constants: Values, neuron: int) -> go.Figure:
    """Every unit's time constant, from the longest to the shortest; the chosen unit stands out."""
    figure = blank_figure(words["rank"], words["time_constant"])
    figure.update_layout(hovermode="closest")
    order = np.argsort(-constants, kind="stable")
    longest = constants[np.isfinite(constants)].max(initial=1.0)
    drawn = np.where(np.isfinite(constants), constants, 10 * longest)[order]  # a gate that never closed
    figure.add_bar(
        x=list(range(1, len(order) + 1)),
        y=drawn,
        name=words["time_constant"],
        showlegend=False,
        text=[f"{words['unit']} {unit + 1}: {constants[unit]:.3g}" for unit in order],
        textposition="none",
        hovertemplate="%{text}<extra></extra>",
        marker={"color": ["#e64980" if unit == neuron - 1 else COLOURS["truth"] for unit in order]},
    )
    figure.update_yaxes(type="log", exponentformat="power", dtick="D2")
    return figure


def _plain(names: Sequence[str]) -> list[str]:
    """Names as an axis shows them: plotly's labels know some HTML, and these may be anybody's characters."""
    escape = {"<": "&lt;", ">": "&gt;", "&": "&amp;", **MARKS}
    return ["".join(escape.get(character, character) for character in name) for name in names]
