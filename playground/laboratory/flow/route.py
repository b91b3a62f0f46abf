"""Where a dial that is being dragged asks: a measurement of untrained networks, answered at once, beside every script.

Keeps nothing and changes nothing, so it needs no visit; what comes in is validated like a link.
"""

import asyncio
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.laboratory.flow.answer import Shown, answer, measured
from playground.laboratory.flow.settings import FLOPS_LIMIT, FlowQuestion
from playground.language.i18n import LANGUAGES

LARGEST = 100_000  # bytes of a question
AT_ONCE = 4  # questions that wait for a slot; more wait here, where giving up costs nothing


def _known(lang: str) -> str:
    if lang not in LANGUAGES:
        raise ValueError(f"there is no language {lang!r}")
    return lang


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: FlowQuestion
    lang: Annotated[str, AfterValidator(_known)] = "en"


_turn = asyncio.Semaphore(AT_ONCE)


async def _flow(request: Request) -> Response:
    # Another site's page can send text here, but not JSON: its browser would ask first.
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return Response(status_code=415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return Response(status_code=413)
    try:
        asked = _Asked.model_validate_json(bytes(body))
        if asked.question.flops > FLOPS_LIMIT:
            return JSONResponse({"problem": "too_costly"}, status_code=422)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)
        return JSONResponse({"problem": problem}, status_code=422)
    async with _turn:
        if await request.is_disconnected():
            return Response(status_code=204)
        found = await asyncio.to_thread(_answer, asked)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _answer(asked: _Asked) -> Shown:
    return answer(asked.question, measured(asked.question), asked.lang)


routes = [Route("/playground/probe/flow", _flow, methods=["POST"])]
