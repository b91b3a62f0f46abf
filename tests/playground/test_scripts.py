"""The scripts that the browser runs: each is found, by the address at which its importers look for it."""

import asyncio
import gzip
import re
from urllib.parse import urljoin

import pytest
from starlette.requests import Request
from starlette.responses import Response

from playground.live.scripts import PLOTLY, ROOM, fingerprint, routes, script_url

SCRIPTS = sorted(path.relative_to(ROOM).as_posix() for path in ROOM.rglob("*.js"))


def imports(name: str) -> list[str]:
    """What a script imports, as written."""
    return re.findall(r'^import (?:[^"]* from )?"([^"]+)";', (ROOM / name).read_text(encoding="utf-8"), re.MULTILINE)


def get(address: str) -> Response:
    """What a server with these routes answers."""
    scope = {"type": "http", "method": "GET", "path": address, "headers": []}
    [route] = routes
    _match, found = route.matches(scope)
    return asyncio.run(route.endpoint(Request({**scope, **found})))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_served_as_it_is_and_so_is_what_it_imports(name: str) -> None:
    address = script_url(name)
    answer = get(address)
    assert gzip.decompress(answer.body) == (ROOM / name).read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]
    for imported in imports(name):
        file = (ROOM / name).parent.joinpath(imported).resolve()
        assert file.exists()
        assert script_url(file.relative_to(ROOM).as_posix()) == urljoin(address, imported)


def test_the_check_of_imports_sees_them() -> None:
    assert imports("settings/dial.js") == ["../live/format.js"]
    assert "./keys.js" in imports("live/live.js")


def test_the_address_of_every_script_changes_when_one_of_them_does() -> None:
    scripts = {"a.js": b'import "./b.js";', "b.js": b"1;"}
    assert fingerprint(scripts) == fingerprint(dict(reversed(scripts.items())))
    assert fingerprint(scripts) != fingerprint({**scripts, "b.js": b"2;"})
    assert {script_url(name).split("/")[2] for name in SCRIPTS} == {
        fingerprint({name: (ROOM / name).read_bytes() for name in SCRIPTS})
    }


def test_only_scripts_are_served() -> None:
    assert get(script_url(PLOTLY)).status_code == 200
    for name in ("live/scripts.py", "../play.py", "nothing.js"):
        assert get(f"/playground/0/{name}").status_code == 404
