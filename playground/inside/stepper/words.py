"""What the stepper says in the browser, in the visitor's language."""

from typing import Any

from playground.language.i18n import _
from rnn_engine.cells import CELLS, Cell


def stepper_words(cell: Cell) -> dict[str, Any]:
    """All sentences; what stands in braces is filled in the browser."""
    return {
        "title": _("The unrolled network, step by step: {cell}").format(cell=_(CELLS[cell].title)),
        "cell": CELLS[cell].short,
        "back": _("Back"),
        "back_help": _("One step back (key: left arrow)."),
        "forward": _("Forward"),
        "forward_help": _("One step forward (key: right arrow)."),
        "play": _("Play"),
        "play_help": _("Walk by itself; press again to stop (key: space)."),
        "pause": _("Pause"),
        "copy": _("Copy as NumPy"),
        "copy_help": _("Copy a short script that computes and prints the same numbers."),
        "copied": _("Copied."),
        "script": _("The same in NumPy"),
        "timestep": _("Place"),
        "picture": _("The unrolled network; scrolls sideways."),
        "shared": _("the same at all {T} timesteps"),
        "how_to_read": _("How to read the picture"),
        "legend": _(
            "At the bottom what is read, on top the target. Arrows to the right and up: width and colour show the norm of what is passed on. Orange arrows back: the norm "
            "of the gradient, on a logarithmic scale over six decades; dotted: exactly zero. Under a cell: the norm of "
            "dL/dh. Squares: blue below zero, orange above."
        ),
        "places": {
            "start": _("Start: nothing is read yet."),
            "forward": _("Forward, timestep {t} of {T}."),
            "back": _("Back, timestep {t} of {T}."),
            "sum": _("The gradient: all timesteps' shares added up."),
            "update": _("One update, and the loss again."),
        },
        "reads": _("The network reads “{unit}”."),
        "start_note": _("The hidden state starts at zero. Go forward to read the first element."),
        "state": _("Hidden state"),
        "output": _("Output"),
        "loss": _("Loss"),
        "chances": _("How probable the network holds each element to be next"),
        "uncounted": _("No loss is counted at this timestep: the loss is on the last one only."),
        "target": _("target"),
        "one_at_target": _("1 at the target"),
        "direct": _("The direct part, from this timestep's own output"),
        "no_loss_here": _("No loss is counted here, so nothing comes from this output."),
        "through": _("What comes back through timestep {t}"),
        "nothing_after": _("Nothing comes after the last timestep."),
        "sum_here": _("Their sum: how the loss depends on this hidden state"),
        "entering": _("Through the nonlinearity"),
        "shares": _("This timestep's shares of the gradients, column times row"),
        "gate_rows": _("Rows: the gates {gates}, one below the other."),
        "sum_note": _(
            "Every timestep used the same weights, so their gradient is the sum of all shares. Beside it what "
            "torch.autograd finds by itself, and the largest difference between two entries, max |Δ|."
        ),
        "autograd": _("autograd:"),
        "lower": _("The loss is lower."),
        "higher": _("The loss is not lower: the learning rate is too large for this place."),
        "next_now": _("What comes next, after the update:"),
        "alt": {
            "picture": _("A recurrent network unrolled over {T} timesteps, of which {read} are computed."),
            "gradients": _("Norms of dL/dh, from the earliest timestep reached:"),
        },
        "readings": {
            "timestep": {"label": _("Timestep"), "help": _("Where the stepper stands, and how many there are.")},
            "hidden_norm": {"label": _("‖h‖ here"), "help": _("Norm of the hidden state after this timestep.")},
            "loss": {"label": _("Loss L"), "help": _("Of the whole sequence, with the weights as they are here.")},
            "gradient_norm_here": {
                "label": _("‖dL/dh‖ here"),
                "help": _("Norm of the total gradient of the loss with respect to this hidden state."),
            },
        },
    }
