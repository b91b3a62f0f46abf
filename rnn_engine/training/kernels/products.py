"""The two matrix products that training consists of, each in tiles of 4 x 16 results that stay in registers.

    add_product             C += A B      a timestep forward or back: B, the weights, packed in panels beforehand
    add_transposed_product  C += A^T B    a weight's gradient, a sum over all rows (timesteps and examples)

A panel is sixteen columns of a matrix, each row of it contiguous, so that the inner loop reads memory in order. All
sizes are whole numbers of tiles: columns are padded with zeros to multiples of sixteen, rows to multiples of four, and
zeros add nothing.
"""

from typing import Any

import numpy as np

from rnn_engine.training.kernels.compiler import kernel
from rnn_engine.training.kernels.vectors import LANES, load, multiply_add, spread, store

ROWS = 4  # of a tile
ROWS_AT_ONCE = 128  # of a long sum: their part of A and B stays in the nearest cache
WIDE = 128  # columns


@kernel
def add_product(c: Any, a: Any, panels: Any, fresh: bool = False) -> None:
    """C += A B, or, `fresh`, C = A B. c (M, N), a (M, K), panels (N / 16, K, 16) of B."""
    for p in range(panels.shape[0]):
        panel, j = panels[p], p * LANES
        for i in range(0, c.shape[0], ROWS):
            c0 = c1 = c2 = c3 = spread(0.0, load(c, i, j))
            if not fresh:
                c0, c1, c2, c3 = load(c, i, j), load(c, i + 1, j), load(c, i + 2, j), load(c, i + 3, j)
            for k in range(panel.shape[0]):
                b = load(panel, k, 0)
                c0 = multiply_add(a[i, k], b, c0)
                c1 = multiply_add(a[i + 1, k], b, c1)
                c2 = multiply_add(a[i + 2, k], b, c2)
                c3 = multiply_add(a[i + 3, k], b, c3)
            store(c, i, j, c0)
            store(c, i + 1, j, c1)
            store(c, i + 2, j, c2)
            store(c, i + 3, j, c3)


@kernel
def add_transposed_product(c: Any, a: Any, b: Any) -> None:
    """C += A^T B. c (M, N), a (R, M), b (R, N)."""
    # Rows that lie a power of two apart crowd each other out of the cache: wide matrices are copied tile by tile.
    wide = max(c.shape[0], c.shape[1]) > WIDE
    strip = np.empty((ROWS_AT_ONCE, ROWS), a.dtype)
    panels = np.empty((c.shape[1] // LANES if wide else 0, ROWS_AT_ONCE, LANES), b.dtype)
    for start in range(0, a.shape[0], ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, a.shape[0] - start)
        for p in range(panels.shape[0]):
            panel = panels[p]
            for r in range(rows):
                store(panel, r, 0, load(b, start + r, p * LANES))
        for i in range(0, c.shape[0], ROWS):
            if wide:
                for r in range(rows):
                    for k in range(ROWS):
                        strip[r, k] = a[start + r, i + k]
                for p in range(panels.shape[0]):
                    _add_to_tile(c, i, p * LANES, strip, 0, 0, panels[p], 0, 0, rows)
            else:
                for j in range(0, c.shape[1], LANES):
                    _add_to_tile(c, i, j, a, start, i, b, start, j, rows)


@kernel
def _add_to_tile(
    c: Any, i: int, j: int, a: Any, a_row: int, a_column: int, b: Any, b_row: int, b_column: int, rows: int
) -> None:
    c0, c1, c2, c3 = load(c, i, j), load(c, i + 1, j), load(c, i + 2, j), load(c, i + 3, j)
    for r in range(rows):
        row = load(b, b_row + r, b_column)
        c0 = multiply_add(a[a_row + r, a_column], row, c0)
        c1 = multiply_add(a[a_row + r, a_column + 1], row, c1)
        c2 = multiply_add(a[a_row + r, a_column + 2], row, c2)
        c3 = multiply_add(a[a_row + r, a_column + 3], row, c3)
    store(c, i, j, c0)
    store(c, i + 1, j, c1)
    store(c, i + 2, j, c2)
    store(c, i + 3, j, c3)


@kernel
def add_rows(total: Any, a: Any) -> None:
    """total (1, N) += the sum of a's rows (R, N); R a multiple of four."""
    for r in range(0, a.shape[0], ROWS):
        for j in range(0, a.shape[1], LANES):
            four = (load(a, r, j) + load(a, r + 1, j)) + (load(a, r + 2, j) + load(a, r + 3, j))
            store(total, 0, j, load(total, 0, j) + four)


@kernel
def pack(panels: Any, weight: Any, gates: int) -> None:
    """Panels of W itself, for products x W. weight (gates * R, K); panels (K padded / 16, gates * R padded, 16)."""
    rows = weight.shape[0] // gates
    padded = panels.shape[1] // gates
    for p in range(panels.shape[0]):
        panel, first = panels[p], p * LANES
        columns = min(LANES, weight.shape[1] - first)
        for gate in range(gates):
            for r in range(rows):
                for k in range(columns):
                    panel[gate * padded + r, k] = weight[gate * rows + r, first + k]


@kernel
def pack_transposed(panels: Any, weight: Any, gates: int) -> None:
    """Panels of W^T, for products x W^T. weight (gates * R, K); panels (gates * R padded / 16, K padded, 16)."""
    rows = weight.shape[0] // gates
    padded = panels.shape[0] * LANES // gates
    for gate in range(gates):
        for r in range(rows):
            column = gate * padded + r
            panel, lane = panels[column // LANES], column % LANES
            for k in range(weight.shape[1]):
                panel[k, lane] = weight[gate * rows + r, k]


@kernel
def unpad(weight: Any, padded: Any, gates: int) -> None:
    """Copy a padded matrix (gates * R padded, K padded) without its zeros to `weight` (gates * R, K)."""
    rows, skip = weight.shape[0] // gates, padded.shape[0] // gates
    for gate in range(gates):
        for r in range(rows):
            for k in range(weight.shape[1]):
                weight[gate * rows + r, k] = padded[gate * skip + r, k]
