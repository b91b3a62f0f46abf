"""Links are a contract: what those of before meant, they mean still.

`old_links.json` was recorded from the app before its files were put in folders: for each link the values of all keyed
widgets, the link that the page writes back, and how many warnings it shows. Settings may join; none may change.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from playground.running.registry import put_registry
from tests.fakes import AnsweringHall
from tests.visitor import FRAME, link_of, opened

RECORDED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("old_links.json").read_text(encoding="utf-8"))
KINDS = ("selectbox", "number_input", "slider", "select_slider", "toggle", "text_input", "text_area", "button_group")
LONGEST = 200  # characters that stand in the record as they are


def recorded(value: Any) -> Any:
    """A widget's value as the record has it: a long text by its length and fingerprint."""
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{len(value)} characters, {hashlib.sha256(value.encode()).hexdigest()[:12]}"
    return list(value) if isinstance(value, tuple) else value


def test_there_are_links_to_every_page() -> None:
    assert {each["page"] for each in RECORDED} == {path.stem for path in (FRAME.parents[1] / "pages").glob("*.py")}
    assert len(RECORDED) > 60


@pytest.mark.parametrize("old", RECORDED, ids=lambda old: f"{old['page']} {old['link']}")
def test_an_old_link_means_what_it_meant(old: dict[str, Any]) -> None:
    put_registry(AnsweringHall().registry)
    app = opened(old["page"], **old["link"])
    elements: list[Any] = [element for kind in KINDS for element in app.get(kind) if element.key]
    widgets = {element.key: recorded(element.value) for element in elements}
    assert {name: widgets.get(name) for name in old["widgets"]} == old["widgets"]
    assert link_of(app) == old["back"]
    assert len(app.warning) == old["warnings"]
