"""How numbers are written: Markdown, medians with their quartiles."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from benchmarks.rounds import Spread


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table, each as soon as its row is there."""
    yield _row(header)
    yield _row(["---"] * len(header))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def number(value: float, digits: int = 3) -> str:
    """So many significant digits, without a needless exponent."""
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.{digits - 1}e}"
    return f"{float(f'{value:.{digits}g}'):.10g}"


def spread(values: Spread, unit: str = "") -> str:
    """`median [first quartile, third quartile] unit`."""
    low, high = values.quartiles
    return f"{number(values.median)} [{number(low)}, {number(high)}] {unit}".rstrip()


def median_and_largest(values: Spread, unit: str) -> str:
    """For what people wait for: the usual wait and the worst one."""
    return f"median {number(values.median)} {unit}, longest {number(values.largest)} {unit} (n = {len(values.values)})"


def machine() -> str:
    """What the numbers were taken on, in one line."""
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"Python {platform.python_version()}, torch {version('torch')}"
    )
