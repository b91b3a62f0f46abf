"""The stepper's probe: plain values, and a script of NumPy that prints the same numbers."""

import contextlib
import io
import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from rnn_engine import NetworkConfig
from rnn_engine.cells import Cell
from rnn_engine.measures.results import Trace
from rnn_engine.measures.short_sequence import ShortSequence
from rnn_engine.plain import plain
from rnn_engine.questions.kinds import TraceAnswer, TraceQuestion
from rnn_engine.questions.trace import look_inside
from tests.engine.small_networks import ALL_CELLS, LOSS_ON

READS = {
    "numbers": {"kind": "numbers", "sequence": "0.3 -0.5 0.9 1.4", "target": "0.7"},
    "words": {
        "kind": "words",
        "sequence": "I love machine learning",
        "target": ".",
        "other": "machine learning I love",
    },
}


def look(reads: str = "words", cell: Cell = "rnn_tanh", loss_on: Any = "last", **settings: Any) -> TraceAnswer:
    network = NetworkConfig(cell=cell, hidden_size=settings.pop("hidden_size", 3))
    settings = {"embedding_size": 2, "learning_rate": 0.1, "steps": 0, "seed": 4, **settings}
    return look_inside(TraceQuestion(ShortSequence.model_validate(READS[reads]), network, loss_on=loss_on, **settings))


def after_one_update(found: TraceAnswer) -> Trace:
    assert found.trace.after is not None
    return found.trace.after


def numbers_in(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", text)]


@ALL_CELLS
@LOSS_ON
@pytest.mark.parametrize("reads", READS)
def test_the_script_prints_the_same_numbers(cell: Cell, loss_on: Any, reads: str) -> None:
    found = look(reads, cell, loss_on)
    printed = io.StringIO()
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(printed):
        exec(compile(found.script, "inside.py", "exec"), names)
    for name, kept in {"h": "hidden", "y": "outputs", "direct": "direct", "through": "through", "dh": "total"}.items():
        np.testing.assert_allclose(names[name], getattr(found.trace, kept), rtol=1e-10, atol=1e-15)
    assert names["L"] == pytest.approx(found.trace.loss, rel=1e-12)
    for name, gradient in found.trace.gradients.items():
        if name != "E":
            np.testing.assert_allclose(names[f"d{name}"], gradient, rtol=1e-9, atol=1e-14)
    lines = " ".join(printed.getvalue().splitlines())
    for t in range(1, 5):
        vector = r"\[(.*?)\]"
        parts = rf"t = {t} h = {vector} y = {vector} L_t = .*? direct = {vector} through = {vector} dL/dh = {vector}"
        printed_here = re.search(parts, lines)
        assert printed_here
        shown = [found.trace.hidden[t], found.trace.outputs[t - 1]]
        shown += [found.trace.direct[t], found.trace.through[t], found.trace.total[t]]
        for text, values in zip(printed_here.groups(), shown, strict=True):
            assert numbers_in(text) == pytest.approx(values, rel=1e-6, abs=1e-8)


def test_the_script_runs_by_itself_and_is_short() -> None:
    script = look().script
    answer = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert "L = " in answer.stdout
    _data, work, _printing = script.split("\n\n", 1)[1].split("\n\n")
    assert len(work.splitlines()) <= 14


@ALL_CELLS
@pytest.mark.parametrize("reads", READS)
def test_the_answer_is_plain_and_autograd_agrees(cell: Cell, reads: str) -> None:
    found = look(reads, cell, "last", steps=3)
    shown = plain(found)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown["trace"]["losses"][:-1] == [None] * 3
    assert all(difference < 1e-13 for difference in found.difference.values())
    assert after_one_update(found).loss < found.trace.loss
    assert after_one_update(found).after is None


def test_steps_before_are_the_updates_one_after_the_other() -> None:
    assert look(steps=1).trace.loss == after_one_update(look(steps=0)).loss
    assert look(steps=300, learning_rate=0.5).trace.loss < 0.05


def test_another_order_is_another_state_and_the_same_bag() -> None:
    other = look().other
    assert other is not None
    assert other.distances is not None
    assert other.units == ["machine", "learning", "I", "love"]
    assert other.distance == pytest.approx(other.distances[-1])
    assert other.distance > 0.01
    assert other.bag_distance == 0
    assert other.bags[0].tolist() == other.bags[1].tolist()
    assert other.outputs[0].tolist() != other.outputs[1].tolist()
    assert look("numbers").other is None


def test_sequences_of_other_lengths_are_compared_at_their_ends() -> None:
    read = ShortSequence(kind="characters", sequence="hello", target="!", other="hell")
    network = NetworkConfig(cell="gru", hidden_size=2)
    question = TraceQuestion(read, network, embedding_size=2, loss_on="all", learning_rate=0.1, steps=0, seed=1)
    other = look_inside(question).other
    assert other is not None
    assert other.distances is None
    assert other.distance > 0
