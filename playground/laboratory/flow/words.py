"""What the bench "flow" says about what it measured: names, readings, a table and plain sentences.

Also said outside a visit's script, while a dial is dragged: so the translation comes as an argument, named `_` so that
sentences are found for translating as everywhere.
"""

import math
from collections.abc import Callable, Sequence
from html import escape

from playground.laboratory.flow.settings import FlowQuestion
from playground.live.readings import Reading
from playground.settings.form import WORDS
from rnn_engine.cells import CELLS
from rnn_engine.measures.results import Trust
from rnn_engine.plain import finite
from rnn_engine.questions.kinds import GradientFlowAnswer

Flows = Sequence[GradientFlowAnswer]
Translate = Callable[[str], str]

READINGS = ("per_step_factor", "half_life", "horizon")
LEVEL = 0.005  # r this close to 1 neither vanishes nor explodes
MUCH = 100  # growth from the last timestep to the first that is called an explosion


def flow_words(question: FlowQuestion, _: Translate) -> dict[str, str]:
    """Names of axes and traces."""
    return {
        "timestep": _("timestep t"),
        "zero": _("exactly zero"),
        "beyond": _("too large for a number"),
        "theory": _("theory: ρᵏ, exact"),
        "bound": _("bound: σᵏ, σ the largest singular value"),
        "no_forget_bias": _("LSTM without the forget bias"),
        **{cell: _(WORDS[cell]) for cell in question.cells},
    }


def readings(question: FlowQuestion, _: Translate) -> list[Reading]:
    """What is read off the flow of the first chosen cell."""
    cell = _(WORDS[question.cells[0]])
    return [
        Reading(
            "per_step_factor",
            f"{_('Per-step factor')}, {cell}",
            _(
                "r: by how much G_t changes from one timestep to the one before it. Below 1 it vanishes, above 1 it explodes."
            ),
        ),
        Reading("half_life", _("Half-life"), _("After so many timesteps back half of the gradient is left.")),
        Reading(
            "horizon",
            _("Memory horizon"),
            _("The largest lag at which G_t is still a hundredth of its maximum or more."),
            "count",
        ),
    ]


def table(question: FlowQuestion, flows: Flows, _: Translate) -> str:
    """All cells side by side, as HTML."""
    heads = (
        _("Cell"),
        _("Per-step factor"),
        _("Factor of c"),
        _("Half-life"),
        _("Doubling lag"),
        _("Memory horizon"),
        _("Exact zeros"),
    )
    last = len(flows[0].hidden) - 1
    rows = []
    for number, flow in enumerate(flows):
        name = _(WORDS[flow.cell]) if number < len(question.cells) else _("LSTM without the forget bias")
        numbers = (flow.per_step_factor, flow.cell_per_step_factor, flow.half_life, flow.doubling_lag)
        horizon = f"≥ {last}" if flow.horizon == last else str(flow.horizon)
        rows.append([name, *map(_number, numbers), horizon, str(flow.zeros)])
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(each)}</td>" for each in row[1:]) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def seen(question: FlowQuestion, flows: Flows, _: Translate) -> str:
    """What was just seen, as HTML: the first cell's flow in one sentence, then what else the numbers show."""
    first, *rest = _sentences(question, flows, _)
    return f"<p><strong>{escape(first)}</strong></p>" + "".join(f"<p>{escape(each)}</p>" for each in rest)


def trusted(found: Sequence[Trust], _: Translate) -> str:
    """What the check against central differences found, as HTML."""
    recursion, end_to_end = (
        max(math.inf if finite(error) is None else error for error in errors)
        for errors in ([each.recursion_error for each in found], [each.end_to_end_error for each in found])
    )
    said = _(
        "In float64, {count} derivatives by central differences, which know nothing of backpropagation, against those of "
        "the engine: every timestep's step back differs by {recursion} at most, and each G_t, by moving h_t and running "
        "on to the end, by {end_to_end} of the largest."
    ).format(
        count=f"{sum(each.derivatives for each in found):,}",
        recursion=f"{recursion:.1e}",
        end_to_end=f"{end_to_end:.1e}",
    )
    if not all(each.exact for each in found):
        said += _(
            " Where gradients explode, the finite differences lose digits to rounding: such an error does not mean that"
            " the gradient is wrong."
        )
    return f"<p>{escape(said)}</p>"


def _sentences(question: FlowQuestion, flows: Flows, _: Translate) -> list[str]:
    said = [_main(question, flows[0], _), _theory(flows, _), _gain(question, flows, _)]
    said += [_gates(question, flows, _), _off(question, flows, _)]
    return [sentence for sentence in said if sentence]


def _main(question: FlowQuestion, flow: GradientFlowAnswer, _: Translate) -> str:
    cell, hidden = _(WORDS[flow.cell]), flow.hidden
    back = len(hidden) - 1
    first, last, r = hidden[0], hidden[-1], flow.per_step_factor
    if question.loss_on == "all":
        return _(
            "With a loss on every timestep fresh gradient enters everywhere: the flow of {cell} looks level, and that "
            "hides vanishing. Set the loss to the last timestep to see what really comes back."
        ).format(cell=cell)
    if flow.beyond:
        return _("The gradient of {cell} explodes beyond what a number can hold, 1e308.").format(cell=cell)
    if first == 0:
        return _(
            "The gradient of {cell} is exactly 0 at {zeros} of {all} timesteps: nothing that happens there is learnt from."
        ).format(cell=cell, zeros=flow.zeros, all=len(hidden))
    share = _share(first, last)
    if r is None or abs(r - 1) <= LEVEL:
        return _(
            "From timestep to timestep the gradient of {cell} hardly changes: after {back} timesteps {share} of it is left."
        ).format(back=back, cell=cell, share=share)
    if r > 1:
        grows = _(
            "Over {back} timesteps the gradient of {cell} grows to {share} times what it was: it doubles every {lag} "
            "timesteps."
        ).format(back=back, cell=cell, share=share, lag=_number(flow.doubling_lag, 2))
        return grows + (_(" It explodes: one step along it throws the weights far away.") if r**back > MUCH else "")
    falls = _(
        "Over {back} timesteps the gradient of {cell} falls to {share} of what it was: it halves every {half} timesteps"
    ).format(back=back, cell=cell, share=share, half=_number(flow.half_life, 2))
    if flow.horizon == back:
        return falls + _(", slowly enough for all {all} timesteps to teach it something.").format(all=len(hidden))
    return falls + _(", so only the last {reached} timesteps teach it anything.").format(reached=flow.horizon + 1)


def _theory(flows: Flows, _: Translate) -> str:
    for flow in flows:
        if flow.theory is not None:
            pairs = zip(flow.theory, flow.hidden, strict=True)
            apart = max((abs(a / b - 1) for a, b in pairs if a and b), default=0.0)
            return _(
                "The dashed line is theory, ρᵏ at lag k = T − t. With weights ρQ (Q a rotation) and nothing to read the "
                "state stays 0, tanh's slope is 1 and theory is exact: measured and expected differ by {apart} at most."
            ).format(apart=f"{apart:.0e}" if apart else "0")
    return ""


def _gain(question: FlowQuestion, flows: Flows, _: Translate) -> str:
    """What ρ and σ do not say."""
    tanh = next((flow for flow in flows if flow.cell == "rnn_tanh"), None)
    r = tanh.per_step_factor if tanh else None
    if tanh is None or r is None or tanh.theory is not None or tanh.rho is None or tanh.sigma_max is None:
        return ""
    rho, sigma = _number(tanh.rho, 3), _number(tanh.sigma_max, 3)
    numbers = {"rho": rho, "sigma": sigma, "r": _number(r, 3)}
    if tanh.rho > 1 + LEVEL and r < 1:
        return _(
            "ρ = {rho} is above 1 and yet the gradient of the tanh RNN shrinks, by a factor of {r} a timestep: what it reads drives "
            "tanh to where its slope is small. ρ above 1 does not mean that gradients explode."
        ).format(**numbers)
    if tanh.rho < 1 < tanh.sigma_max - LEVEL and r < 1:
        return _(
            "For the tanh RNN ρ = {rho}, σ = {sigma} and r = {r} are three different numbers. σ above 1 is needed for an "
            "explosion but does not bring one about; ρ below 1 promises nothing either."
        ).format(**numbers)
    return ""


def _gates(question: FlowQuestion, flows: Flows, _: Translate) -> str:
    """An LSTM's forget gates start near one half: then it vanishes like a plain RNN."""
    factors = [flow.cell_per_step_factor for flow in flows if flow.cell_per_step_factor is not None]
    if not factors:
        return ""
    c = _number(factors[0])
    if len(factors) == 2:
        without = _number(factors[1])
        return _(
            "With a forget bias of {bias} the gradient along the LSTM's cell state is multiplied by {c} at every timestep "
            "back; without it by {without}."
        ).format(bias=_number(question.forget_bias), c=c, without=without)
    if factors[0] > 0.8 or question.forget_bias is not None:
        return ""
    if question.init == "pytorch":
        return _(
            "PyTorch's default LSTM vanishes like a plain RNN, by a factor of {c} a timestep along its cell state: its forget gates "
            "start near one half and let only half of c pass. A forget bias of 3 cures it."
        ).format(c=c)
    return _(
        "The LSTM vanishes as well, by a factor of {c} a timestep along its cell state: its forget gates start near one half and let "
        "only half of c pass. A forget bias of 3 cures it."
    ).format(c=c)


def _off(question: FlowQuestion, flows: Flows, _: Translate) -> str:
    relu = next((flow for flow in flows if not CELLS[flow.cell].smooth), None)
    if relu is None or question.input != "zeros" or question.init == "pytorch" or not relu.zeros:
        return ""
    return _("With nothing to read and no bias every ReLU unit is off, and its gradient is exactly 0.")


def _share(first: float | None, last: float | None) -> str:
    if not first or not last:
        return "0"
    power = math.log10(first) - math.log10(last)  # the quotient itself may be too small for a number
    if -3 < power < 4:
        return _number(10**power, 2)
    whole = int(power // 1)
    return f"{10 ** (power - whole):.1f}e{whole}"


def _number(value: float | None, digits: int = 4) -> str:
    if value is None:
        return "–"
    # Not 1.2e+02 for 120.
    return f"{value:.0f}" if 10**digits <= abs(value) < 1e6 else f"{value:.{digits}g}"
