"""What a page's event stream shows: the run that the page's script has put there, whichever that is.

The browser opens the stream of its channel when the page mounts. So the first losses of a new run reach the charts
without waiting until the page has been drawn again.
"""

import secrets
from collections.abc import Callable
from weakref import WeakValueDictionary

from rnn_engine.runs import Run


class Channel:
    """A page's channel; it lives as long as the visit that holds it, and is found by its unguessable id."""

    def __init__(self) -> None:
        self.id = secrets.token_urlsafe(16)
        self.run: Run | None = None
        self.listeners: set[Callable[[], object]] = set()
        _channels[self.id] = self

    def show(self, run: Run | None) -> None:
        """Stream this run from now on, or none."""
        if run is not self.run:
            self.run = run
            for wake in tuple(self.listeners):
                wake()


_channels: WeakValueDictionary[str, Channel] = WeakValueDictionary()


def find_channel(channel_id: str) -> Channel | None:
    """The channel with this id, while its visit lasts."""
    return _channels.get(channel_id)
