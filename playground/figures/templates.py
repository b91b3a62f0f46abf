"""The figures of an experiment, made once: building one with plotly takes longer than the rest of a page.

The language is part of what a figure depends on, so it stands among the arguments.
"""

import html
import json
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from playground.figures.targets import naive_losses, tested
from playground.figures.training import gradient_flow_figure, loss_figure, prediction_figure, signal_figure
from playground.language.i18n import _
from playground.language.words import figure_words
from rnn_engine import Experiment
from rnn_engine.cells import CELLS, Cell

MOST_DRAWN = 20_000  # values of a signal; longer ones are thinned

Template = dict[str, Any]


@lru_cache(maxsize=128)
def loss_template(experiment: Experiment, log: bool, lang: str) -> Template:
    """Training and test loss, with the naive baselines."""
    unit = _(experiment.task.loss_unit)
    return plain(loss_figure(figure_words(), naive_losses(experiment), experiment.steps, log, unit))


@lru_cache(maxsize=128)
def prediction_template(experiment: Experiment, lang: str) -> Template:
    """Truth and prediction on the test part."""
    positions, truth = tested(experiment)
    return plain(prediction_figure(figure_words(), positions, truth, name_of(experiment)))


@lru_cache(maxsize=128)
def gradient_flow_template(cell: Cell, num_layers: int, sequence_length: int, lang: str) -> Template:
    """G_t against the timestep."""
    has_cell_state = CELLS[cell].has_cell_state
    return plain(gradient_flow_figure(figure_words(), cell, num_layers, sequence_length, has_cell_state))


@lru_cache(maxsize=32)
def signal_chart(experiment: Experiment, lang: str) -> go.Figure:
    """The whole series with its split; not live."""
    task, split = experiment.task, experiment.split
    values = task.sequence(experiment.training.seed)
    thin = max(1, -(-len(values) // MOST_DRAWN))
    positions = list(getattr(task, "timestamps", None) or range(len(values)))[::thin]
    return signal_figure(
        figure_words(), positions, values[::thin].tolist(), split.training_part // thin, name_of(experiment)
    )


def name_of(experiment: Experiment) -> str:
    """What the series measures, if it says so."""
    return html.escape(_(getattr(experiment.task, "name", "")))  # plotly's labels know some HTML


def plain(figure: go.Figure) -> Template:
    """A figure as a component takes it."""
    # Through plotly's own JSON, which knows numpy and None; a dictionary is what a component takes.
    return json.loads(figure.to_json())
