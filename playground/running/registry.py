"""The one registry of runs in this server."""

import os
import threading

from rnn_engine.runs import Registry

_registry: Registry | None = None
_lock = threading.Lock()


def open_registry() -> Registry:
    """The registry, opened if need be. PLAYGROUND_SLOTS in the environment sets how many slots it has."""
    global _registry
    with _lock:
        if _registry is None:
            slots = os.environ.get("PLAYGROUND_SLOTS", "")
            _registry = Registry(slots=int(slots) if slots.isdigit() else None)
        return _registry


def close_registry() -> None:
    """End every worker and forget the registry."""
    global _registry
    with _lock:
        registry, _registry = _registry, None
    if registry is not None:
        registry.close()


def put_registry(registry: Registry) -> None:
    """Use this registry from now on: for tests."""
    global _registry
    with _lock:
        _registry = registry
