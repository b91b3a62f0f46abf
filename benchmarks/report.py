"""How numbers are written: Markdown, medians with their quartiles."""

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from benchmarks.rounds import Spread


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
