"""What all tests share."""

from collections.abc import Iterator

import pytest

from rnn_engine.runs import worker
from tests.fakes import Hall


@pytest.fixture
def hall() -> Iterator[Hall]:
    """A registry of runs that is moved by hand."""
    worker._held.clear()
    yield Hall()
    worker._held.clear()
