"""The numbers that are shown live: one row each.

A row says what a number is called, where in a run's message it stands and how it is shown. Nothing else has to know of a
number: the worker sends all that a snapshot holds, and the browser is told the rows of what it shows.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from playground.language.i18n import _
from rnn_engine import Experiment
from rnn_engine.cells import CELLS

#: How a number is shown; `live/format.js` has the rules.
Format = Literal["state", "count", "epoch", "share", "degrees", "rate", "duration", "number"]


@dataclass(frozen=True)
class Reading:
    """A row. `source` is a path in what the browser is sent, as `live/sources.js` reads it."""

    name: str  # its `data-live`
    label: str
    help: str
    format: Format = "number"
    source: str = ""

    def sent(self, among: str = "frame.") -> dict[str, Any]:
        """The row as the browser is sent it; without a source of its own it is looked for `among` others, by its name."""
        return {**asdict(self), "source": self.source or f"{among}{self.name}"}


#: What the pages of one run show, in this order.
ON_PAGES = (
    "state", "step", "epoch", "train_loss", "test_loss", "gradient_norm", "per_step_factor", "horizon", "rate", "time_left",
    "cell_per_step_factor",
)  # fmt: skip


def run_readings(experiment: Experiment, names: Sequence[str] = ON_PAGES) -> list[Reading]:
    """The rows of these names, but for those of which this experiment has nothing to show."""
    rows = {row.name: row for row in _rows(experiment)}
    return [rows[name] for name in names if name in rows]


def _rows(experiment: Experiment) -> list[Reading]:
    unit = " " + _("Mean squared error.")
    if experiment.task.answers_classes:
        unit = " " + _("Cross-entropy, {unit}.").format(unit=_(experiment.task.loss_unit))
    rows = [
        Reading("state", _("State"), _("What the run is doing."), "state", "state"),
        Reading("step", _("Step"), _("Optimiser updates so far."), "count", "step"),
        Reading("epoch", _("Epoch"), _("Passes through the training windows so far."), "epoch"),
        Reading("train_loss", _("Train loss"), _("Mean over this epoch's batches so far.") + unit),
        Reading("test_loss", _("Test loss"), _("Over the test part, with the weights as they are now.") + unit),
        Reading("test_accuracy", _("Accuracy"), _("Share of the test part's answers that are right."), "share"),
        Reading("gradient_norm", _("Gradient norm"), _("Over all parameters, before clipping, of the last batch.")),
        Reading(
            "clipped_norm", _("after clipping"), _("The gradient norm that the optimiser was given."),
            source="frame.clipped.norm",
        ),
        Reading(
            "clip_angle", _("Angle"), _("Between the raw gradient and the clipped one: 0° when clipping by norm."),
            "degrees", "frame.clipped.angle",
        ),
        Reading("clipped_share", _("Clipped"), _("Share of all steps so far whose gradient was clipped."), "share"),
        Reading(
            "per_step_factor", _("Per-step factor"),
            _("r: by how much G_t changes from one timestep to the one before it. Below 1 it vanishes, above 1 it explodes."),
            source="frame.gradient_flow.per_step_factor",
        ),
        Reading(
            "horizon", _("Memory horizon"),
            _("The largest lag at which G_t is still a hundredth of its maximum or more."),
            "count", "frame.gradient_flow.horizon",
        ),
        Reading("rate", _("Steps per second"), _("How fast training goes just now."), "rate", "rate"),
        Reading("time_left", _("Time left"), _("At this rate, until the last epoch ends."), "duration", "time_left"),
    ]  # fmt: skip
    if CELLS[experiment.network.cell].has_cell_state:
        source = "frame.gradient_flow.cell_per_step_factor"
        text = _("The per-step factor of the LSTM's cell state.")
        rows.append(Reading("cell_per_step_factor", _("Factor of c"), text, source=source))
    return rows
