"""The server around the screens: it opens the registry of runs, serves the live streams and stops cleanly."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.laboratory.flow import route as probe_route
from playground.live import scripts, stream
from playground.running.registry import close_registry, open_registry

routes = [*probe_route.routes, *stream.routes, *scripts.routes]


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[dict[str, Any]]:
    """Open the registry, whose slots warm beside the first page; on the way out leave no process behind."""
    stream.open_streams()
    scripts.script_url(scripts.PLOTLY)  # compressed once, before the first visitor
    await asyncio.to_thread(open_registry)
    with _streams_end_on_signals():
        yield {}
    stream.close_streams()
    await asyncio.to_thread(close_registry)


@contextmanager
def _streams_end_on_signals() -> Iterator[None]:
    # The server waits for open connections before it leaves, and an event stream never ends by itself: so end them
    # when the signal comes, and let the handlers that were there do the rest.
    before: dict[int, Any] = {}
    loop = asyncio.get_running_loop()

    def handler(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stream.close_streams)
        if callable(before[number]):
            before[number](number, frame)

    for number in (int(signal.SIGTERM), int(signal.SIGINT)):
        try:
            before[number] = signal.getsignal(number)
            signal.signal(number, handler)
        except ValueError:  # not the main thread: somebody else handles signals
            return (yield)
    yield
    for number, old in before.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, old)


class _SecurityHeaders:
    """Keep other sites from framing the app, and browsers from guessing content types."""

    HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self.HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


middleware = [Middleware(_SecurityHeaders)]
