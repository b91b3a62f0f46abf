"""Numbers too small for float32's full precision: below 1.2e-38 a processor takes many times longer to multiply.

Vanishing gradients pass through there, so a training step over 500 timesteps spends most of its time on numbers that
nothing depends on. Training counts them as zeros.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_LEAST = 5e-324  # a subnormal number; a variable, so that it is multiplied by the processor and not by the compiler


@contextmanager
def subnormals_are_zeros() -> Iterator[None]:
    """In this thread, where its processor can: a result below the smallest normal number is 0. Put back afterwards."""
    kept = _LEAST * 1.0 != 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        if kept:
            torch.set_flush_denormal(False)
