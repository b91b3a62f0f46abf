"""Figure templates of several runs: pure functions that return Plotly figures, a colour a run."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from playground.figures.training import COLOURS, blank_figure
from rnn_engine.cells import CELLS, Cell

Names = Sequence[tuple[str, str]]  # (name, colour) of every run


def race_loss_figure(words: Mapping[str, str], lanes: Names, floor: float | None, unit: str, log: bool) -> go.Figure:
    """Training loss of each run, thin, and its test loss, thick; the floor as a level line."""
    figure = blank_figure(words["step"], f"{words['loss']} ({unit})")
    figure.update_yaxes(type="log" if log else "linear", exponentformat="power")
    figure.update_xaxes(rangemode="tozero")
    for place, (name, colour) in enumerate(lanes):
        for part, width, opacity in (("train", 1, 0.5), ("test", 2.5, 1)):
            figure.add_scatter(
                x=[],
                y=[],
                meta={"x": f"lanes.{place}.history.{part}_steps", "y": f"lanes.{place}.history.{part}_losses"},
                mode="lines",
                name=name if part == "test" else f"{name}, {words['train']}",
                showlegend=part == "test",
                opacity=opacity,
                line={"color": colour, "width": width},
            )
    if floor is not None:
        figure.add_scatter(
            x=[0, 1],
            y=[floor, floor],
            meta={"x": "axis.steps"},
            mode="lines",
            name=words["floor"],
            line={"color": COLOURS["baseline"], "width": 1.5, "dash": "dash"},
        )
    return figure


def race_flow_figure(
    words: Mapping[str, str], lanes: Names, lengths: Sequence[int], cells: Sequence[Cell]
) -> go.Figure:
    """G_t of each run's top layer against the timestep, counted back from the last; the LSTM's cell state dotted."""
    figure = blank_figure(words["before_last"], "G<sub>t</sub>")
    figure.update_yaxes(type="log", exponentformat="power")
    for place, ((name, colour), length, cell) in enumerate(zip(lanes, lengths, cells, strict=True)):
        timesteps = list(range(1 - length, 1))
        figure.add_scatter(
            x=timesteps,
            y=[None] * length,
            meta={"y": f"lanes.{place}.frame.gradient_flow.hidden.-1"},
            mode="lines",
            name=name,
            line={"color": colour, "width": 2.5},
        )
        figure.add_scatter(**_zeros(words, timesteps, f"lanes.{place}.frame.gradient_flow.hidden.-1 | zeros", colour))
        if CELLS[cell].has_cell_state:
            figure.add_scatter(
                x=timesteps,
                y=[None] * length,
                meta={"y": f"lanes.{place}.frame.gradient_flow.cell.-1"},
                mode="lines",
                name=f"{name}, {words['cell_state']}",
                line={"color": colour, "width": 1.5, "dash": "dot"},
            )
    return figure


def norms_figure(words: Mapping[str, str], lanes: Names) -> go.Figure:
    """Each run's gradient norm against the step: before clipping, and broken after it."""
    figure = blank_figure(words["step"], words["gradient_norm"])
    figure.update_yaxes(type="log", exponentformat="power")
    figure.update_xaxes(rangemode="tozero")
    for place, (name, colour) in enumerate(lanes):
        for number, dash in (("gradient_norm", "solid"), ("clipped.norm", "dot")):
            figure.add_scatter(
                x=[],
                y=[],
                meta={"x": f"lanes.{place}.looks.*.step", "y": f"lanes.{place}.looks.*.{number}"},
                mode="lines",
                name=name if dash == "solid" else f"{name}, {words['clipped']}",
                showlegend=dash == "solid",
                line={"color": colour, "width": 1.5, "dash": dash},
            )
    return figure


def horizon_figure(words: Mapping[str, str], lanes: Names) -> go.Figure:
    """Each run's memory horizon against the step."""
    figure = blank_figure(words["step"], words["horizon"])
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(rangemode="tozero")
    for place, (name, colour) in enumerate(lanes):
        figure.add_scatter(
            x=[],
            y=[],
            meta={"x": f"lanes.{place}.looks.*.step", "y": f"lanes.{place}.looks.*.horizon"},
            mode="lines",
            name=name,
            line={"color": colour, "width": 2, "shape": "hv"},
        )
    return figure


def heatmap_figure(words: Mapping[str, str], sequence_length: int) -> go.Figure:
    """log10 G_t of the top layer: a column a step, a row a timestep; exact zeros are left empty."""
    figure = blank_figure(words["step"], words["timestep"])
    figure.update_layout(hovermode="closest")
    figure.add_heatmap(
        x=[],
        y=list(range(1, sequence_length + 1)),
        z=[],
        meta={"x": "looks.*.step", "z": "looks.*.flow | transposed | log10"},
        colorscale="Viridis",
        colorbar={"title": {"text": "log<sub>10</sub> G<sub>t</sub>"}, "thickness": 12},
        hovertemplate=f"{words['step']} %{{x}}, t = %{{y}}: 10^%{{z:.2f}}<extra></extra>",
    )
    return figure


def weight_share_figure(words: Mapping[str, str], sequence_length: int) -> go.Figure:
    """Each timestep's share of dL/dW_hh, top layer, against the lag."""
    figure = blank_figure(words["lag"], words["share"])
    figure.update_yaxes(type="log", exponentformat="power")
    figure.add_scatter(
        x=list(range(sequence_length)),
        y=[None] * sequence_length,
        meta={"y": "frame.weight_share.-1 | reversed"},
        mode="lines",
        fill="tozeroy",
        name=words["share"],
        line={"color": COLOURS["train"], "width": 2},
    )
    return figure


def scrubbed_flow_figure(words: Mapping[str, str], colour: str, sequence_length: int) -> go.Figure:
    """G_t now, and at the step that the visitor looks back to."""
    figure = blank_figure(words["timestep"], "G<sub>t</sub>")
    figure.update_yaxes(type="log", exponentformat="power")
    timesteps = list(range(1, sequence_length + 1))
    lines = (
        ("frame.probe.flow", words["hidden_state"], colour, 2.5, "solid"),
        ("frame.probe.cell", words["cell_state"], colour, 1.5, "dot"),
        ("scrubbed.flow", words["looked_back"], COLOURS["test"], 2.5, "solid"),
    )
    for source, name, line, width, dash in lines:
        figure.add_scatter(
            x=timesteps,
            y=[None] * sequence_length,
            meta={"y": source},
            mode="lines",
            name=name,
            line={"color": line, "width": width, "dash": dash},
        )
    figure.add_scatter(**_zeros(words, timesteps, "frame.probe.flow | zeros", colour))
    return figure


def _zeros(words: Mapping[str, str], timesteps: list[int], source: str, colour: str) -> dict[str, Any]:
    """Where G_t is exactly zero: on a floor below the axis' least value, for a logarithm has no place for it."""
    return {
        "x": timesteps,
        "y": [None] * len(timesteps),
        "meta": {"y": source},
        "mode": "markers",
        "name": words["zero"],
        "showlegend": False,
        "hovertemplate": "0<extra>%{fullData.name}</extra>",
        "marker": {"color": colour, "symbol": "triangle-down-open", "size": 8},
    }
