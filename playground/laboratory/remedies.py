"""Remedies: each a switch on the same seed, beside the network as it is."""

from typing import Annotated, Any, Literal

import streamlit as st
from pydantic import Field

from playground.comparing.comparison import (
    Comparison,
    Settings,
    loss_sentence,
    opened,
    possible_lanes,
    preset_button,
    say_impossible,
)
from playground.comparing.screen import show_side_by_side
from playground.comparing.side_by_side import Lane, SideBySide
from playground.comparing.tasks import OFFERS, TASK_WORDS, floor_of, task_named, what_is_asked
from playground.figures.training import COLOURS
from playground.language.i18n import N_, _, paragraph
from playground.settings.form import Form
from playground.settings.place import Place
from rnn_engine import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.runs import Run

HOME = Place("gradients-remedies", {"bench": "remedies"})
Remedy = Literal[
    "clip", "orthogonal", "irnn", "lstm", "gru", "truncate", "shorter", "skip", "layer_norm", "regulariser"
]

WORDS = {
    **TASK_WORDS,
    "none": N_("As it is"),
    "clip": N_("Clipping by norm"),
    "orthogonal": N_("Orthogonal start"),
    "irnn": N_("ReLU and identity"),
    "lstm": N_("LSTM, forget bias"),
    "gru": N_("GRU"),
    "truncate": N_("Truncated BPTT"),
    "shorter": N_("Half the timesteps"),
    "skip": N_("Skip"),
    "layer_norm": N_("Layer normalisation"),
    "regulariser": N_("Pascanu's regulariser"),
}
_COLOURS = {
    "none": "#e03131", "clip": COLOURS["train"], "orthogonal": COLOURS["forecast"], "irnn": COLOURS["rnn_relu"],
    "lstm": COLOURS["lstm"], "gru": COLOURS["gru"], "truncate": COLOURS["test"], "shorter": COLOURS["truth"],
    "skip": COLOURS["rnn_tanh"], "layer_norm": COLOURS["baseline"], "regulariser": "#099268",
}  # fmt: skip


class RemediesView(Comparison):
    """The settings of this bench."""

    remedies: Annotated[
        tuple[Remedy, ...], Field(title=N_("Remedies"), description=N_("Each trains beside the network as it is."))
    ] = ("orthogonal", "lstm", "skip")


MODELS = (NetworkConfig, TrainingConfig, RemediesView)
DEFAULTS = {
    "sequence_length": 60, "hidden_size": 32, "batch_size": 32, "learning_rate": 0.003, "epochs": 10, "clip_norm": 1.0,
    "truncate": 20, "skip": 0.9, "regulariser": 1.0, "forget_bias": 2.0,
}  # fmt: skip


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form, arena = opened(place, MODELS, DEFAULTS, WORDS)
    if not place.embedded:
        _presets(form, arena)
    with place.settings():
        form.widget("remedies")
        for name in ("task", "sequence_length", "hidden_size", "learning_rate", "optimizer"):
            form.widget(name)
        for remedy, name in (("clip", "clip_norm"), ("lstm", "forget_bias"), ("truncate", "truncate"), ("skip", "skip"), ("regulariser", "regulariser")):  # fmt: skip
            if remedy in form["remedies"]:
                form.widget(name)
        for name in ("batch_size", "epochs", "seed"):
            form.widget(name)
        lanes = possible_lanes(place.page, lambda: lanes_of(form))
    if lanes:
        st.caption(what_is_asked(form["task"], lanes[0].experiment))
        show_side_by_side(place, form, arena, lanes, ("gradient_flow", "race_loss", "norms", "horizons"))
        for sentence in _seen(form, lanes, arena.runs):
            st.markdown(sentence)
    else:
        say_impossible()
    form.close(arena.link)


def _presets(form: Form, arena: SideBySide) -> None:
    with st.container(horizontal=True):
        preset_button(_("Three that lengthen the reach"), ":material/healing:", form, arena)
        preset_button(
            _("Truncated: a hard edge"),
            ":material/content_cut:",
            form,
            arena,
            "preset_truncate",
            remedies=("truncate", "shorter"),
        )


def lanes_of(form: Settings) -> list[Lane]:
    return [
        Lane(_(WORDS[name]), _COLOURS[name], _experiment(form, name))
        for name in _COLOURS
        if name == "none" or name in form["remedies"]
    ]


def _experiment(form: Settings, remedy: str) -> Experiment:
    """The network as it is, a simple RNN, with one remedy; None in a box means the remedy's customary strength."""
    length = form["sequence_length"]
    network: dict[str, dict[str, Any]] = {
        "orthogonal": {"init": "orthogonal"},
        "irnn": {"cell": "rnn_relu", "init": "identity"},
        "lstm": {"cell": "lstm", "forget_bias": form["forget_bias"]},
        "gru": {"cell": "gru"},
        "skip": {"skip": form["skip"]},
        "layer_norm": {"layer_norm": True},
    }
    training: dict[str, dict[str, Any]] = {
        "clip": {"clip_norm": form["clip_norm"] or 1.0},
        "truncate": {"truncate": form["truncate"] or 20},
        "shorter": {"sequence_length": max(5, length // 2)},
        "regulariser": {"regulariser": form["regulariser"]},
    }
    names = ("sequence_length", "batch_size", "learning_rate", "optimizer", "epochs", "seed")
    settings = {name: form[name] for name in names} | training.get(remedy, {})
    return Experiment(
        task=task_named(form["task"], settings["sequence_length"]),
        network=NetworkConfig(
            hidden_size=form["hidden_size"],
            embedding_size=OFFERS[form["task"]].embedding_size,
            **network.get(remedy, {}),
        ),
        training=TrainingConfig(**settings, loss_on=OFFERS[form["task"]].loss_on),
    )


def _seen(form: Form, lanes: list[Lane], runs: tuple[Run | None, ...]) -> list[str]:
    """What each remedy did to the reach of the gradient and to the loss."""
    sentences = []
    for lane, run in zip(lanes, runs, strict=True):
        if run is None or not run.books.looks or not run.books.test_losses:
            continue
        horizon, length = run.books.looks[-1]["horizon"], lane.experiment.training.sequence_length
        floor = floor_of(lane.experiment)
        text = loss_sentence(lane, run.books.test_losses[-1], floor, run.step) if floor else f"**{lane.name}**:"
        reach = _("The gradient reaches back {horizon} of {lags} timesteps.")
        sentences.append(paragraph(text, reach.format(horizon=horizon, lags=length - 1)))
    if sentences and "truncate" in form["remedies"]:
        sentences.append(
            _(
                "Truncated BPTT is no cure: beyond the cut the gradient is exactly 0, a hard edge, while a vanishing one fades."
            )
        )
    return sentences
