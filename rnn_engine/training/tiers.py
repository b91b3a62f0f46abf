"""Which of two ways a run is trained: "reference" in torch (`reference_tier.py`), or "fast", compiled (`kernels/`)."""

from collections.abc import Iterable
from typing import Literal

from rnn_engine.experiment import Experiment
from rnn_engine.training import kernels

Tier = Literal["auto", "reference", "fast"]


def chosen_tier(tier: Tier, experiments: Iterable[Experiment]) -> Literal["reference", "fast"]:
    """The tier that all these experiments share; "auto": the fast one if it is ready now and can train every one.

    Raises ValueError for an unknown one.
    """
    if tier not in ("auto", "reference", "fast"):
        raise ValueError(f"tier must be 'auto', 'reference' or 'fast', not {tier!r}")
    if tier != "auto":
        return tier
    return "fast" if kernels.ready() and all(map(kernels.supports, experiments)) else "reference"
