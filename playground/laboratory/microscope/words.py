"""What the microscope's readings and traces are called, and its sentence: what was seen, from the numbers."""

import math

from playground.laboratory.microscope.settings import MicroscopeSettings
from playground.language.i18n import _, paragraph
from playground.language.words import block_words
from playground.live.readings import Reading
from rnn_engine.cells import CELLS, Cell
from rnn_engine.questions.kinds import MicroscopeAnswer

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NEITHER = 0.01  # a growth per timestep, as a logarithm, that is called none


def readings(cell: Cell) -> list[Reading]:
    """What is measured of the matrix and along the sequence."""
    record = CELLS[cell]
    of = (
        _(" For the {cell}: of the part for its candidate {block}.").format(cell=record.short, block=record.candidate)
        if record.gated
        else ""
    )
    return [
        Reading("spectral_radius", _("ρ of W_hh"), _("Spectral radius: the largest size of an eigenvalue.") + of),
        Reading(
            "sigma_max", _("σ_max of W_hh"), _("Largest singular value: the most that W_hh stretches anything.") + of
        ),
        Reading(
            "lyapunov",
            _("Lyapunov exponent λ₁"),
            _(
                "Mean growth of a small change per timestep, as a logarithm, along this very sequence. Below 0 it "
                "vanishes, above 0 it explodes. For the LSTM of h and c together."
            ),
        ),
    ]


def figure_words() -> dict[str, str]:
    """Names of traces and axes."""
    return {
        "lag": _("lag k"),
        "stretch": _("singular value"),
        "zero": _("exactly zero"),
        "smallest": _("smallest"),
        "largest": _("largest"),
        "direction": _("singular value {place}"),
        "rho": "ρ<sup>k</sup>",
        "sigma_max": "σ<sub>max</sub><sup>k</sup>",
        "real": _("real part"),
        "imaginary": _("imaginary part"),
        "unit_circle": _("unit circle"),
        "gate_h": "W<sub>hh</sub>",
        **{f"gate_{block}": words for block, words in block_words().items()},
        "value": _("value"),
        "share": _("share"),
        "of_slope": _("slope of the nonlinearity"),
        **{f"of_{block}": words for block, words in block_words().items()},
        "vanishes": _("← vanishes"),
        "explodes": _("explodes →"),
    }


def what_was_seen(view: MicroscopeSettings, found: MicroscopeAnswer) -> str:
    """What each number foretells, what the product of Jacobians does, and which of them was wrong."""
    exponent = found.lyapunov
    numbers = _("$\\rho$ = {rho}, $\\sigma_{{max}}$ = {sigma}, $\\lambda_1$ = {exponent}.").format(
        rho=f"{found.spectral_radius:.2f}",
        sigma=f"{found.sigma_max:.2f}",
        exponent="−∞" if exponent is None else f"{exponent:+.2f}".replace("-", "−"),
    )
    return paragraph(numbers, _verdict(view, found), _("Only the product of the Jacobians decides."))


def _verdict(view: MicroscopeSettings, found: MicroscopeAnswer) -> str:
    norms = [norm for norm in found.norm if norm is not None]
    if len(norms) < len(found.norm):
        return _("From lag {lag} on the product is exactly zero: no gradient goes further back.").format(
            lag=found.norm.index(None) + 1
        )
    rho, lags = found.spectral_radius, len(norms)
    half = lags // 2
    best = (norms[-1] - norms[half]) / (lags - 1 - half)  # per timestep, over the far half: what is near is transient
    typical = -math.inf if found.lyapunov is None else found.lyapunov
    peak = max(range(lags), key=norms.__getitem__)
    text = _clear_case(view, found, max(best, typical), min(best, typical))
    if rho < 1 and best < 0 < peak and norms[peak] > math.log(2) and not CELLS[view.shown_cell].gated:
        text = _(
            "$\\rho$ below 1 promises vanishing, and yet gradients first grow: {peak}-fold at lag {peak_lag}, before they "
            "shrink to {total} of their size at lag {lags}."
        )
    elif text is None:
        text = _(
            "Over {lags} lags gradients neither vanish nor explode: they change by a factor of {typical} per timestep in a "
            "typical direction, of {factor} in the best one."
        )
    return text.format(
        factor=f"{math.exp(best):.3g}",
        typical=f"{math.exp(typical):.3g}",
        lags=lags,
        total=_times(norms[-1]),
        peak=_times(norms[peak]),
        peak_lag=peak + 1,
        slope=f"{found.saturation['slope'].mean:.2f}",
    )


def _clear_case(view: MicroscopeSettings, found: MicroscopeAnswer, most: float, least: float) -> str | None:
    """Where every direction's growth has one sign: what that means for those who believed W_hh alone."""
    rho, explodes, vanishes = found.spectral_radius, least > NEITHER, most < -NEITHER
    if CELLS[view.shown_cell].gated:
        return _gated(view, explodes, vanishes)
    if explodes and rho < 1:
        return _(
            "$\\rho$ below 1 promises vanishing, and yet gradients grow by a factor of {factor} per timestep: {total}-fold "
            "at lag {lags}."
        )
    if explodes:
        return _("Gradients explode, as $\\rho$ above 1 leads one to expect: by a factor of {factor} per timestep.")
    if vanishes and rho > 1:
        return _(
            "$\\rho$ above 1 promises an explosion, and yet gradients shrink by a factor of {factor} per timestep, to "
            "{total} of their size at lag {lags}: the slope of the nonlinearity, {slope} on average, takes more than "
            "$W_{{hh}}$ gives."
        )
    if vanishes and found.sigma_max > 1:
        return _(
            "Gradients vanish, as $\\rho$ below 1 leads one to expect, but by a factor of {factor} per timestep, which is "
            "not $\\rho$; $\\sigma_{{max}}$ above 1 would have allowed an explosion."
        )
    if vanishes:
        return _(
            "Gradients vanish, by a factor of {factor} per timestep: with $\\sigma_{{max}}$ at most 1 they cannot grow."
        )
    return None


def _gated(view: MicroscopeSettings, explodes: bool, vanishes: bool) -> str | None:
    """For cells whose Jacobian W_hh alone does not make up."""
    if explodes:
        return _("Gradients explode, gates or not: by a factor of {factor} per timestep.")
    if not vanishes:
        return None
    if CELLS[view.cell].has_forget_gate and view.forget_bias is None and view.init == "pytorch":
        return _(
            "As PyTorch starts it the LSTM vanishes too, by a factor of {factor} per timestep, since its forget gate lets "
            "about half pass: raise the forget bias."
        )
    return _("Gates alone do not save the gradient: it shrinks by a factor of {factor} per timestep.")


def _times(log: float) -> str:
    """e^log, readable however large or small."""
    exponent = math.floor(log / math.log(10))
    if -3 <= exponent <= 4:
        return f"{math.exp(log):.3g}"
    return f"{math.exp(log - exponent * math.log(10)):.1f}·10{str(exponent).translate(SUPERSCRIPT)}"
