"""From the bytes of an uploaded file, or from pasted text, to columns of numbers.

Whatever is wrong is said in a sentence that tells what to do; what was understood rather than written, such as a
decimal comma or which column holds the times, is said in a note. Sizes are checked before anything is parsed.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise
from math import isclose, isfinite, nan
from operator import ge, le
from statistics import fmean, mode
from typing import Any, NamedTuple

from playground.uploads.encodings import encoding_of
from rnn_engine.wording import N_

MAX_BYTES, MAX_LINE, MAX_COLUMNS, MAX_ROWS = 5_000_000, 65_536, 100, 200_000
FEWEST_VALUES, MOST_MISSING, LONGEST_NAME = 4, 0.2, 80

_NONE = "\x1f"  # delimits nothing: a single column
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?", "."}

#: A number with a decimal point, and what may group its thousands; with a decimal comma the two marks are swapped.
_NUMBER = re.compile(r"[+-]?(?=\.?\d)([1-9]\d{0,2}([,'’ \u00a0\u202f]\d{3})+|\d*)(\.\d*)?(e[+-]?\d+)?", re.I)
_GROUPING = re.compile(r"[,'’ \u00a0\u202f]")
_SWAP = str.maketrans(",.", ".,")
_PADDED = re.compile(r"[+-]?0\d+(?:[.,]\d+)?", re.A)  # more likely half of a number than one
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    rf"|\d{{4}}[- ]?[qw]\d{{1,2}}|(?:\d{{1,2}}[- ])?{_MONTH}(?:[- ]\d{{1,2}},?)?[- ]\d{{2,4}}"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]m)?(?: ?z| ?[+-]\d{2}:?\d{2})?"
_TIME = re.compile(rf"(?:{_DATE})(?:[t ,]{{1,2}}{_CLOCK})?|{_CLOCK}", re.I | re.A)
_YEAR = re.compile(r"[12]\d{3}(?:(?:0[1-9]|1[0-2])(?:[0-3]\d)?|\.\d+)?", re.A)  # also 20200131 and 2020.04
_BINARY = (b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1")  # gzip, xlsx, xls, PDF, parquet


class UploadProblem(ValueError):
    """Why there is nothing to learn: an English message to translate, and the values that fill it."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message, self.values = message, values


class Note(NamedTuple):
    """What was understood or left out: an English message to translate, and the values that fill it."""

    message: str
    values: dict[str, object]


@dataclass(frozen=True)
class Column:
    """Finite numbers, oldest first, each with its timestamp if there are times; `dropped` rows had none."""

    name: str
    values: tuple[float, ...]
    timestamps: tuple[str, ...] | None
    dropped: int


@dataclass(frozen=True)
class Table:
    """At least one column worth learning, with names all different, and how the file was understood."""

    columns: tuple[Column, ...]
    encoding: str
    delimiter: str
    decimal: str
    notes: tuple[Note, ...]


def read_table(content: bytes | str) -> Table:
    """The columns of numbers in a file's bytes or in pasted text; raises nothing but `UploadProblem`."""
    text, encoding = _decoded(content)
    lines = _lines(text)
    delimiter = _delimiter([line for _, line in lines])
    rows = _rows(lines, delimiter)
    header, body = (rows[0], rows[1:]) if _has_header(rows) else ([""] * len(rows[0]), rows)
    names, cells, decimal = _names(header), list(zip(*body, strict=True)), _decimal(body, delimiter)
    numeric = {at: values for at, column in enumerate(cells) if (values := _numbers(column, decimal))}
    if not numeric:
        raise UploadProblem(N_("No column of numbers was found. Give a column with a number in each row."))
    if len(body) < FEWEST_VALUES:
        raise UploadProblem(N_("At least {needed} rows of numbers are needed. Add some."), needed=FEWEST_VALUES)

    notes = []
    marked = (cell for at in numeric for cell in dict.fromkeys(cells[at]) if _GROUPING.search(cell))
    if example := max((cell for cell in marked if isfinite(_number(cell, decimal))), key=len, default=None):
        value = f"{_number(example, decimal):.12g}"
        notes.append(Note(N_("Numbers such as {example} were read as {value}."), {"example": example, "value": value}))
    if encoding not in ("utf-8", "utf-16"):
        notes.append(Note(N_("It is not in UTF-8, so it was read as {encoding}."), {"encoding": encoding}))
    times, order = _times(cells, numeric)
    if times is not None:
        numeric.pop(times, None)
        notes.append(Note(N_("Column “{name}” was taken as the times of the rows."), {"name": names[times]}))
    if order < 0:
        notes.append(Note(N_("The newest row stood first, so the order of the rows was reversed."), {}))
    if order == 0:
        notes.append(Note(N_("The times are not in order. If they should be, sort the rows, oldest first."), {}))

    columns, useless = [], []
    for index, values in numeric.items():
        kept = [row for row, value in enumerate(values) if isfinite(value)][:: order or 1]
        stamps = None if times is None else tuple(cells[times][row] for row in kept)
        column = Column(names[index], tuple(values[row] for row in kept), stamps, len(values) - len(kept))
        about = {"name": column.name, "missing": column.dropped, "rows": len(values)}
        if column.dropped > MOST_MISSING * len(values):
            useless.append(Note(N_("Fill the gaps in “{name}”: {missing} of {rows} rows have no number."), about))
        elif len(set(column.values)) == 1:
            useless.append(Note(N_("“{name}” never changes, so there is nothing to predict."), about))
        else:
            columns.append(column)
    if not columns:
        raise UploadProblem(useless[0].message, **useless[0].values)
    return Table(tuple(columns), encoding, delimiter.strip(_NONE), decimal, tuple(notes + useless))


def _decoded(content: bytes | str) -> tuple[str, str]:
    """The text and its encoding; a letter that does not exist in it becomes a question mark."""
    if len(content) > MAX_BYTES:
        raise UploadProblem(N_("It has more than {limit} MB. Keep fewer rows."), limit=MAX_BYTES // 1_000_000)
    encoding = encoding_of(content) if isinstance(content, bytes) else "utf-8"
    text = content if isinstance(content, str) else content.decode(encoding, errors="replace")
    if "\0" in text or (isinstance(content, bytes) and content.startswith(_BINARY)):
        raise UploadProblem(N_("This is not a text file. Open it in a spreadsheet and save it as CSV."))
    return text, encoding


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, each with its number in the file; comments at the top are passed over."""
    text = text.replace("\ufeff", "").replace("−", "-").replace("\r\n", "\n").replace("\r", "\n")
    text = text if "," in text else text.replace("，", ",").replace("；", ";")
    numbered = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    lines = list(dropwhile(lambda line: re.match(r"\s*#\s*[^\s,;|]", line[1]), numbered))
    if len(lines) == 1:  # a list copied from Python has brackets
        lines = [(number, bare) for number, line in lines if (bare := line.strip(" \t[](){}"))]
    if not lines:
        raise UploadProblem(N_("There is nothing in it. Choose a file with numbers, or paste some."))
    if long := next((number for number, line in lines if len(line) > MAX_LINE), None):
        raise UploadProblem(
            N_("Line {line} is too long: it has too many columns, or values that should stand on lines of their own."),
            line=long,
        )
    if len(lines) > MAX_ROWS + 1:  # one more for a header
        raise UploadProblem(N_("It has more than {limit} rows. Keep a part of them."), limit=f"{MAX_ROWS:,}")
    return lines


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that splits the first lines most evenly into cells that make sense; none if 1,5 is one number."""
    best, most, sample = _NONE, 0.0, lines[:50]
    for mark in "\t;|, " + _NONE:  # of two that do equally well, the first is meant
        rows: list[list[str]] = [next(_records([line], mark), []) for line in sample]
        width = mode(map(len, rows))
        even = [len(row) == width and (width > 1 or "," not in row[0] or _makes_sense(row[0])) for row in rows]
        sense = _sense(cell for row in rows[1:] or rows for cell in row[:MAX_COLUMNS]) * sum(even) / len(rows)
        if sense > most and (width > 1 or mark == _NONE):
            best, most = mark, sense
    parts = [line.split(",") for line in sample if "." in line and _is_number(line)]  # 1.234,5 or 1,234.5
    rising = all(_number(a[0], ".") < _number(b[0], ".") for a, b in pairwise(parts))  # more likely times
    return _NONE if best == "," and len(parts) >= len(sample) - 1 > 0 and not rising else best


def _records(lines: Iterable[str], delimiter: str, strict: bool = False) -> Any:
    """The standard library's reader; blanks delimit in any number."""
    if delimiter == " ":
        lines = (re.sub(r"[ \t]+", " ", line).strip(" ") for line in lines)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " ", strict=strict)


def _rows(lines: Sequence[tuple[int, str]], delimiter: str) -> list[list[str]]:
    """The cells, as many in each row; the numbers of a single line become a column."""
    if len(lines) > 1 and len(next(_records([lines[0][1]], delimiter))) > MAX_COLUMNS:
        raise UploadProblem(N_("It has more than {limit} columns. Keep those you need."), limit=MAX_COLUMNS)
    records: list[tuple[int, int, list[str]]] = []  # number of the line, cells in it, cells without the empty last
    reader, at = _records((line for _, line in lines), delimiter, strict=True), 0
    try:
        for record in reader:
            row = [cell.strip() for cell in record]
            while row and not row[-1]:
                row.pop()
            records.append((lines[at][0], len(record), row))
            at = reader.line_num
    except csv.Error:
        raise UploadProblem(N_("Close the quotation mark that opens in line {line}."), line=lines[at][0]) from None
    if len(records) == 1:
        return [[cell] for cell in records[0][2]] or [[""]]
    width = min(mode(given for _, given, _ in records), max(len(row) for _, _, row in records))
    while records and not records[-1][2]:
        records.pop()
    for number, given, row in records:
        if not len(row) <= width <= given:
            message = N_("Each row should have {expected} cells, but line {line} has {given}. Correct it.")
            raise UploadProblem(message, expected=width, line=number, given=given)
        row += [""] * (width - len(row))
    return [row for _, _, row in records] or [[""]]


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has no number, or has a word above cells that make sense."""
    words = [index for index, cell in enumerate(rows[0]) if not _makes_sense(cell)]
    below = [sum(_makes_sense(row[index]) for row in rows[1:51]) > len(rows[1:51]) / 2 for index in words]
    return len(rows) > 1 and bool(words) and (any(below) or not any(map(_is_number, rows[0])))


def _names(header: Sequence[str]) -> list[str]:
    """Printable, not too long, and all different."""
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        printable = "".join(letter if letter.isprintable() else " " for letter in cell)
        name = " ".join(printable.split())[:LONGEST_NAME].strip() or f"column {number}"
        copies = (f"{name} ({copy})" for copy in range(2, len(header) + 2))
        names.append(name if name not in names else next(copy for copy in copies if copy not in names))
    return names


def _is_number(cell: str, decimals: str = ".,") -> bool:
    return any(_NUMBER.fullmatch(cell if mark == "." else cell.translate(_SWAP)) for mark in decimals)


def _makes_sense(cell: str) -> bool:
    return cell.casefold() in _MISSING or _is_number(cell) or bool(_TIME.fullmatch(cell))


def _sense(cells: Iterable[str]) -> float:
    """The share of cells that are a number, a time or missing."""
    return fmean(_makes_sense(cell.strip()) and not _PADDED.fullmatch(cell.strip()) for cell in cells)


def _decimal(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """The decimal mark under which more cells are numbers; of 1,234 between semicolons it is the comma."""
    cells = [cell for row in rows[:1000] for cell in row if "," in cell or "." in cell]
    point, comma = (sum(_is_number(cell, mark) for cell in cells) for mark in ".,")
    unsure = delimiter == ";" and point == comma and not any("." in cell for cell in cells)
    return "," if comma > point or (unsure and cells) else "."


def _number(cell: str, decimal: str) -> float:
    cell = cell if decimal == "." else cell.translate(_SWAP)
    try:
        return float(cell)
    except ValueError:
        return float(_GROUPING.sub("", cell)) if _NUMBER.fullmatch(cell) else nan


def _numbers(cells: Sequence[str], decimal: str) -> list[float]:
    """What the cells say, or nothing if too few of those that say something are finite numbers."""
    meanings = {cell: _number(cell, decimal) for cell in set(cells)}
    values = [meanings[cell] for cell in cells]
    silent = sum(value != value and cell.casefold() in _MISSING for cell, value in zip(cells, values, strict=True))
    return values if sum(map(isfinite, values)) >= max(1, (1 - MOST_MISSING) * (len(cells) - silent)) else []


def _times(columns: Sequence[Sequence[str]], numeric: dict[int, list[float]]) -> tuple[int | None, int]:
    """Which column holds the times, if any, and whether they rise (1), fall (-1) or do neither (0)."""
    for index, column in enumerate(columns):
        told = [cell for cell in column if cell.casefold() not in _MISSING]
        if index not in numeric and told and all(map(_TIME.fullmatch, told)):
            return index, _order(told)
    if 0 in numeric and len(numeric) > 1:  # years, or a count, or evenly spaced times
        steps = [b - a for a, b in pairwise(numeric[0])]
        years = all(map(_YEAR.fullmatch, columns[0]))
        rising = all(step > 0 and (years or isclose(step, steps[0], rel_tol=1e-3)) for step in steps)
        if rising or (years and all(step < 0 for step in steps)):
            return 0, 1 if rising else -1
    return None, 1


def _order(times: Sequence[str]) -> int:
    """As in `_times`, by the dates alone; 1 where there are no dates in numbers with a full year."""
    dates = [tuple(map(int, re.findall(r"\d+", time)[:3])) for time in times]
    year_first, year_last = (all(len(date) > at and date[at] > 999 for date in dates) for at in (0, 2))
    last = [[(date[2], date[at], date[1 - at]) for date in dates] for at in (0, 1)] if year_last else []
    readings = [dates] if year_first else last  # the day before the month, or after it
    rising, falling = (any(all(map(be, r, r[1:])) for r in readings) for be in (le, ge))
    return 1 if rising or not readings else -1 if falling else 0
