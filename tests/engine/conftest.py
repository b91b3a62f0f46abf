"""Both tiers for the tests that say nothing of tiers: what is claimed of training holds for either."""

from collections.abc import Iterator

import pytest

from rnn_engine import warm_up
from rnn_engine.training import kernels


@pytest.fixture
def fast() -> Iterator[None]:
    """The kernels are ready, and `Trainer(experiment)` takes them, for this test only."""
    warm_up()
    yield
    kernels._ready.clear()


@pytest.fixture
def either_tier(request: pytest.FixtureRequest) -> Iterator[str]:
    """Parametrised with the tier that "auto" means."""
    if request.param == "fast":
        warm_up()
    yield request.param
    kernels._ready.clear()
