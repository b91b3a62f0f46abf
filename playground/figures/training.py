"""Figure templates: pure functions that return Plotly figures. They know neither Streamlit nor torch.

A live trace names in `meta` where its values come from in a run's stream, as `live/sources.js` reads them.
Everything else in a template is fixed. Colours mean the same thing on every page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from rnn_engine.cells import CELLS

COLOURS: dict[str, str] = {
    "train": "#4f7df3",
    "test": "#f08c00",
    "truth": "#8d99ae",
    "forecast": "#12a67c",
    "baseline": "#a06a5b",
    **{cell: record.colour for cell, record in CELLS.items()},
}
DASHES = ("solid", "dash", "dot", "dashdot")
PALE = 0.35

Lines = Mapping[str, Sequence[float | None]]  # several lines' values, by name


def loss_figure(
    words: Mapping[str, str], baselines: Mapping[str, float], steps: int, log: bool, unit: str
) -> go.Figure:
    """Training and test loss against the step, with the naive baselines as level lines."""
    figure = blank_figure(words["step"], f"{words['loss']} ({unit})" if unit else words["loss"])
    figure.update_yaxes(type="log" if log else "linear", exponentformat="power")
    figure.update_xaxes(rangemode="tozero")
    for source, colour in (("train", COLOURS["train"]), ("test", COLOURS["test"])):
        figure.add_scatter(
            **_live(x=f"previous.{source}_steps", y=f"previous.{source}_losses"),
            name=words["previous"],
            line={"color": colour, "width": 1},
            opacity=PALE,
            showlegend=False,
        )
    figure.add_scatter(
        **_live(x="history.train_steps", y="history.train_losses"),
        name=words["train"],
        line={"color": COLOURS["train"], "width": 1.5},
    )
    figure.add_scatter(
        **_live(x="history.test_steps", y="history.test_losses"),
        name=words["test"],
        line={"color": COLOURS["test"], "width": 2.5},
    )
    for dash, (name, value) in zip(DASHES[1:], baselines.items(), strict=False):
        figure.add_scatter(
            x=[0, steps],
            y=[value, value],
            meta={"x": "axis.steps"},
            mode="lines",
            name=words[name],
            line={"color": COLOURS["baseline"], "width": 1.5, "dash": dash},
        )
    return figure


def prediction_figure(
    words: Mapping[str, str], positions: Sequence[float] | Sequence[str], truth: Sequence[float], name: str
) -> go.Figure:
    """The truth on the test part and, live, what the network predicts from the T values before each point."""
    figure = blank_figure(words["position"], name or words["value"])
    figure.add_scatter(
        x=positions, y=truth, mode="lines", name=words["truth"], line={"color": COLOURS["truth"], "width": 4}
    )
    figure.add_scatter(
        x=positions,
        y=[None] * len(truth),
        meta={"y": "frame.prediction"},
        mode="lines",
        name=words["prediction"],
        line={"color": COLOURS["forecast"], "width": 2},
    )
    return figure


def gradient_flow_figure(
    words: Mapping[str, str], cell: str, num_layers: int, sequence_length: int, has_cell_state: bool
) -> go.Figure:
    """G_t against the timestep on a logarithmic axis, a line a layer; those of a cell state as thin lines."""
    figure = blank_figure(words["timestep"], "G<sub>t</sub>")
    figure.update_yaxes(type="log", exponentformat="power")
    figure.update_xaxes(range=[0.5, sequence_length + 0.5])
    timesteps = list(range(1, sequence_length + 1))
    mode = "lines+markers" if sequence_length <= 60 else "lines"
    for layer in range(num_layers):
        name = words["layer"].format(number=layer + 1) if num_layers > 1 else words["hidden_state"]
        line = {"color": COLOURS[cell], "dash": DASHES[layer]}
        figure.add_scatter(
            x=timesteps,
            y=[None] * sequence_length,
            meta={"y": f"previous.gradient_flow.hidden.{layer}"},
            mode="lines",
            name=words["previous"],
            line={**line, "width": 1},
            opacity=PALE,
            showlegend=False,
        )
        figure.add_scatter(
            x=timesteps,
            y=[None] * sequence_length,
            meta={"y": f"frame.gradient_flow.hidden.{layer}"},
            mode=mode,
            name=name,
            line={**line, "width": 2.5},
            marker={"size": 4},
        )
        figure.add_scatter(
            x=timesteps,
            y=[None] * sequence_length,
            meta={"y": f"frame.gradient_flow.hidden.{layer} | zeros"},
            mode="markers",
            name=words["zero"],
            showlegend=False,
            hovertemplate="0<extra>%{fullData.name}</extra>",
            marker={"color": COLOURS[cell], "symbol": "triangle-down-open", "size": 8},
        )
        if has_cell_state:
            figure.add_scatter(
                x=timesteps,
                y=[None] * sequence_length,
                meta={"y": f"frame.gradient_flow.cell.{layer}"},
                mode="lines",
                opacity=0.7,
                name=f"{name}, {words['cell_state']}" if num_layers > 1 else words["cell_state"],
                line={**line, "width": 1.5, "color": COLOURS[cell]},
            )
    return figure


def signal_figure(
    words: Mapping[str, str], positions: Sequence[Any], values: Sequence[float], training_part: int, name: str
) -> go.Figure:
    """The whole series: what trains and what tests."""
    figure = blank_figure(words["position"], name or words["value"])
    parts = (("train", slice(0, training_part)), ("test", slice(max(0, training_part - 1), None)))
    for part, where in parts:
        figure.add_scatter(
            x=positions[where],
            y=values[where],
            mode="lines",
            name=words[part],
            line={"color": COLOURS[part], "width": 1.5},
        )
    return figure


def forecast_figure(words: Mapping[str, str], answer: Lines, name: str) -> go.Figure:
    """Free-running and one-step forecasts beside the truth and persistence."""
    figure = blank_figure(words["ahead"], name or words["value"])
    lines = (
        ("truth", "truth", 4, "solid"),
        ("persistence", "baseline", 1.5, "dot"),
        ("one_step", "test", 1.5, "dash"),
        ("free_running", "forecast", 2.5, "solid"),
    )
    for key, colour, width, dash in lines:
        values = answer[key]
        figure.add_scatter(
            x=list(range(1, len(values) + 1)),
            y=values,
            mode="lines",
            name=words[key],
            line={"color": COLOURS[colour], "width": width, "dash": dash},
        )
    return figure


def forecast_error_figure(words: Mapping[str, str], answer: Lines) -> go.Figure:
    """Absolute error against the horizon, beside persistence."""
    figure = blank_figure(words["ahead"], words["error"])
    for key, colour in (("persistence", "baseline"), ("one_step", "test"), ("free_running", "forecast")):
        values = answer[f"error_{key}"]
        figure.add_scatter(
            x=list(range(1, len(values) + 1)),
            y=values,
            mode="lines",
            name=words[key],
            line={"color": COLOURS[colour], "width": 2},
        )
    return figure


def _live(**sources: str) -> dict[str, Any]:
    return {"x": [], "y": [], "meta": sources, "mode": "lines"}


def blank_figure(x: str, y: str) -> go.Figure:
    axis = {"showgrid": True, "zeroline": False, "automargin": True}
    return go.Figure(
        layout={
            "template": "none",
            "uirevision": "keep",  # zoom and hidden traces survive every redraw
            "margin": {"l": 56, "r": 12, "t": 8, "b": 40},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "hovermode": "x unified",
            "xaxis": {**axis, "title": {"text": x}},
            "yaxis": {**axis, "title": {"text": y}},
        }
    )
