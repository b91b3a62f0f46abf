"""The one way from measured numbers to plain values, which JSON can carry: what is not finite becomes None.

Knows nothing of torch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

import numpy as np

#: Significant digits for a chart: more than it can show, and half the bytes.
CHART_DIGITS = 6

Row = list[float | None]


def finite(number: float | None) -> float | None:
    """The number, or None where it is not finite."""
    return None if number is None or not isfinite(number) else number


def number(value: float | None, digits: int | None = None) -> float | None:
    """A number as a float, with at most so many significant digits; None where it is missing or not finite."""
    if value is None:
        return None
    return finite(float(value) if digits is None else float(f"{value:.{digits}g}"))


def row(values: Iterable[float | None], digits: int | None = None) -> Row:
    """Several numbers, each as `number` has it."""
    listed = values.tolist() if isinstance(values, np.ndarray) else values  # numpy's own floats are slow to format
    return [number(value, digits) for value in listed]


def rows(matrix: Iterable[Iterable[float | None]], digits: int | None = None) -> list[Row]:
    """Several rows of numbers."""
    return [row(values, digits) for values in matrix]


def plain(value: object, digits: int | None = None) -> Any:
    """Any value: dataclasses as dictionaries of their fields, arrays and tuples as lists, floats as `number` has them."""
    if isinstance(value, float):
        return number(value, digits)
    if isinstance(value, np.ndarray):
        return plain(value.tolist(), digits)
    if isinstance(value, list | tuple):
        return [plain(each, digits) for each in value]
    if isinstance(value, Mapping):
        return {name: plain(each, digits) for name, each in value.items()}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name), digits) for field in fields(value)}
    return value
