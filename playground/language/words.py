"""What readings, traces and formulas are called, and how to read each figure."""

from playground.language.i18n import _
from rnn_engine import Experiment
from rnn_engine.cells import CELLS


def reading_words(experiment: Experiment) -> dict[str, tuple[str, str]]:
    """Label and help of each live reading."""
    losses = {
        "nats per character": _("Cross-entropy, nats per character."),
        "nats per word": _("Cross-entropy, nats per word."),
        "nats": _("Cross-entropy, nats."),
        "mean squared error": _("Mean squared error."),
    }
    unit = " " + losses[experiment.task.loss_unit]
    words = {
        "state": (_("State"), _("What the run is doing.")),
        "step": (_("Step"), _("Optimiser updates so far.")),
        "epoch": (_("Epoch"), _("Passes through the training windows so far.")),
        "train_loss": (_("Train loss"), _("Mean over this epoch's batches so far.") + unit),
        "test_loss": (_("Test loss"), _("Over the test part, with the weights as they are now.") + unit),
        "gradient_norm": (_("Gradient norm"), _("Over all parameters, before clipping, of the last batch.")),
        "per_step_factor": (
            _("Per-step factor"),
            _(
                "r: by how much G_t changes from one timestep to the one before it. Below 1 it vanishes, above 1 it explodes."
            ),
        ),
        "horizon": (
            _("Memory horizon"),
            _("The largest lag at which G_t is still a hundredth of its maximum or more."),
        ),
        "rate": (_("Steps per second"), _("How fast training goes just now.")),
        "time_left": (_("Time left"), _("At this rate, until the last epoch ends.")),
    }
    if CELLS[experiment.network.cell].has_cell_state:
        words["cell_per_step_factor"] = (_("Factor of c"), _("The per-step factor of the LSTM's cell state."))
    return words


def lane_words() -> dict[str, tuple[str, str]]:
    """Label and help of each reading in a table of several runs."""
    return {
        "state": (_("State"), _("What the run is doing.")),
        "step": (_("Step"), _("Optimiser updates so far.")),
        "train_loss": (_("Train loss"), _("Mean over this epoch's batches so far.")),
        "test_loss": (_("Test loss"), _("Over the test part, with the weights as they are now.")),
        "test_accuracy": (_("Accuracy"), _("Share of the test part's answers that are right.")),
        "gradient_norm": (_("Gradient norm"), _("Over all parameters, before clipping, of the last batch.")),
        "clipped_norm": (_("after clipping"), _("The gradient norm that the optimiser was given.")),
        "clip_angle": (_("Angle"), _("Between the raw gradient and the clipped one: 0° when clipping by norm.")),
        "clipped_share": (_("Clipped"), _("Share of all steps so far whose gradient was clipped.")),
        "per_step_factor": (_("Per-step factor"), _("Below 1 the gradient vanishes going back, above 1 it explodes.")),
        "horizon": (
            _("Memory horizon"),
            _("The largest lag at which G_t is still a hundredth of its maximum or more."),
        ),
    }


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
