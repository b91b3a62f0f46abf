"""From a survey's readings to what the diagram is sent: a matrix for each thing shown, and the line where r is 1.

A row of a matrix is a row of the diagram, a column a column; what is not measured yet is None.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from playground.laboratory.phase.settings import Grid
from rnn_engine.runs import Reading

Matrix = list[list[float | None]]


def cells_of(grid: Grid, seeds: int, readings: Sequence[Reading | None]) -> dict[tuple[int, int], list[Reading]]:
    """The readings of every (column, row) of which all seeds are measured."""
    cells = {}
    for number, place in enumerate(grid.order):
        found = [reading for reading in readings[number * seeds : (number + 1) * seeds] if reading is not None]
        if len(found) == seeds:
            cells[place] = found
    return cells


def matrices_of(grid: Grid, seeds: int, readings: Sequence[Reading | None]) -> dict[str, Any]:
    """What viewers are sent. Colours are logarithms, to the base 10; the numbers themselves stand beside them."""
    cells = cells_of(grid, seeds, readings)
    factor = _matrix(grid, {place: middle(found, "per_step_factor") for place, found in cells.items()})
    memory = _matrix(grid, {place: middle(found, "cell_per_step_factor") for place, found in cells.items()})
    loss = _matrix(grid, {place: final_loss(found) for place, found in cells.items()})
    diverged = {place: diverged_share(found) for place, found in cells.items()}
    marked = [place for place, share in diverged.items() if share]
    return {
        "done": sum(reading is not None for reading in readings),
        "cells": len(readings),
        "factor": {"values": factor, "colours": _logs(factor), "line": _line(factor)},
        "cell_factor": {"values": memory, "colours": _logs(memory), "line": _line(memory)},
        "loss": {"values": loss, "colours": _logs(loss), "line": NO_LINE},
        "diverged": {"values": _matrix(grid, diverged), "colours": _matrix(grid, diverged), "line": NO_LINE},
        "marks": {"x": [column for column, _row in marked], "y": [row for _column, row in marked]},
    }


NO_LINE: dict[str, list[float | None]] = {"x": [], "y": []}


def middle(found: Sequence[Reading], name: str) -> float | None:
    """The median over a cell's seeds of what was measured; None if nothing was."""
    values = [value for reading in found if (value := getattr(reading, name)) is not None]
    return median(values) if values else None


def final_loss(found: Sequence[Reading]) -> float | None:
    """The median training loss of a cell's seeds that did not diverge."""
    return middle([reading for reading in found if reading.diverged is None], "train_loss")


def diverged_share(found: Sequence[Reading]) -> float:
    """Share of a cell's seeds that diverged."""
    return sum(reading.diverged is not None for reading in found) / len(found)


def _matrix(grid: Grid, values: Mapping[tuple[int, int], float | None]) -> Matrix:
    def short(value: float | None) -> float | None:
        return None if value is None else float(f"{value:.4g}")

    return [[short(values.get((column, row))) for column in range(len(grid.rho))] for row in range(len(grid.against))]


def _logs(matrix: Matrix) -> Matrix:
    return [[None if value is None else round(math.log10(max(value, 1e-12)), 3) for value in row] for row in matrix]


def _line(factor: Matrix) -> dict[str, list[float | None]]:
    """Where ln r passes through 0, linearly between the middles of neighbouring cells; pieces are parted by None.

    Only between four cells that are all measured, so the line says nothing about what is not.
    """
    x: list[float | None] = []
    y: list[float | None] = []
    for row in range(len(factor) - 1):
        for column in range(len(factor[row]) - 1):
            for start, end in _pieces(factor, column, row):
                x += [start[0], end[0], None]
                y += [start[1], end[1], None]
    return {"x": x, "y": y}


Point = tuple[float, float]


def _pieces(factor: Matrix, column: int, row: int) -> Iterator[tuple[Point, Point]]:
    """The line's pieces inside the square between four cells' middles (marching squares)."""
    corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
    values = [factor[j][i] for i, j in corners]
    heights = [math.log(value) for value in values if value]
    if len(heights) < 4:
        return
    crossed = []
    for k in range(4):
        (i, j), (i2, j2), here, there = corners[k], corners[(k + 1) % 4], heights[k], heights[(k + 1) % 4]
        if (here < 0) != (there < 0):
            share = here / (here - there)
            crossed.append((round(i + share * (i2 - i), 3), round(j + share * (j2 - j), 3)))
    if len(crossed) == 4 and (sum(heights) < 0) != (heights[0] < 0):
        crossed = crossed[1:] + crossed[:1]  # a saddle: its middle belongs to the two corners of its own sign
    yield from zip(crossed[::2], crossed[1::2], strict=True)
