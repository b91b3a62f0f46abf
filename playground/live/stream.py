"""The event stream of a channel (server-sent events)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from playground.live.channel import Channel, find_channel
from rnn_engine.runs import Books, Playable, Viewer

HEARTBEAT = 3.0  # seconds; a dead connection is noticed when writing to it fails

_IDLE = {"run": None, "version": 0, "state": "idle", "next": "play", **Books().news(Viewer(lambda: None))}
_open: set[asyncio.Event] = set()
_closing = False


def open_streams() -> None:
    """Begin to serve streams."""
    global _closing
    _closing = False


def close_streams() -> None:
    """End every stream, so that the server can stop."""
    global _closing
    _closing = True
    for news in _open:
        news.set()


async def _stream(request: Request) -> Response:
    channel = find_channel(request.path_params["channel"])
    if channel is None or _closing:
        return Response(status_code=204)  # tells an EventSource to give up quietly
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    seen = request.headers.get("last-event-id", "")
    return StreamingResponse(_events(channel, seen), media_type="text/event-stream", headers=headers)


async def _events(channel: Channel, seen: str) -> AsyncIterator[str]:
    """The channel's messages; `seen` is the id of the last one that this browser had before it lost the stream."""
    news, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(news.set)

    _open.add(news)
    channel.listeners.add(wake)
    lanes: list[_Lane] = []
    cursors = dict(zip(seen.split()[::2], seen.split()[1::2], strict=False))
    try:
        while not _closing:
            if [lane.run for lane in lanes] != list(channel.lanes):
                for lane in lanes:
                    lane.leave()
                lanes = [_Lane(place, run, wake, cursors) for place, run in enumerate(channel.lanes)]
            elif not any(lane.more for lane in lanes):
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                except TimeoutError:
                    yield ": \n\n"
                news.clear()
            for lane in lanes:
                text = lane.news(len(lanes))
                if text is not None:
                    yield f"id: {' '.join(each.place_in_run for each in lanes)}\ndata: {text}\n\n"
    finally:
        _open.discard(news)
        channel.listeners.discard(wake)
        for lane in lanes:
            lane.leave()


class _Lane:
    """One of the runs that a stream shows, and what this browser has had of it."""

    def __init__(self, place: int, run: Playable | None, wake: Callable[[], None], cursors: Mapping[str, str]) -> None:
        self.place, self.run, self.more = place, run, False
        self._viewer, self._last = Viewer(wake), ""
        if run is not None:
            cursor = cursors.get(run.id, "")
            self._viewer.cursor = min(int(cursor), run.step) if cursor.isdigit() else 0
            run.attach(self._viewer)

    def news(self, lanes: int) -> str | None:
        """A message, if there is anything new."""
        message = self.run.message(self._viewer) if self.run else _IDLE
        self.more = message["more"]
        text = json.dumps({**message, "lane": self.place, "lanes": lanes}, separators=(",", ":"))
        if text == self._last:
            return None
        self._last = text
        return text

    @property
    def place_in_run(self) -> str:
        """Which run, and how far: what a browser that reconnects says it has had."""
        return f"{self.run.id if self.run else '-'} {self._viewer.cursor}"

    def leave(self) -> None:
        """Watch no longer."""
        if self.run is not None:
            self.run.detach(self._viewer)


routes = [Route("/playground/stream/{channel}", _stream)]
