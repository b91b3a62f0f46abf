"""The event stream of a channel (server-sent events), and the browser's half of the live charts."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from playground.channel import Channel, find_channel
from rnn_engine.runs import Books, Viewer

HEARTBEAT = 3.0  # seconds; a dead connection is noticed when writing to it fails

_SCRIPTS = {
    "live.js": Path(__file__).with_name("live.js"),
    "plotly.js": Path(plotly.__file__).parent / "package_data" / "plotly.min.js",
}

_IDLE = {"run": None, "version": 0, "state": "idle", "next": "play", **Books().news(Viewer(lambda: None))}
_open: set[asyncio.Event] = set()
_closing = False


def open_streams() -> None:
    """Begin to serve streams."""
    global _closing
    _closing = False
    _script("plotly.js")  # compressed once, before the first visitor


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
    run, viewer, last, more = None, Viewer(wake), "", True
    try:
        while not _closing:
            if channel.run is not run:
                if run is not None:
                    run.detach(viewer)
                run, viewer, more = channel.run, Viewer(wake), True
                if run is not None:
                    run_id, _, cursor = seen.partition(" ")
                    viewer.cursor = min(int(cursor), run.step) if run_id == run.id and cursor.isdigit() else 0
                    run.attach(viewer)
            if not more:
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                except TimeoutError:
                    yield ": \n\n"
                news.clear()
            message = run.message(viewer) if run else _IDLE
            more = message["more"]
            text = json.dumps(message, separators=(",", ":"))
            if text != last:
                last = text
                yield f"id: {message['run']} {viewer.cursor}\ndata: {text}\n\n"
    finally:
        _open.discard(news)
        channel.listeners.discard(wake)
        if run is not None:
            run.detach(viewer)


@cache
def _script(name: str) -> tuple[bytes, str]:
    """A script, compressed, and a fingerprint of it."""
    content = _SCRIPTS[name].read_bytes()
    return gzip.compress(content, 6), hashlib.sha256(content).hexdigest()[:12]


def script_url(name: str) -> str:
    """Where the browser finds a script; the address changes with its content, so it may be cached for ever."""
    return f"/playground/{_script(name)[1]}/{name}"


async def _serve_script(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _SCRIPTS:
        return Response(status_code=404)
    headers = {
        "Content-Encoding": "gzip",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    return Response(_script(name)[0], media_type="text/javascript", headers=headers)


routes = [
    Route("/playground/stream/{channel}", _stream),
    Route("/playground/{fingerprint}/{name}", _serve_script),
]
