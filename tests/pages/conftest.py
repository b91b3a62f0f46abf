"""How tests open a page."""

import pytest

from playground.running.registry import put_registry
from tests.fakes import Hall
from tests.visitor import Visit, opened


@pytest.fixture
def visit(hall: Hall) -> Visit:
    """Opens pages of an app whose runs are moved by hand."""
    put_registry(hall.registry)
    return opened
