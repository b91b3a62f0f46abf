"""What buttons, traces and formulas are called, and how to read each figure."""

from playground.language.i18n import _
from rnn_engine import Experiment


def button_hints() -> dict[str, str]:
    """What each button does, by its key."""
    return {
        "play": _("Train the network. Key: space."),
        "pause": _("Stop training and keep everything as it is. Key: space."),
        "step": _("Train one step: one batch, one update. Key: right arrow."),
        "step_epoch": _("Train to the end of the epoch: once through all training windows."),
        "reset": _("Start again from untrained weights. The curves so far stay as pale lines."),
        "clear": _("Take the previous run's pale curves away."),
        "defaults": _("Set every control on this page back to where it was at first."),
        "generate": _("Write with the network as it stands now, trained or not."),
        "forecast": _("Ask the network as it stands now."),
    }


def block_words() -> dict[str, str]:
    """What each gate or candidate of a cell is called, by its letter."""
    return {
        "i": _("input gate i"),
        "f": _("forget gate f"),
        "g": _("candidate g"),
        "o": _("output gate o"),
        "r": _("reset gate r"),
        "z": _("update gate z"),
        "n": _("candidate n"),
    }


def figure_words() -> dict[str, str]:
    """Names of traces and axes."""
    return {
        "step": _("step"),
        "loss": _("loss"),
        "train": _("training"),
        "test": _("test"),
        "previous": _("previous run"),
        "position": _("position in the series"),
        "value": _("value"),
        "truth": _("truth"),
        "prediction": _("prediction"),
        "timestep": _("timestep t"),
        "layer": _("layer {number}"),
        "hidden_state": _("hidden state h"),
        "cell_state": _("cell state c"),
        "zero": _("exactly zero"),
        "ahead": _("values ahead"),
        "error": _("absolute error"),
        "one_step": _("one step ahead"),
        "free_running": _("free-running"),
        "persistence": _("persistence"),
        "seasonal": _("one season ago"),
        "uniform": _("uniform, ln V"),
        "unigram": _("unigram"),
        "bigram": _("bigram"),
        "floor": _("floor: the best without memory"),
        "before_last": _("timesteps before the last"),
        "gradient_norm": _("gradient norm"),
        "clipped": _("after clipping"),
        "horizon": _("memory horizon"),
        "lag": _("lag: timesteps back from the last"),
        "share": _("share of dL/dW_hh"),
        "looked_back": _("at the step looked back to"),
    }


def how_to_read_loss(experiment: Experiment) -> str:
    """One sentence below the loss chart."""
    test_windows, evaluated = experiment.split.test_windows, experiment.live_test_windows
    text = _("Thick: test loss, thin: each training batch; below a broken line the network beats that naive baseline.")
    if test_windows == 0:
        return text + _(" No window is left to test with, so everything trains and there is no test loss.")
    if evaluated < test_windows:
        text += _(" Tested live on {evaluated} of {all} test windows, evenly spaced.").format(
            evaluated=evaluated, all=test_windows
        )
    training = experiment.training
    if training.schedule == "constant" and training.clip_norm is None and training.clip_value is None:
        text += _(" At a constant rate, unclipped, the loss spikes now and then: a clip norm or the cosine calms it.")
    return text


def how_to_read_gradient_flow(loss_on: str) -> str:
    """One sentence below the gradient-flow chart."""
    if loss_on == "all":
        return _(
            "$G_t$: how strongly the loss pulls on the hidden state at timestep $t$. With a loss on all timesteps fresh "
            "gradient enters everywhere, which hides vanishing: set the loss to the last timestep to see it."
        )
    return _(
        "$G_t$: how strongly the last timestep's loss pulls on the hidden state at timestep $t$. A line that falls to the "
        "left is a vanishing gradient: the network hardly learns from what is far back."
    )
