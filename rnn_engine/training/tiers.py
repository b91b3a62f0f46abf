"""The ways to train a run, and what each of them can train: which one is taken is asked here and nowhere else.

"fast" is compiled (`kernels/`), "reference" is torch with `bptt.py` (`reference_tier.py`), both for recurrent networks;
"autograd" is for any other torch module (`autograd_tier.py`). Imports torch only to make a tier.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from rnn_engine.experiment import Experiment
from rnn_engine.training import kernels

if TYPE_CHECKING:
    from rnn_engine.training.data import Data
    from rnn_engine.training.evaluation import Evaluator
    from rnn_engine.training.flat import FlatWeights
    from rnn_engine.training.kernels.tier import FastTier
    from rnn_engine.training.optimizers import Optimizer
    from rnn_engine.training.torch_tier import TorchTier

TierName = Literal["reference", "fast", "autograd"]
Tier = Literal["auto", TierName]
Made = tuple["FastTier | TorchTier", "Evaluator[Any]"]


@dataclass(frozen=True)
class TierRecord:
    """What there is to know about a tier."""

    supports: Callable[[Experiment], bool]
    lacks: str  # what it cannot train, in an error's words
    make: Callable[[Experiment, "Data", "FlatWeights", "Optimizer"], Made]
    ready: Callable[[], bool] = lambda: True  # whether it can begin at once


def _recurrent(experiment: Experiment) -> bool:
    return experiment.network.architecture == "recurrent"


def _fast(experiment: Experiment, data: "Data", flat: "FlatWeights", optimizer: "Optimizer") -> Made:
    from rnn_engine.training.kernels.tier import FastEvaluator, FastTier

    kernels.warm_up()
    return FastTier(experiment, data, flat, optimizer), FastEvaluator(experiment, data)


def _reference(experiment: Experiment, data: "Data", flat: "FlatWeights", optimizer: "Optimizer") -> Made:
    from rnn_engine.training.evaluation import ReferenceEvaluator
    from rnn_engine.training.reference_tier import ReferenceTier

    return ReferenceTier(experiment, data, flat, optimizer), ReferenceEvaluator(experiment, data)


def _autograd(experiment: Experiment, data: "Data", flat: "FlatWeights", optimizer: "Optimizer") -> Made:
    from rnn_engine.training.autograd_tier import AutogradEvaluator, AutogradTier

    return AutogradTier(experiment, data, flat, optimizer), AutogradEvaluator(experiment, data)


#: The tiers, quickest first.
TIERS: dict[TierName, TierRecord] = {
    "fast": TierRecord(
        kernels.supports,
        lacks="skip, layer_norm, regulariser, padding or architecture other than 'recurrent'",
        make=_fast,
        ready=lambda: kernels.ready(),  # asked of the module, where a test may answer
    ),
    "reference": TierRecord(_recurrent, lacks="architecture other than 'recurrent'", make=_reference),
    "autograd": TierRecord(lambda experiment: not _recurrent(experiment), lacks="recurrent networks", make=_autograd),
}


def chosen_tier(tier: Tier, experiments: Iterable[Experiment]) -> TierName:
    """The tier that all these experiments share; "auto": the quickest that is ready now and can train every one.

    Experiments that no tier trains all of get the reference tier. Raises ValueError for an unknown one.
    """
    if tier not in get_args(Tier):
        raise ValueError(f"tier must be {_listed(get_args(Tier))}, not {tier!r}")
    if tier != "auto":
        return tier
    given = list(experiments)
    able = (name for name, record in TIERS.items() if record.ready() and all(map(record.supports, given)))
    return next(able, "reference")


def check_tier(tier: TierName, experiment: Experiment) -> None:
    """Raise ValueError for a tier that cannot train the experiment, with those that can."""
    if not TIERS[tier].supports(experiment):
        able = [name for name, record in TIERS.items() if record.supports(experiment)]
        raise ValueError(f"tier {tier!r} has no {TIERS[tier].lacks}; use {_listed(['auto', *able])}")


def _listed(names: Sequence[str]) -> str:
    """Names as in "'auto', 'reference' or 'fast'"."""
    return f"{', '.join(map(repr, names[:-1]))} or {names[-1]!r}"
