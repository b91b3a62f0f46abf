"""What a page's event stream shows: the runs that the page's script has put there, whichever those are.

The browser opens the stream of its channel when the page mounts. So the first losses of a new run reach the charts
without waiting until the page has been drawn again. Most pages show one run; a race shows several, each in its lane.
"""

import secrets
from collections.abc import Callable
from weakref import WeakValueDictionary

from rnn_engine.runs import Playable


class Channel:
    """A page's channel; it lives as long as the visit that holds it, and is found by its unguessable id."""

    def __init__(self) -> None:
        self.id = secrets.token_urlsafe(16)
        self.lanes: tuple[Playable | None, ...] = (None,)
        self.listeners: set[Callable[[], object]] = set()
        _channels[self.id] = self

    def show(self, *lanes: Playable | None) -> None:
        """Stream these runs from now on, one a lane; None where there is none yet."""
        if lanes != self.lanes:
            self.lanes = lanes
            for wake in tuple(self.listeners):
                wake()


_channels: WeakValueDictionary[str, Channel] = WeakValueDictionary()


def find_channel(channel_id: str) -> Channel | None:
    """The channel with this id, while its visit lasts."""
    return _channels.get(channel_id)
