"""What the lessons claim, each measured in the engine with the settings of the live thing beside the claim."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest

from playground.comparing.tasks import floor_of, task_named
from playground.data.series import built_in as series_of
from playground.data.texts import built_in as text_of
from playground.figures.targets import naive_losses
from playground.inside.stepper.settings import PRESETS as STEPPER_PRESETS
from playground.laboratory import explosion, memory, race, remedies
from playground.laboratory.cliff.bench import CliffView
from playground.laboratory.flow.settings import FlowQuestion
from playground.laboratory.microscope.settings import MicroscopeSettings
from playground.lessons.lesson import Live
from playground.lessons.live_things import all_settings
from playground.lessons.training import feed_forward_parameters, sized
from rnn_engine import (
    Experiment,
    NetworkConfig,
    SineTask,
    TextTask,
    Trainer,
    TrainingConfig,
    generate_text,
)
from rnn_engine.free_running.text import sample_text
from rnn_engine.measures.cliff import descend
from rnn_engine.measures.gradient_flow import GradientFlow
from rnn_engine.questions.flow import flow, trust
from rnn_engine.questions.kinds import GradientCheckQuestion, GradientFlowAnswer
from rnn_engine.questions.microscope import microscope
from rnn_engine.questions.trace import look_inside

CLAIMS: dict[str, Callable[[Live], None]] = {}


def claim(function: Callable[[Live], None]) -> Callable[[Live], None]:
    """A claim is called as the function that proves it."""
    CLAIMS[function.__name__] = function
    return function


def flows(live: Live, **changed: Any) -> list[GradientFlowAnswer]:
    """What the bench "flow" measures with the lesson's settings, some of them changed."""
    return flow(FlowQuestion(**all_settings(live) | changed).asked)


def left(found: GradientFlowAnswer) -> float:
    """The first timestep's gradient as a fraction of the last one's."""
    first, last = found.hidden[0], found.hidden[-1]
    assert first is not None
    assert last is not None
    return first / last


@claim
def parameters_do_not_depend_on_the_length(live: Live) -> None:
    sizes = {length: sized(all_settings(live) | {"sequence_length": length}) for length in (10, 50, 1000)}
    assert {experiment.cost.parameters for experiment in sizes.values()} == {1153}
    assert feed_forward_parameters(sizes[10]) == 385
    assert feed_forward_parameters(sizes[1000]) == 32_065


@claim
def doubling_the_width_nearly_quadruples_the_count(live: Live) -> None:
    counts = {cell: sized(all_settings(live) | {"cell": cell}).cost.parameters for cell in ("rnn_tanh", "lstm", "gru")}
    assert sized(all_settings(live) | {"hidden_size": 32}).cost.parameters == 1153
    assert counts["rnn_tanh"] == 4353
    assert counts["lstm"] / counts["rnn_tanh"] == pytest.approx(4, abs=0.1)
    assert counts["gru"] / counts["rnn_tanh"] == pytest.approx(3, abs=0.1)


@claim
def flow_is_rho_to_the_lag(live: Live) -> None:
    for rho in (0.5, 0.9, 1.1):
        (found,) = flows(live, rho=rho)
        assert found.theory == pytest.approx(found.hidden, rel=1e-9)
        assert left(found) == pytest.approx(rho**50, rel=1e-9)
    assert pytest.approx(0.005, rel=0.05) == 0.9**50
    assert pytest.approx(1e-15, rel=0.2) == 0.5**50


@claim
def default_rnn_vanishes(live: Live) -> None:
    (found,) = flows(live)
    assert left(found) < 1e-18
    assert found.per_step_factor == pytest.approx(0.62, abs=0.01)
    assert found.horizon == 7


@claim
def slopes_alone_shrink_it(live: Live) -> None:
    (noise,), (zeros,) = flows(live), flows(live, input="zeros")
    assert 0.005 < left(noise) < 0.02
    assert left(zeros) == pytest.approx(1, rel=1e-9)


@claim
def default_lstm_vanishes_as_fast(live: Live) -> None:
    simple, lstm = flows(live)
    assert simple.per_step_factor == pytest.approx(0.62, abs=0.01)
    assert lstm.per_step_factor == pytest.approx(0.64, abs=0.01)
    cured = flows(live, forget_bias=3)[1]
    assert abs(math.log10(left(cured))) < 1.2


def differs_little(value: float, floor: float, by: float = 0.1) -> bool:
    """Whether a loss stands on its floor."""
    return abs(value / floor - 1) < by


@lru_cache(maxsize=32)
def trained(experiment: Experiment) -> Trainer:
    """A network trained to the end; equal experiments of several claims train once."""
    trainer = Trainer(experiment)
    while trainer.step():
        pass
    return trainer


def tested(trainer: Trainer) -> float:
    loss = trainer.snapshot().test_loss
    assert loss is not None
    return loss


def lowest(experiment: Experiment) -> float:
    """The lowest test loss after any epoch: at a constant rate the last one may happen to stand on a spike."""
    trainer, losses = Trainer(experiment), []
    while trainer.step():
        if trainer.step_number % experiment.steps_per_epoch == 0:
            losses.append(tested(trainer))
    return min(losses)


def train_loss(trainer: Trainer) -> float:
    loss = trainer.snapshot().train_loss
    assert loss is not None
    return loss


def reach(trainer: Trainer) -> GradientFlow:
    flow = trainer.snapshot().gradient_flow
    assert flow is not None
    return flow


def lanes(live: Live, **changed: Any) -> dict[str, Trainer]:
    """The runs of a comparing bench, trained, by the cell's name or the remedy's."""
    settings = all_settings(live) | changed
    bench = {"memory": memory, "race": race, "remedies": remedies, "explosion": explosion}[live.thing]
    return {lane.name: trained(lane.experiment) for lane in bench.lanes_of(settings)}


def floor(trainer: Trainer) -> float:
    found = floor_of(trainer.experiment)
    assert found is not None
    return found


def single(live: Live, **changed: Any) -> Experiment:
    """The experiment of a live thing that trains one network."""
    settings = all_settings(live) | changed
    network = NetworkConfig(**{name: settings[name] for name in NetworkConfig.model_fields if name in settings})
    training = TrainingConfig(**{name: settings[name] for name in TrainingConfig.model_fields if name in settings})
    task: Any
    if live.thing == "text":
        task = TextTask(text=text_of(settings["text_preset"]))
    elif live.thing == "learning":
        task = task_named(settings["task"], settings["sequence_length"])
    elif settings["source"] == "sine":
        task = SineTask(**{name: settings[name] for name in SineTask.model_fields if name in settings})
    else:
        task = series_of(settings["source"])
    return Experiment(task=task, network=network, training=training)


def naive(experiment: Experiment, name: str) -> float:
    return naive_losses(experiment)[name]


RNN, GRU, LSTM = "RNN (tanh)", "GRU", "LSTM"


@claim
def same_words_another_state(live: Live) -> None:
    other = look_inside(STEPPER_PRESETS[live.settings["preset"]].question).other
    assert other is not None
    assert other.distance > 0.5
    assert other.bag_distance < 1e-12
    assert sorted(other.units) == sorted(STEPPER_PRESETS[live.settings["preset"]].read().units)


@claim
def order_is_learnt(live: Live) -> None:
    (runs,) = lanes(live).values()
    assert runs.step_number == 400
    assert tested(runs) < 0.05
    assert 0.5 * math.log(2) == pytest.approx(0.35, abs=0.005)  # XX and YY are certain, XY and YX a coin's throw


@claim
def order_foretells(live: Live) -> None:
    experiment = single(live)
    assert naive(experiment, "persistence") == pytest.approx(1100, rel=0.05)
    assert tested(trained(experiment)) < 0.5 * naive(experiment, "persistence")


@claim
def the_state_carries_the_first_number(live: Live) -> None:
    (run,) = lanes(live).values()
    assert tested(run) < 0.1 * floor(run)


@claim
def sixty_timesteps_are_too_many(live: Live) -> None:
    (run,) = lanes(live).values()
    assert run.step_number == 500
    assert differs_little(tested(run), floor(run))
    flow = reach(run).hidden[-1]
    assert flow[0] < 1e-6 * flow[-1]


@claim
def slopes_lie_between_0_and_1(live: Live) -> None:
    view = MicroscopeSettings(**all_settings(live))
    found = microscope(view.question)
    assert found.saturation["slope"].mean == pytest.approx(0.7, abs=0.05)
    assert sum(found.saturation["slope"].shares) == pytest.approx(1)  # all fall into the bins from 0 to 1
    assert found.matrix is not None
    assert len(found.matrix) == 2


@claim
def loss_everywhere_hides_vanishing(live: Live) -> None:
    assert left(flows(live)[0]) > 0.5
    assert left(flows(live, loss_on="last")[0]) < 1e-18


@claim
def many_to_one_predicts(live: Live) -> None:
    experiment = single(live)
    assert lowest(experiment) < 0.1 * naive(experiment, "persistence")


@claim
def untrained_it_guesses_evenly(live: Live) -> None:
    experiment = single(live)
    first = Trainer(experiment)
    first.step()
    assert experiment.task.vocabulary_size == 31
    assert first.loss == pytest.approx(math.log(31), abs=0.15)
    assert train_loss(trained(experiment)) < naive(experiment, "unigram")


@claim
def the_gru_repeats_what_it_read(live: Live) -> None:
    runs = lanes(live)
    assert tested(runs[GRU]) < 0.2 * floor(runs[GRU])
    assert differs_little(tested(runs[RNN]), floor(runs[RNN]))


@claim
def temperature_zero_has_no_chance_in_it(live: Live) -> None:
    run, prompt = trained(single(live)), all_settings(live)["prompt"]

    def texts(temperature: float) -> set[str]:
        return {generate_text(run, prompt, 100, temperature, seed=seed) for seed in range(3)}

    assert len(texts(0)) == 1
    assert len(texts(1)) == 3


@claim
def one_gradient_for_each_timestep(live: Live) -> None:
    (short,), (long,) = flows(live), flows(live, sequence_length=40)
    assert (len(short.hidden), len(long.hidden)) == (20, 40)
    assert left(long) < 1e-3 * left(short)
    settings = all_settings(live)
    counts = {
        experiment.cost.parameters
        for length in (20, 40)
        for experiment in FlowQuestion(**settings | {"sequence_length": length}).experiments()
    }
    assert len(counts) == 1


@claim
def beyond_the_cut_it_is_exactly_zero(live: Live) -> None:
    uncut, cut = (reach(run).hidden[-1] for run in lanes(live).values())
    assert (uncut > 0).all()
    assert (cut[:40] == 0).all()
    assert (cut[40:] > 0).all()


@claim
def the_gradients_are_exact(live: Live) -> None:
    question = FlowQuestion(**all_settings(live))
    (experiment,) = question.experiments()
    found = trust(GradientCheckQuestion(experiment, question.source))
    assert found.recursion_error < 1e-8
    assert found.end_to_end_error < 1e-8


@claim
def distant_timesteps_add_next_to_nothing(live: Live) -> None:
    trainer = Trainer(single(live))
    for _ in range(trainer.experiment.steps_per_epoch):
        trainer.step()
    shares = reach(trainer).weight_share
    assert shares is not None
    share = shares[-1]
    assert len(share) == 60
    assert share.sum() == pytest.approx(1, abs=1e-6)
    assert share[:30].sum() < 1e-3
    assert trainer.gradient_norm is not None
    assert 1e-3 < trainer.gradient_norm < 10


@claim
def rho_above_one_need_not_explode(live: Live) -> None:
    (found,) = flows(live)
    assert found.rho == pytest.approx(1.1)
    assert left(found) < 1
    assert 1.1**99 > 1e4


@claim
def it_explodes_at_1_6(live: Live) -> None:
    (found,) = flows(live)
    assert left(found) > 1e3
    assert found.per_step_factor == pytest.approx(1.09, abs=0.02)


@claim
def large_weights_diverge_and_clipping_holds(live: Live) -> None:
    bare, clipped = lanes(live).values()
    assert bare.diverged
    assert bare.step_number < 150
    assert clipped.diverged is None
    assert clipped.step_number == clipped.experiment.steps
    assert math.isfinite(tested(clipped))


@claim
def the_cliff_throws_the_descent(live: Live) -> None:
    view = CliffView(**all_settings(live))
    start = (view.start_w, view.start_b)
    bare, clipped = (descend(start, view.learning_rate, view.steps, clip) for clip in (None, view.clip_norm))
    assert view.clip_norm == 1
    assert max(bare.gradient_norms) > 100
    assert bare.errors[-1] == pytest.approx(0.09, abs=0.005)
    assert clipped.errors[-1] < 0.001
    assert max(bare.gradient_norms) > 1000 * sorted(bare.gradient_norms)[len(bare.gradient_norms) // 2]


@claim
def clipping_does_not_cure_vanishing(live: Live) -> None:
    for run in lanes(live).values():
        assert differs_little(tested(run), floor(run))
        assert reach(run).horizon < 59 / 3


@claim
def the_forget_bias_opens_the_way(live: Live) -> None:
    biased, plain = flows(live)
    assert left(biased) > 0.01
    assert left(plain) < 1e-18
    assert 1 / (1 + math.exp(-3)) == pytest.approx(0.95, abs=0.005)


@claim
def reach_is_needed_but_not_enough(live: Live) -> None:
    runs = lanes(live)
    assert runs["GRU"].step_number == 700
    assert tested(runs["GRU"]) < 0.1 * floor(runs["GRU"])
    assert all(differs_little(tested(runs[name]), floor(runs[name]), by=0.15) for name in ("As it is", "Skip"))
    assert all(reach(runs[name]).horizon == 59 for name in ("GRU", "Skip"))
    assert reach(runs["As it is"]).horizon < 30


@claim
def the_sine_is_learnt(live: Live) -> None:
    experiment = single(live)
    assert experiment.training.epochs == 100
    assert naive(experiment, "persistence") == pytest.approx(0.005, abs=0.0001)
    assert lowest(experiment) < 0.1 * naive(experiment, "persistence")
    trainer, late = Trainer(experiment), []
    while trainer.step():
        if trainer.step_number > experiment.steps / 2:
            late.append(trainer.loss)
    assert max(late) > 10 * sorted(late)[len(late) // 2]  # it jumps up, late in training too


@claim
def a_sine_needs_no_long_memory(live: Live) -> None:
    experiment = single(live)
    assert experiment.training.sequence_length == 5
    assert lowest(experiment) < 0.1 * naive(experiment, "persistence")


@claim
def a_drift_beats_the_network(live: Live) -> None:
    experiment = single(live)
    persistence = naive(experiment, "persistence")
    assert tested(trained(experiment)) > 1.5 * persistence
    assert train_loss(trained(experiment)) < persistence


@claim
def hamlet_is_learnt_by_heart(live: Live) -> None:
    experiment = single(live)
    assert experiment.steps == 300
    assert train_loss(trained(experiment)) < 0.1
    assert naive(experiment, "bigram") == pytest.approx(2.6, abs=0.05)
    assert experiment.cost.parameters == pytest.approx(74_000, rel=0.01)
    assert experiment.split.train_windows == 150


@claim
def frequencies_are_learnt_within_a_hundred_steps(live: Live) -> None:
    trainer = Trainer(single(live))
    for _ in range(100):
        trainer.step()
    assert tested(trainer) < naive(trainer.experiment, "unigram")


@claim
def a_higher_temperature_spreads_the_probability(live: Live) -> None:
    run, prompt = trained(single(live)), all_settings(live)["prompt"]
    likeliest = {
        temperature: next(sample_text(run, prompt, 1, temperature, seed=0)).likely[0][1] for temperature in (0.5, 1, 2)
    }
    assert likeliest[0.5] > likeliest[1] > likeliest[2]


@claim
def the_simple_network_stands_on_the_floor(live: Live) -> None:
    runs = lanes(live)
    assert runs[RNN].step_number == 600
    assert differs_little(tested(runs[RNN]), floor(runs[RNN]))
    assert tested(runs[GRU]) < 0.1 * floor(runs[GRU])
    assert reach(runs[RNN]).horizon < 39 / 2


@claim
def four_units_cannot_hold_it(live: Live) -> None:
    (small,), (large,) = lanes(live).values(), lanes(live, hidden_size=50).values()
    assert tested(small) > 0.95 * floor(small)
    assert tested(large) < 0.2 * floor(large)


@claim
def gates_are_worth_more_than_units(live: Live) -> None:
    runs = lanes(live)
    assert tested(runs[GRU]) < 0.1 * floor(runs[GRU])
    assert differs_little(tested(runs[RNN]), floor(runs[RNN]))
    simple, gated = (runs[name].experiment for name in (RNN, GRU))
    assert gated.cost.parameters == pytest.approx(simple.cost.parameters, rel=0.1)
    assert gated.network.hidden_size < simple.network.hidden_size


@claim
def on_a_sine_all_are_good(live: Live) -> None:
    for run in lanes(live).values():
        assert tested(run) < 0.1 * naive(run.experiment, "persistence")
