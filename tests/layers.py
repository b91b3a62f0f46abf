"""Which rooms may import which: a row may use the rows below it, never one above or beside it.

`python -m tests.layers` prints the picture that stands in the README; `test_layering.py` holds the code to the same rows.
"""

ROWS = {
    "playground": (
        ("frame", "server"),
        ("lessons",),
        ("laboratory", "inside"),
        ("comparing",),
        ("panels",),
        ("running",),
        ("data",),
        ("figures", "uploads"),
        ("settings",),
        ("live",),
        ("language",),
        ("assets", "visit"),
    ),
    "rnn_engine": (
        ("runs",),
        ("questions", "sweeps"),
        ("scripts", "free_running"),
        ("training",),
        ("measures",),
        ("network",),
        ("baselines",),
        ("experiment",),
        ("architectures",),
        ("configs", "cost"),
        ("cells", "tasks"),
        ("plain", "wording"),
    ),
}


def row_of(room: str, name: str) -> int:
    """How far down `name`, a folder or a file of `room`, stands; ValueError for one that has no row."""
    for number, row in enumerate(ROWS[room]):
        if name in row:
            return number
    raise ValueError(f"{room}/{name} has no row in tests/layers.py")


def picture() -> str:
    """The rows as text, each room's beside the other's."""
    cells = {room: [" ".join(row) for row in rows] for room, rows in ROWS.items()}
    height = max(map(len, cells.values()))
    width = max(len(cell) for cell in cells["playground"]) + 4
    lines = [f"{'playground':<{width}}rnn_engine", ""]
    for number in range(height):
        pair = [cells[room][number] if number < len(cells[room]) else "" for room in ROWS]
        lines.append(f"{pair[0]:<{width}}{pair[1]}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    print(picture())
