"""What the phase diagram says in words: names, how to read it, and where gradients vanish and explode in it."""

from collections.abc import Sequence

from playground.laboratory.phase.matrices import cells_of, diverged_share, final_loss, middle
from playground.laboratory.phase.settings import PhaseSettings, grid_of
from playground.language.i18n import _, paragraph
from playground.live.readings import Reading as Row
from rnn_engine.runs import Reading


def figure_words(settings: PhaseSettings, shown: str) -> dict[str, str]:
    """Names of axes and of what is shown."""
    names = {
        "factor": "r",
        "cell_factor": _("r of c"),
        "loss": _("training loss"),
        "diverged": _("share that diverged"),
    }
    against = "T" if settings.against == "sequence_length" else _("Learning rate")
    return {shown: names[shown], "against": against, "unmeasured": _("not measured yet")}


def readings() -> list[Row]:
    """How far the diagram is."""
    return [
        Row("state", _("State"), _("What the diagram is doing."), "state", "state"),
        Row("done", _("Measured"), _("Networks trained and measured so far."), "count"),
        Row("cells", _("of"), _("Networks in the whole diagram: one for each square and seed."), "count", "steps"),
    ]


def button_hints() -> dict[str, str]:
    """What each button does, by its key."""
    return {
        "play": _("Measure square after square. Key: space."),
        "pause": _("Measure no further and keep what is there. Key: space."),
        "reset": _("Forget what was measured."),
    }


def how_to_read(settings: PhaseSettings, shown: str) -> str:
    """One sentence below the diagram about what a colour is."""
    if shown in ("factor", "cell_factor"):
        when = (
            _("Measured at the first step, in the untrained network.")
            if settings.steps == 1
            else _("Measured at step {steps}.").format(steps=settings.steps)
        )
        text = _(
            "Each square is a network. Blue: going back one timestep multiplies the gradient by less than 1, it vanishes; red: "
            "by more, it explodes; black line: $r = 1$; a cross: training diverged, $r$ is the last finite step's."
        )
        return paragraph(text, when)
    if shown == "loss":
        text = _(
            "Each square is a network: its mean training loss over the last epoch, at step {steps}. A cross: training diverged."
        )
        return text.format(steps=settings.steps)
    text = _(
        "Each square is a network. Share of its seeds whose loss or gradient was no longer finite within {steps} steps."
    )
    return text.format(steps=settings.steps)


def seen(settings: PhaseSettings, shown: str, readings: Sequence[Reading | None]) -> str:
    """One sentence from the measured numbers; none before there are any."""
    grid = grid_of(settings)
    cells = cells_of(grid, settings.seeds, readings)
    if not cells:
        return ""
    name = "cell_per_step_factor" if shown == "cell_factor" else "per_step_factor"
    columns: dict[float, list[float | None]] = {}
    for (column, _row), found in cells.items():
        columns.setdefault(grid.rho[column], []).append(middle(found, name))
    return paragraph(_factors(columns), _diverged(list(cells.values())), _losses(list(cells.values()), shown))


def _factors(columns: dict[float, list[float | None]]) -> str:
    """In how many cells gradients vanish and explode, and for which radii they always do."""
    factors = [factor for column in columns.values() for factor in column if factor is not None]
    values = {
        "all": sum(len(column) for column in columns.values()),
        "vanish": sum(factor < 1 for factor in factors),
        "explode": sum(factor > 1 for factor in factors),
    }
    text = _("Gradients vanish ($r < 1$) in {vanish} of {all} squares measured and explode ($r > 1$) in {explode}.")
    sentences = [text.format(**values)]
    always = [rho for rho in sorted(columns) if all(factor is not None and factor < 1 for factor in columns[rho])]
    below = _leading(sorted(columns), always)
    if below and len(below) == len(columns):
        sentences.append(_("They vanish at every ρ measured, up to {rho:g}.").format(rho=below[-1]))
    elif below:
        sentences.append(_("Up to ρ = {rho:g} they always vanish.").format(rho=below[-1]))
    always = [rho for rho in sorted(columns) if all(factor is not None and factor > 1 for factor in columns[rho])]
    above = _leading(sorted(columns, reverse=True), always)
    if above:
        sentences.append(_("From ρ = {rho:g} on they always explode.").format(rho=above[-1]))
    return paragraph(*sentences)


def _leading(ordered: list[float], chosen: list[float]) -> list[float]:
    """Those at the beginning that are all among the chosen."""
    found = []
    for rho in ordered:
        if rho not in chosen:
            break
        found.append(rho)
    return found


def _diverged(cells: list[list[Reading]]) -> str:
    count = sum(diverged_share(found) > 0 for found in cells)
    return _("Training diverged in {count} squares.").format(count=count) if count else ""


def _losses(cells: list[list[Reading]], shown: str) -> str:
    losses = [loss for found in cells if (loss := final_loss(found)) is not None]
    if shown != "loss" or not losses:
        return ""
    return _("The training loss goes from {low:.2g} to {high:.2g}.").format(low=min(losses), high=max(losses))
