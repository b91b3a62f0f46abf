"""Gradient flow while a network learns: as a heat map over all steps, and what it hides in dL/dW_hh."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground import live
from playground.comparing import figures
from playground.comparing.comparison import Comparison, preset_button, say_impossible
from playground.comparing.screen import template_of
from playground.comparing.tasks import OFFERS, TASK_WORDS, task_named, what_is_asked
from playground.figures.templates import loss_template
from playground.figures.training import COLOURS
from playground.language.i18n import _, language
from playground.live.readings import ON_PAGES, run_readings
from playground.running.experiment import notices, possible_experiment
from playground.running.session import Session
from playground.running.transport import settings_of, transport
from playground.settings.controls import live_settings
from playground.settings.form import Form
from playground.settings.place import Place
from rnn_engine import Experiment, NetworkConfig, TrainingConfig
from rnn_engine.cells import CELLS
from rnn_engine.runs import Run

HOME = Place("gradients-learning", {"bench": "learning"})
HEIGHT = 290
MODELS = (NetworkConfig, TrainingConfig, Comparison)
DEFAULTS = {
    "sequence_length": 60,
    "hidden_size": 32,
    "learning_rate": 0.003,
    "epochs": 20,
    "task": "adding",
    "pace": "100",
}


def link_to(experiment: Experiment) -> dict[str, str]:
    """The link under which the bench trains this experiment, of one of its own tasks."""
    settings = {**experiment.network.model_dump(), **experiment.training.model_dump(), "task": experiment.task.kind}
    return HOME.form(MODELS, DEFAULTS, TASK_WORDS).link(settings)


def show(place: Place = HOME) -> None:
    """Draw the bench."""
    form = place.form(MODELS, DEFAULTS, TASK_WORDS)
    session = Session(place.page, probing=True)
    form.open(session.adopter(_settings_of))
    if not place.embedded:
        _presets(form, session)
    with place.settings():
        for name in ("task", "cell", "sequence_length", "hidden_size", "num_layers", "init", "gain"):
            form.widget(name)
        if CELLS[form["cell"]].has_forget_gate:
            form.widget("forget_bias")
        for name in ("optimizer", "batch_size", "epochs", "truncate", "seed"):
            form.widget(name)
        length = form["sequence_length"]
        network = NetworkConfig(
            **form.values(NetworkConfig)
            | {"embedding_size": OFFERS[form["task"]].embedding_size}
            | ({} if CELLS[form["cell"]].has_forget_gate else {"forget_bias": None})
        )
        training = TrainingConfig(**form.values(TrainingConfig) | {"loss_on": OFFERS[form["task"]].loss_on})
        experiment, possible = possible_experiment(place.page, task_named(form["task"], length), network, training)
    if experiment is None:
        say_impossible()
        form.close(None)
        return
    st.caption(what_is_asked(form["task"], experiment))
    run = session.act(experiment, live_settings(form), form["pace"])
    action = transport(form, session, run, possible)
    rows = run_readings(experiment, (*ON_PAGES, "clipped_norm", "clipped_share"))
    live.readings(place.page, session.channel, run, action, session.cleared, rows)
    notices(form, session, run)
    _charts(place, form, experiment)
    for sentence in _seen(run):
        st.markdown(sentence)
    form.close(run.id if run else None)


def _presets(form: Form, session: Session) -> None:
    with st.container(horizontal=True):
        preset_button(_("It vanishes and stays so"), ":material/trending_down:", form, session)
        preset_button(
            _("Forget bias 3: it reaches back"), ":material/memory:", form, session, "preset_lstm",
            cell="lstm", forget_bias=3.0,
        )  # fmt: skip
        preset_button(
            _("Spikes, clipped"), ":material/content_cut:", form, session, "preset_clip",
            init="orthogonal", gain=1.4, optimizer="sgd", learning_rate=0.05, clip_norm=1.0,
        )  # fmt: skip


def _charts(place: Place, form: Form, experiment: Experiment) -> None:
    """Two in a row, and the loss below."""
    draws = {"heatmap": _heatmap, "gradient_flow": _flow, "weight_share": _share, "norms": _norms}
    wanted = [draw for name, draw in draws.items() if place.wants(name)]
    for start in range(0, len(wanted), 2):
        for column, draw in zip(st.columns(min(2, len(wanted))), wanted[start : start + 2], strict=False):
            with column:
                draw(place.page, experiment)
    if place.wants("loss"):
        template = loss_template(experiment, form["log_loss"], language())
        live.chart(place.page, "loss", template, _("Loss against the step."), 220)
        form.widget("log_loss")


def _heatmap(page: str, experiment: Experiment) -> None:
    template = template_of(figures.heatmap_figure, experiment.training.sequence_length)
    live.chart(page, "heatmap", template, _("Gradient flow at every timestep, step by step."), HEIGHT)
    st.caption(_("A column is $G_t$ at one step, top layer; bright is large. Empty cells are exactly zero."))
    live.scrub(page)


def _flow(page: str, experiment: Experiment) -> None:
    length, colour = experiment.training.sequence_length, COLOURS[experiment.network.cell]
    template = template_of(figures.scrubbed_flow_figure, colour, length)
    live.chart(page, "gradient_flow", template, _("Gradient flow now, and at the step looked back to."), HEIGHT)
    st.caption(_("$G_t$ now; move the slider to lay the flow of an earlier step beside it."))


def _share(page: str, experiment: Experiment) -> None:
    template = template_of(figures.weight_share_figure, experiment.training.sequence_length)
    live.chart(page, "weight_share", template, _("Share of the recurrent weights' gradient, by lag."), HEIGHT)
    st.caption(
        _(
            "How much of dL/dW_hh each lag contributes. The total norm, all that most dashboards show, can look healthy "
            "while distant lags carry nothing."
        )
    )


def _norms(page: str, experiment: Experiment) -> None:
    template = template_of(figures.norms_figure, ((_("gradient norm"), COLOURS["train"]),))
    live.chart(page, "norms", template, _("Gradient norm against the step, before and after clipping."), HEIGHT)
    st.caption(_("The norm over all parameters, before clipping, and dotted after it."))


def _settings_of(run: Run) -> Mapping[str, Any]:
    return {**settings_of(run), "task": run.experiment.task.kind}


def _seen(run: Run | None) -> list[str]:
    """How far back the gradient reached at first and reaches now, and what the total norm does not tell."""
    if run is None or len(run.books.looks) < 2:
        return []
    first, last = run.books.looks[0], run.books.looks[-1]
    sentences = [
        _(
            "At step {first} the gradient reached back {before} timesteps, at step {last} it reaches back {now} of {lags}."
        ).format(
            first=first["step"],
            last=last["step"],
            before=first["horizon"],
            now=last["horizon"],
            lags=len(last["flow"]) - 1,
        )
    ]
    share = run.books.frame.get("weight_share")
    if share:
        distant = share[-1][: len(share[-1]) // 2]
        sentences.append(
            _(
                "The gradient norm is {norm:.3g}, but of dL/dW_hh the more distant half of the timesteps makes only {share:.2g} %."
            ).format(norm=last["gradient_norm"], share=100 * sum(value or 0.0 for value in distant))
        )
    return sentences
