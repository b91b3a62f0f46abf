"""The fast tier: what `bptt.py` does, compiled to machine code, a whole training step at a time.

`bptt.py` stays the text to learn from and the judge; the tests hold every number here against it. What makes this
faster is not another algorithm but less waste around the same multiplications, which for a small network take a
thirtieth of the time that torch needs:

- `products.py`   both matrix products, in tiles of 4 x 16 results that stay in registers; `vectors.py` has the sixteen
                  numbers at once that this takes, `curves.py` the nonlinearities
- `elman.py` `lstm.py` `gru.py`   a layer through time, forward and back, one line a gate
- `entry.py`      what the input brings: a token's part is worked out once, however often it occurs in a batch
- `passes.py`     layers, readout and losses, both ways; `layout.py` has the buffers and the order of the weights
- `update.py` `step.py`   clipping, the optimisers, and the whole step in one call
- `free_running.py`  one sequence at a time: samples of text and forecasts
- `tier.py`       all this behind the functions that a `Trainer` calls

The compiler is numba. It takes some twenty seconds once and keeps its work on disk; nobody waits for it, since a
`Trainer` takes this tier only when it is ready. This file says whether it is, and imports the compiler only to make it so.
"""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnn_engine.experiment import Experiment

_ready = threading.Event()
_warming = threading.Lock()


def ready() -> bool:
    """Whether this process has the kernels loaded: whether `Trainer(experiment)` takes the fast tier."""
    return _ready.is_set()


def warm_up() -> None:
    """Load the kernels, compiled before or now, and return when they are ready.

    Raises ImportError where there is no numba.
    """
    with _warming:
        if not ready():
            from rnn_engine.training.kernels import compiler, rehearsal

            if not compiler.all_is_compiled():
                compiler.compile_in_another_process()
            try:
                rehearsal.call_everything()
            except Exception:  # what lies on disk is damaged, in one of many ways
                compiler.delete_compiled()
                compiler.compile_in_another_process()
                rehearsal.call_everything()
            _ready.set()


def compiled() -> bool:
    """Whether this machine has compiled the kernels before, so that `warm_up` only takes a moment."""
    try:
        from rnn_engine.training.kernels import compiler
    except ImportError:  # no numba
        return False
    return compiler.all_is_compiled()


def supports(experiment: "Experiment") -> bool:
    """Whether the kernels can train it: recurrent networks, but for skips, layer normalisation, Pascanu's regulariser
    and padding.
    """
    network = experiment.network
    if network.architecture != "recurrent":
        return False
    return not (network.skip or network.layer_norm or experiment.training.regulariser or experiment.task.unequal)
