"""The bench "flow" as a user meets it, without a browser; and the route that its dial asks."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from playground.laboratory.flow import route as probe_route
from playground.laboratory.flow.answer import answer, measured
from playground.laboratory.flow.settings import PRESETS, FlowQuestion
from playground.language.i18n import LANGUAGES
from playground.running.registry import put_registry
from tests.fakes import AnsweringHall
from tests.visitor import Visit, link_of, opened, press


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    measured.cache_clear()
    put_registry(AnsweringHall().registry)
    yield
    measured.cache_clear()


@pytest.fixture
def visit() -> Visit:
    return partial(opened, "gradients", bench="flow")


def post(content: dict[str, Any], kind: str = "application/json") -> tuple[int, Any]:
    """What the route answers: its status, and its JSON if there is any."""
    headers = [(b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "path": "/playground/probe/flow", "headers": headers}

    async def receive() -> dict[str, Any]:
        if not sent:
            sent.append(True)
            return {"type": "http.request", "body": json.dumps(content).encode(), "more_body": False}
        return await asyncio.Future()  # the browser waits

    sent: list[bool] = []
    (route,) = probe_route.routes
    # In a thread: a browser driven by another test leaves its event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(asyncio.run, route.endpoint(Request(scope, receive))).result()
    return answer.status_code, json.loads(answer.body) if answer.body else None


def said(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def seen(**settings: Any) -> str:
    question = FlowQuestion(**settings)
    return answer(question, measured(question), "en")["told"]["seen"]


def test_the_bench_says_in_a_sentence_what_is_seen(visit: Visit) -> None:
    words = said(visit())
    assert "Over 99 timesteps the gradient of RNN (tanh) falls to" in words
    assert "PyTorch&#x27;s default LSTM vanishes" in words


def test_a_link_opens_the_same_settings(visit: Visit) -> None:
    app = visit(init="orthogonal", rho="0.9", cells="rnn_tanh", input="zeros", sequence_length="50")
    assert app.selectbox(key="init").value == "orthogonal"
    assert app.number_input(key="sequence_length").value == 50
    assert app.session_state["cells"] == ["rnn_tanh"]
    assert "The dashed line is theory" in said(app)
    link = {"bench": "flow", "init": "orthogonal", "rho": "0.9", "cells": "rnn_tanh", "input": "zeros"}
    assert link_of(app) == {**link, "sequence_length": "50"}


def test_several_cells_stand_in_the_link_in_their_own_order(visit: Visit) -> None:
    app = visit(cells="gru,rnn_tanh,gru")
    assert link_of(app)["cells"] == "rnn_tanh,gru"
    app = visit(cells="gru,transformer")
    assert any("transformer" in warning.value for warning in app.warning)
    assert "cells" not in link_of(app)


def test_the_last_cell_cannot_be_taken_away(visit: Visit) -> None:
    app = visit(cells="lstm")
    pills = next(group for group in app.button_group if group.key == "cells")
    pills.set_value([]).run()
    assert not app.exception
    assert app.session_state["cells"] == ["lstm"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_one_click_and_its_link_opens_it_again(visit: Visit, name: str) -> None:
    app = press(visit(), {"vanishes": "preset"}.get(name, f"preset_{name}"))
    words, link = said(app), link_of(app)
    assert said(visit(**link)) == words
    expected = {"vanishes": "falls to", "rho": "theory", "explodes": "It explodes", "forget_bias": "hardly changes"}
    assert expected[name] in words


def test_the_words_follow_the_numbers() -> None:
    shrinking = seen(cells=("rnn_tanh",), init="orthogonal", rho=1.1)
    assert "ρ = 1.1 is above 1 and yet the gradient" in shrinking
    assert "three different numbers" in seen(cells=("rnn_tanh",))
    assert "hides vanishing" in seen(loss_on="all")
    assert "every ReLU unit is off" in seen(cells=("rnn_relu",), init="orthogonal", input="zeros")
    assert "beyond what a number can hold" in seen(cells=("rnn_relu",), init="identity", rho=3, sequence_length=500)
    assert "exactly 0 at 99 of 100" in seen(cells=("rnn_tanh",), init="orthogonal", rho=0)
    assert "without it by" in seen(cells=("lstm",), forget_bias=3)


def test_the_check_shows_its_largest_error_until_something_else_is_on_the_screen(visit: Visit) -> None:
    app = press(visit(hidden_size="8", sequence_length="10"), "trust")
    assert "derivatives by central differences" in said(app)
    app.number_input(key="hidden_size").set_value(9).run()
    assert "derivatives by central differences" not in said(app)


def test_what_cannot_be_measured_is_explained(visit: Visit) -> None:
    app = visit(hidden_size="512", sequence_length="500", cells="rnn_tanh,rnn_relu,lstm,gru")
    assert any("billion operations" in error.value for error in app.error)
    app = visit(input="text", sequence_length="20")
    app.text_area(key="flow_text").set_value("too short").run()
    assert not app.exception
    assert any("are too few" in error.value for error in app.error)
    assert "text" not in link_of(app)


def test_a_dial_is_answered_with_figure_readings_and_words() -> None:
    question = {"cells": ["rnn_tanh"], "init": "orthogonal", "rho": 0.5, "input": "zeros", "sequence_length": 20}
    status, found = post({"question": question, "lang": "en"})
    assert status == 200
    assert found["readings"]["per_step_factor"] == pytest.approx(0.5, rel=1e-10)
    line = next(trace for trace in found["figure"]["data"] if trace["name"] == "RNN (tanh)")
    assert line["y"][0] / line["y"][-1] == pytest.approx(0.5**19, rel=1e-5)
    assert "theory" in found["told"]["seen"]


@pytest.mark.parametrize(
    "question",
    [
        {"rho": 1e9},
        {"rho": "NaN"},
        {"cells": []},
        {"hidden_size": 10**6},
        {"unknown": 1},
        {"input": "text", "text": ""},
    ],
)
def test_a_bad_question_is_refused(question: dict[str, Any]) -> None:
    assert post({"question": question})[0] == 422


def test_a_costly_a_huge_and_a_foreign_question_are_refused() -> None:
    big = {"cells": ["rnn_tanh", "rnn_relu", "lstm", "gru"], "hidden_size": 512, "sequence_length": 500}
    assert post({"question": big}) == (422, {"problem": "too_costly"})
    assert post({"question": {"text": "x" * 200_000}})[0] == 413
    # What a form on another site could send without its browser asking first.
    assert post({"question": {}}, kind="text/plain")[0] == 415


def test_an_answer_is_in_the_language_asked_for_and_an_unknown_one_is_refused() -> None:
    question = {"cells": ["rnn_tanh"], "hidden_size": 4, "sequence_length": 10}
    said = {lang: post({"question": question, "lang": lang})[1]["told"]["seen"] for lang in LANGUAGES}
    assert len(set(said.values())) == len(LANGUAGES)
    assert post({"question": question, "lang": "xx"})[0] == 422
