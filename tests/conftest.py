"""What all tests share."""

import os
from collections.abc import Iterator

# Read when numpy and torch are imported: on busy cores two threads that wait for each other take many times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from rnn_engine.runs import worker
from tests.fakes import Hall


@pytest.fixture
def hall() -> Iterator[Hall]:
    """A registry of runs that is moved by hand."""
    worker._held.clear()
    yield Hall()
    worker._held.clear()
