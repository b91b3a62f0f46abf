"""Explosion: recurrent weights too large for plain gradient descent, and what tames them, side by side."""

from typing import Annotated, Literal

import streamlit as st
from pydantic import Field

from playground.comparing.comparison import Comparison, Settings, opened, possible_lanes, preset_button, say_impossible
from playground.comparing.screen import show_side_by_side
from playground.comparing.side_by_side import Lane
from playground.comparing.tasks import floor_of
from playground.figures.training import COLOURS
from playground.language.i18n import N_, _
from playground.settings.borrowed import borrow
from playground.settings.networks import UntrainedNetwork
from playground.settings.place import Place
from rnn_engine import AddingTask, Experiment, NetworkConfig, TrainingConfig
from rnn_engine.runs import Run

HOME = Place("gradients-explosion", {"bench": "explosion"})
Cure = Literal["clip_norm", "clip_value", "small_rate", "orthogonal", "lstm", "adam"]

#: What each cure is called.
WORDS: dict[str, str] = {
    "none": N_("No cure"),
    "clip_norm": N_("Clipping by norm"),
    "clip_value": N_("Clipping by value"),
    "small_rate": N_("Rate a hundredth"),
    "orthogonal": N_("Orthogonal, ρ = 1"),
    "lstm": N_("LSTM"),
    "adam": N_("Adam"),
}
_COLOURS = ("#e03131", *(COLOURS[name] for name in ("train", "forecast", "gru", "rnn_tanh", "lstm", "test")))


class ExplosionView(Comparison):
    """The settings of this bench, beside the network and its training."""

    cures: Annotated[
        tuple[Cure, ...], Field(title=N_("Cures"), description=N_("Each trains beside the run without a cure."))
    ] = ("clip_norm",)
    rho: Annotated[
        float,
        borrow(
            UntrainedNetwork,
            "rho",
            description=N_("The recurrent weights start as ρ times an orthogonal matrix."),
            json_schema_extra={"slider": 0.05},
        ),
    ] = 1.6


MODELS = (NetworkConfig, TrainingConfig, ExplosionView)
#: Adding, as in Pascanu's experiments on clipping: plain SGD, W_hh = 1.6 Q, 60 timesteps. At half this learning rate
#: it is a matter of a machine's rounding which seeds diverge; at this one all of them do.
DEFAULTS = {
    "hidden_size": 32, "sequence_length": 60, "optimizer": "sgd", "learning_rate": 0.1, "clip_norm": 1.0,
    "clip_value": 0.1, "epochs": 5, "init": "orthogonal", "seed": 0, "pace": "100", "log_loss": True,
}  # fmt: skip


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form, arena = opened(place, MODELS, DEFAULTS, WORDS)
    st.caption(
        _(
            "The adding task with recurrent weights of $\\rho$ times an orthogonal matrix, and plain SGD. With $\\rho$ well above 1 "
            "the gradient grows going back, one step throws the weights far away, and the run diverges."
        )
    )
    if not place.embedded:
        preset_button(_("Let it explode"), ":material/local_fire_department:", form, arena)
    with place.settings():
        form.widget("cures")
        for name in (
            "rho",
            "learning_rate",
            "clip_norm",
            "clip_value",
            "sequence_length",
            "hidden_size",
            "epochs",
            "seed",
        ):
            form.widget(name)
        lanes = possible_lanes(place.page, lambda: lanes_of(form))
    if lanes:
        show_side_by_side(place, form, arena, lanes, ("norms", "race_loss", "gradient_flow"))
        for sentence in _seen(lanes, arena.runs):
            st.markdown(sentence)
    else:
        say_impossible()
    form.close(arena.link)


def lanes_of(form: Settings) -> list[Lane]:
    """The run without a cure, and one for each chosen cure."""
    size, rho = form["hidden_size"], form["rho"]
    network = NetworkConfig(hidden_size=size, init="orthogonal", gain=rho)
    training = TrainingConfig(
        **{name: form[name] for name in ("sequence_length", "batch_size", "learning_rate", "epochs", "seed")},
        optimizer="sgd",
    )
    changed = {
        "clip_norm": {"clip_norm": form["clip_norm"] or 1.0},
        "clip_value": {"clip_value": form["clip_value"] or 0.1},
        "small_rate": {"learning_rate": max(1e-6, form["learning_rate"] / 100)},
        "adam": {"optimizer": "adam", "learning_rate": 0.003},
    }
    networks = {
        "orthogonal": NetworkConfig(hidden_size=size, init="orthogonal"),
        "lstm": NetworkConfig(cell="lstm", hidden_size=size, forget_bias=1.0),
    }
    lanes = []
    for colour, (name, word) in zip(_COLOURS, WORDS.items(), strict=True):
        if name == "none" or name in form["cures"]:
            experiment = Experiment(
                task=AddingTask(),
                network=networks.get(name, network),
                training=TrainingConfig(**training.model_dump() | changed.get(name, {})),
            )
            lanes.append(Lane(_(word), colour, experiment))
    return lanes


def _seen(lanes: list[Lane], runs: tuple[Run | None, ...]) -> list[str]:
    """What happened, in a sentence a run, from its books."""
    sentences = []
    for lane, run in zip(lanes, runs, strict=True):
        if run is None or not run.books.looks:
            continue
        norms = [look["gradient_norm"] for look in run.books.looks if look["gradient_norm"] is not None]
        values = {"name": lane.name, "step": run.step, "norm": max(norms, default=0.0), "loss": run.books.losses[-1]}
        if run.books.diverged:
            sentences.append(
                _(
                    "**{name}**: after step {step} it diverged; the gradient norm had reached {norm:.3g} and the loss {loss:.3g}."
                ).format(**values)
            )
        else:
            floor = floor_of(lane.experiment) or 0.0
            text = _(
                "**{name}**: no divergence in {step} steps; the largest gradient norm seen was {norm:.3g}, the loss is now {loss:.3g} (floor {floor:.3g})."
            )
            sentences.append(text.format(**values, floor=floor))
    if sentences:
        sentences.append(
            _(
                "Clipping by norm shortens the gradient and keeps its direction; clipping by value turns it (see the angle). Adam divides each gradient by its usual size and so hides the explosion: use SGD to see it."
            )
        )
    return sentences
