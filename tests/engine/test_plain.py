"""The one way to plain values: what JSON can carry, with as many digits as are asked for."""

import json
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pytest

from rnn_engine.plain import finite, number, plain, row, rows


@dataclass(frozen=True)
class Inner:
    values: np.ndarray
    pair: tuple[float, float]


@dataclass(frozen=True)
class Outer:
    inner: Inner
    names: dict[str, float]
    count: int
    exact: bool
    text: str


def test_what_is_not_finite_becomes_none_and_zero_stays() -> None:
    assert [finite(value) for value in (0.0, nan, inf, -inf, None)] == [0.0, None, None, None, None]
    assert row([0.0, nan, inf, None]) == [0.0, None, None, None]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_digits_are_those_of_the_number_as_it_is_printed(dtype) -> None:
    values = np.random.default_rng(1).normal(size=(3, 50)).astype(dtype) * 10.0 ** np.arange(-25, 25)
    assert rows(values, 6) == [[float(f"{value:.6g}") for value in line] for line in values]
    assert row(values[0]) == values[0].tolist()
    assert number(123.456789, 4) == 123.5
    assert number(1e-7 / 3, 3) == 3.33e-08


def test_a_row_without_digits_keeps_every_bit() -> None:
    values = np.random.default_rng(2).normal(size=100)
    assert np.array(row(values)).tobytes() == values.tobytes()


def test_dataclasses_arrays_and_tuples_become_what_json_gives_back() -> None:
    value = Outer(Inner(np.array([[1.0, nan], [2.0, 1 / 3]]), (inf, 0.5)), {"a": 2 / 3}, 3, True, "t")
    found = plain(value, 2)
    assert found == {
        "inner": {"values": [[1.0, None], [2.0, 0.33]], "pair": [None, 0.5]},
        "names": {"a": 0.67},
        "count": 3,
        "exact": True,
        "text": "t",
    }
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert plain(value)["names"] == {"a": 2 / 3}
