"""What a page asks about a network that is not being trained: plain values in, plain values out.

Runs in a slot's worker, since the server never loads torch. Every probe is an experiment handed to the engine's public
functions; nothing here has a recurrence or a gradient of its own.
"""

from collections.abc import Callable
from typing import Any

from rnn_engine.questions.flow import flow, trust
from rnn_engine.questions.forgetting import forgets
from rnn_engine.questions.microscope import microscope
from rnn_engine.questions.trace import look_inside

#: What `Registry.probe` can ask, by name.
PROBES: dict[str, Callable[..., Any]] = {
    "flow": flow,
    "flow_trust": trust,
    "inside": look_inside,
    "microscope": microscope,
    "forgets": forgets,
}
