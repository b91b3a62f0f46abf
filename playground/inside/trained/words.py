"""What is written on the figures of a trained network."""

import html

from playground.language.characters import visible
from playground.language.i18n import _
from playground.language.words import block_words
from rnn_engine.cells import CELLS, Cell
from rnn_engine.questions.kinds import PassageAnswer


def figure_words(cell: Cell) -> dict[str, str]:
    """Names of axes and traces."""
    return {
        "timestep": _("timestep t"),
        "units": _("units, slow to quick"),
        "unit": _("unit"),
        "component": _("component"),
        "path": _("path"),
        "value": _("value"),
        "neuron": _("neuron"),
        "moved_by": "‖∂y/∂x<sub>t</sub>‖",
        "zero": _("exactly zero"),
        "probability": _("probability"),
        "lets_pass": _("lets pass"),
        **{f"gate_{block}": words for block, words in block_words().items()},
        "rank": _("units, longest first"),
        "time_constant": f"1 / (1 − mean {CELLS[cell].keeping})",
    }


def labels_of(seen: PassageAnswer) -> list[str]:
    """What stands at every timestep, for pointing at; plotly's labels know some HTML, so it is escaped."""
    if seen.values is not None:
        return [f"t = {t}, {value:.4g}" for t, value in enumerate(seen.values, 1)]
    return [f"t = {t}, {html.escape(visible(symbol))}" for t, symbol in enumerate(seen.symbols or (), 1)]
