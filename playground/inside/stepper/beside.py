"""What stands below the stepper: a second sequence through the same network, or how parameter counts grow with T."""

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd
import streamlit as st

from playground import live
from playground.figures.templates import Template, plain
from playground.figures.training import COLOURS, blank_figure
from playground.inside.stepper.settings import StepperSettings
from playground.language.i18n import _, language
from playground.live.readings import Reading
from rnn_engine.cells import Cell
from rnn_engine.cost import estimate, feed_forward_parameters
from rnn_engine.measures.results import Array
from rnn_engine.plain import number, row
from rnn_engine.questions.kinds import OtherSequence

LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def show_beside(page: str, view: StepperSettings, other: OtherSequence | None, digits: int | None) -> None:
    """Draw what belongs to this sequence, if anything does; `digits` are sent of each distance, None: all."""
    if view.reads == "sine":
        _show_counts(page, view)
    elif other is not None:
        _show_other(page, view.read().units, other, digits)


def _show_other(page: str, units: Sequence[str], other: OtherSequence, digits: int | None) -> None:
    st.subheader(_("The same network reads another sequence"))
    rows = [
        Reading(
            "distance", _("Distance of the last hidden states"), _("Norm of the difference of the two h at their ends.")
        ),
        Reading(
            "bag_distance",
            _("Distance of the bag's answers"),
            _("The same for a network without order: it adds up the vectors of all inputs, then one linear map."),
        ),
    ]
    live.values(page, "compare", rows, {each.name: number(getattr(other, each.name), digits) for each in rows})
    table = {
        _("Sequence"): [" ".join(units), " ".join(other.units)],
        _("h at the end"): [_listed(state) for state in other.states],
        _("Recurrent network's y"): [_listed(output) for output in other.outputs],
        _("Bag of words' y"): [_listed(bag) for bag in other.bags],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True)
    if other.distances is not None:
        chart = _distance_chart(tuple(row(other.distances, digits)), language())
        alt = _("Distance of the two hidden states against the timestep.")
        live.chart(page, "distances", chart, height=220, alt=alt)
        st.caption(
            _(
                "How far the two hidden states are apart after each timestep. What was read first is still in the last one."
            )
        )
    if other.bag_distance == 0:
        st.caption(
            _("To the bag of words the two are the same: it adds up the same words. The recurrent network tells.")
        )


def _listed(values: Array) -> str:
    return "  ".join(f"{value:.3f}" for value in values[:8]) + (" …" if len(values) > 8 else "")


@lru_cache(maxsize=64)
def _distance_chart(distances: tuple[float | None, ...], lang: str) -> Template:
    figure = blank_figure(_("timestep t"), _("distance of the two h"))
    figure.add_scatter(
        x=list(range(1, len(distances) + 1)),
        y=distances,
        mode="lines+markers",
        line={"color": COLOURS["rnn_tanh"], "width": 2},
        marker={"size": 9},
    )
    figure.update_xaxes(dtick=1 if len(distances) <= 20 else None)
    figure.update_yaxes(rangemode="tozero")
    return plain(figure)


def _show_counts(page: str, view: StepperSettings) -> None:
    st.subheader(_("Parameters against the length"))
    recurrent, feed_forward = counts(view.cell, view.hidden_size, view.sequence_length)
    rows = [
        Reading(
            "parameters",
            _("Recurrent network"),
            _("Parameters, as PyTorch counts them: two biases in a layer."),
            "count",
        ),
        Reading(
            "feed_forward_parameters",
            _("Feed-forward network"),
            _("Parameters of one that reads all T values at once, through as many hidden units."),
            "count",
        ),
    ]
    found = {"parameters": float(recurrent), "feed_forward_parameters": float(feed_forward)}
    live.values(page, "count-values", rows, found)
    chart = _count_chart(view.cell, view.hidden_size, view.sequence_length, language())
    live.chart(page, "counts", chart, height=260, alt=_("Number of parameters against the sequence length T."))
    st.caption(
        _(
            "The recurrent network has the same weights at every timestep, so it has as many for T = 10 as for T = 1000. "
            "A feed-forward network needs weights of its own for every timestep, and can read no other length."
        )
    )


def counts(cell: Cell, hidden_size: int, sequence_length: int) -> tuple[int, int]:
    """Parameters of the recurrent network, and of a feed-forward one that reads as many numbers at once."""
    recurrent = estimate(
        cell=cell,
        input_size=1,
        hidden_size=hidden_size,
        num_layers=1,
        output_size=1,
        embedding_rows=0,
        sequence_length=sequence_length,
        batch_size=1,
        outputs_per_window=1,
    )
    feed_forward = feed_forward_parameters(
        input_size=1, hidden_size=hidden_size, output_size=1, sequence_length=sequence_length
    )
    return recurrent.parameters, feed_forward


@lru_cache(maxsize=64)
def _count_chart(cell: Cell, hidden_size: int, chosen: int, lang: str) -> Template:
    figure = blank_figure(_("sequence length T"), _("parameters"))
    lengths = sorted({*LENGTHS, chosen})
    names = (_("recurrent"), _("feed-forward"))
    for place, (name, colour) in enumerate(zip(names, (COLOURS[cell], COLOURS["truth"]), strict=True)):
        values = [counts(cell, hidden_size, length)[place] for length in lengths]
        sizes = [13 if length == chosen else 6 for length in lengths]
        figure.add_scatter(
            x=lengths,
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": sizes},
        )
    figure.update_xaxes(type="log")
    figure.update_yaxes(type="log")
    return plain(figure)
