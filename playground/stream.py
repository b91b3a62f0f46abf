"""The event stream of a run (server-sent events), and the browser's half of the live charts."""

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

from playground.registry import open_registry
from rnn_engine.runs import Run, Viewer

HEARTBEAT = 3.0  # seconds; a dead connection is noticed when writing to it fails

_SCRIPTS = {
    "live.js": Path(__file__).with_name("live.js"),
    "plotly.js": Path(plotly.__file__).parent / "package_data" / "plotly.min.js",
}

_loop: asyncio.AbstractEventLoop | None = None
_open: set[asyncio.Event] = set()
_closing = False


def serve_on(loop: asyncio.AbstractEventLoop) -> None:
    """Begin to serve streams on this event loop."""
    global _loop, _closing
    _loop, _closing = loop, False
    _script("plotly.js")  # compressed once, before the first visitor


def close() -> None:
    """End every stream, so that the server can stop."""
    global _closing
    _closing = True
    for news in _open:
        news.set()


async def _stream(request: Request) -> Response:
    run = open_registry().find(request.path_params["run"])
    if run is None or _closing:
        return Response(status_code=204)  # tells an EventSource to give up quietly
    last = request.headers.get("last-event-id", "0")
    viewer_from = int(last) if last.isdigit() else 0
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(run, viewer_from), media_type="text/event-stream", headers=headers)


async def _events(run: Run, cursor: int) -> AsyncIterator[str]:
    news, loop = asyncio.Event(), asyncio.get_running_loop()
    viewer = Viewer(lambda: loop.call_soon_threadsafe(news.set), cursor=min(cursor, run.step))
    _open.add(news)
    run.attach(viewer)
    try:
        more = True
        while not _closing:
            if not more:
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                except TimeoutError:
                    yield ": \n\n"
                    continue
            news.clear()
            message = run.message(viewer)
            more = message["more"]
            yield f"id: {viewer.cursor}\ndata: {json.dumps(message, separators=(',', ':'))}\n\n"
    finally:
        _open.discard(news)
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
    Route("/playground/stream/{run}", _stream),
    Route("/playground/{fingerprint}/{name}", _serve_script),
]
