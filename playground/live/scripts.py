"""The scripts that run in the browser, and the addresses at which it finds them.

A script's address is its place below `playground/`, so `import "../live/format.js"` names the same file in the browser
as it does on the disk. All these scripts share one fingerprint, which stands in their addresses: when one of them
changes, the browser loads that one and every script that imports it anew.
"""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ROOM = Path(__file__).parent.parent
PLOTLY = "plotly.js"
_PLOTLY_FILE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def script_url(name: str) -> str:
    """Where the browser finds a script; the address changes with the scripts, so the browser may keep it for ever."""
    return f"/playground/{_script(name)[1]}/{name}"


def fingerprint(scripts: Mapping[str, bytes]) -> str:
    """A short text that changes whenever one of the scripts does."""
    return hashlib.sha256(repr(sorted(scripts.items())).encode()).hexdigest()[:12]


@cache
def _script(name: str) -> tuple[bytes, str]:
    """A script, compressed, and the fingerprint in its address; KeyError where there is none of this name."""
    together = {PLOTLY: _PLOTLY_FILE.read_bytes()} if name == PLOTLY else _ours()
    return gzip.compress(together[name], 6), fingerprint(together)


@cache
def _ours() -> dict[str, bytes]:
    return {path.relative_to(ROOM).as_posix(): path.read_bytes() for path in ROOM.rglob("*.js")}


async def _serve(request: Request) -> Response:
    name = request.path_params["name"]
    if name != PLOTLY and name not in _ours():
        return Response(status_code=404)
    headers = {
        "Content-Encoding": "gzip",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
    }
    return Response(_script(name)[0], media_type="text/javascript", headers=headers)


routes = [Route("/playground/{fingerprint}/{name:path}", _serve)]
