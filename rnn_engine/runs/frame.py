"""A snapshot as pages are sent it: plain lists and numbers under the snapshot's own names.

A number that a snapshot holds, or that a property of one of its parts works out, is sent without a line here.
"""

from dataclasses import fields, is_dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from rnn_engine.plain import CHART_DIGITS, plain

if TYPE_CHECKING:
    from rnn_engine.training.snapshot import Snapshot

#: Arrays that no page draws, and one that is sent by itself.
NOT_SENT = frozenset({"predicted", "weight_parts", "weight_share"})


def frame_of(snapshot: "Snapshot") -> dict[str, Any]:
    """A snapshot as JSON can carry it. The shares of dL/dW_hh, which few of them have, stand beside its gradient flow."""
    flow = snapshot.gradient_flow
    return {**_record(snapshot), "weight_share": None if flow is None else plain(flow.weight_share, CHART_DIGITS)}


def _record(value: Any) -> dict[str, Any]:
    return {name: _sent(getattr(value, name)) for name in _names(value.__class__)}


def _sent(value: Any) -> Any:
    if is_dataclass(value) or hasattr(value, "_fields"):
        return _record(value)
    return plain(value, None if isinstance(value, float) else CHART_DIGITS)  # arrays are drawn, numbers are read


@cache
def _names(kind: type) -> tuple[str, ...]:
    """What a record of this kind holds: its fields, and what its properties work out of them."""
    held = getattr(kind, "_fields", None) or [field.name for field in fields(kind)]
    worked_out = [name for name in dir(kind) if isinstance(getattr(kind, name), property | cached_property)]
    return tuple(name for name in (*held, *worked_out) if name not in NOT_SENT)
