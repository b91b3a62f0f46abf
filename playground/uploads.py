"""From the bytes of an uploaded file, or from pasted text, to columns of numbers.

Whatever is wrong is said in a sentence that tells what to do; what was understood rather than written, such as a
decimal comma or which column holds the times, is said in a note. Sizes are checked before anything is parsed.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, dropwhile, pairwise
from statistics import mode
from typing import Any

import numpy as np
import numpy.typing as npt
from charset_normalizer import from_bytes

from rnn_engine.wording import N_

MAX_BYTES, MAX_LINE, MAX_COLUMNS, MAX_ROWS = 5_000_000, 65_536, 100, 200_000
FEWEST_VALUES, MOST_MISSING, LONGEST_NAME = 4, 0.2, 80

DELIMITERS = "\t;|, "  # where two explain a file equally well, the first of them is meant
_NONE = "\x1f"  # delimits nothing: a single column
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?", "."}

#: By decimal mark: what may group thousands, and how a number is written.
_GROUP = {".": ",'’ \u00a0\u202f", ",": ".'’ \u00a0\u202f"}
_UNGROUPED = {mark: str.maketrans(mark, ".", group) for mark, group in _GROUP.items()}
_INTEGER = {mark: rf"(?:[1-9]\d{{0,2}}(?:[{group}]\d{{3}})+|\d*)" for mark, group in _GROUP.items()}
_NUMBER = {
    mark: re.compile(rf"[+-]?(?=[{mark}]?\d){integer}(?:[{mark}]\d*)?(?:e[+-]?\d+)?", re.I | re.A)
    for mark, integer in _INTEGER.items()
}
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
#: Guesses from a few letters go wrong, so two cases come first: single accented letters, and common Chinese.
_NOT_WESTERN = re.compile(rb"[\x80-\xff]{2}|[\x81-\x90\x98-\x9f]")
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa3\xb0-\xd7][\xa1-\xfe])*")
_OTHER_ENCODINGS = ["cp1252", "gb18030", "shift_jis", "big5", "euc_kr", "cp1251"]


class UploadProblem(ValueError):
    """Why there is nothing to learn: an English message to translate, and the values that fill it."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message, self.values = message, values


@dataclass(frozen=True)
class Note:
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
    read = {index: _numbers(column, decimal) for index, column in enumerate(cells)}
    numeric = {index: values for index, values in read.items() if values is not None}
    if not numeric:
        raise UploadProblem(N_("No column of numbers was found. Give a column with a number in each row."))
    if len(body) < FEWEST_VALUES:
        message = N_("At least {needed} rows of numbers are needed, but there are {given}. Add more rows.")
        raise UploadProblem(message, needed=FEWEST_VALUES, given=len(body))

    notes = _notes_on_numbers([cells[index] for index in numeric], decimal)
    if encoding not in ("utf-8", "utf-16"):
        message = N_("The file is not in UTF-8; its letters were read as {encoding}.")
        notes.append(Note(message, {"encoding": encoding}))
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
        kept = np.flatnonzero(np.isfinite(values))[:: order or 1]
        stamps = None if times is None else tuple(cells[times][row] for row in kept)
        column = Column(names[index], tuple(values[kept].tolist()), stamps, len(values) - len(kept))
        if note := _why_useless(column):
            useless.append(note)
        else:
            columns.append(column)
    if not columns:
        raise UploadProblem(useless[0].message, **useless[0].values)
    return Table(tuple(columns), encoding, delimiter.strip(_NONE), decimal, tuple(notes + useless))


def _decoded(content: bytes | str) -> tuple[str, str]:
    """The text and its encoding; a letter that does not exist in it becomes a question mark."""
    if not content.strip():
        raise UploadProblem(N_("There is nothing in it. Choose a file with numbers, or paste some."))
    if len(content) > MAX_BYTES:
        message = N_("It has {given} MB; at most {limit} MB are accepted. Keep fewer rows or columns.")
        raise UploadProblem(message, given=f"{len(content) / 1e6:.2f}", limit=f"{MAX_BYTES / 1e6:g}")
    encoding = _encoding(content) if isinstance(content, bytes) else "utf-8"
    text = content if isinstance(content, str) else content.decode(encoding, errors="replace")
    if "\0" in text or (isinstance(content, bytes) and content.startswith(_BINARY)):
        raise UploadProblem(N_("This is not a text file. Open it in a spreadsheet and save it as CSV."))
    return text, encoding


def _encoding(content: bytes) -> str:
    """UTF-16 if marked, UTF-8 if possible, else guessed from 20 kB of the lines that are not plain ASCII."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        return content.decode() and "utf-8"
    except UnicodeDecodeError:
        lines = [line for line in content.splitlines(keepends=True) if not line.isascii()]
    ends = accumulate(map(len, lines))
    sample = b"".join(line for line, end in zip(lines, ends, strict=True) if end <= 20_000)
    if _CHINESE.fullmatch(sample):
        return "gb18030"
    guess = from_bytes(sample, cp_isolation=_OTHER_ENCODINGS).best() if _NOT_WESTERN.search(sample) else None
    return guess.encoding if guess else "cp1252"


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, each with its number in the file; comments at the top are passed over."""
    text = text.replace("\ufeff", "").replace("−", "-").replace("\r\n", "\n").replace("\r", "\n")
    if "," not in text:
        text = text.replace("，", ",").replace("；", ";")
    numbered = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    lines = list(dropwhile(lambda line: re.match(r"\s*#\s*[^\s,;|]", line[1]), numbered))
    if len(lines) == 1:  # a list copied from Python has brackets
        lines = [(number, bare) for number, line in lines if (bare := line.strip(" \t[](){}"))]
    if not lines:
        raise UploadProblem(N_("There is nothing in it. Choose a file with numbers, or paste some."))
    if long := next((number for number, line in lines if len(line) > MAX_LINE), None):
        message = N_("Line {line} has more than {limit} characters. Give each row, or each value, its own line.")
        raise UploadProblem(message, line=long, limit=f"{MAX_LINE:,}")
    if len(lines) > MAX_ROWS + 1:  # one more for a header
        message = N_("It has {given} rows; at most {limit} are accepted. Keep a part, or every n-th row.")
        raise UploadProblem(message, given=f"{len(lines):,}", limit=f"{MAX_ROWS:,}")
    return lines


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that splits the first lines most evenly into cells that make sense."""
    best, most, sample = _NONE, 0.0, lines[:50]
    for mark in DELIMITERS:
        rows = [next(_records([line], mark), []) for line in sample]
        width = mode(map(len, rows))
        even = sum(len(row) == width for row in rows) / len(rows)
        sense = even * _sense(cell for row in rows[1:] or rows for cell in row[:MAX_COLUMNS])
        if width > 1 and sense > most:
            best, most = mark, sense
    return _NONE if best == "," and _commas_are_within_numbers(sample, most) else best


def _commas_are_within_numbers(lines: Sequence[str], sense: float) -> bool:
    """Whether one column of 1,5 or 1.234,5 or 1,234.5 makes more sense than columns that commas delimit."""
    if "," in lines[0] and not _sense([lines[0]]):
        return False  # a header with several names
    lines = lines[1:] or lines
    alone, commas = _sense(lines), [line.count(",") for line in lines]
    if alone == 1 and all("." in line for line in lines) and min(commas) > 0:
        first = [float(line.split(",")[0]) for line in lines if _is_number(line.split(",")[0], ".")]
        return not all(a < b for a, b in pairwise(first))  # rising first cells are a column of times
    return alone > sense and (alone == 1 or max(commas) == 1)


def _records(lines: Iterable[str], delimiter: str, strict: bool = False) -> Any:
    """The standard library's reader; blanks delimit in any number."""
    if delimiter == " ":
        lines = (re.sub(r"[ \t]+", " ", line).strip(" ") for line in lines)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " ", strict=strict)


def _rows(lines: Sequence[tuple[int, str]], delimiter: str) -> list[list[str]]:
    """The cells, as many in each row; the numbers of a single line become a column."""
    given = len(next(_records([lines[0][1]], delimiter)))
    if given > MAX_COLUMNS and len(lines) > 1:
        message = N_("It has {given} columns; at most {limit} are accepted. Keep only those you need.")
        raise UploadProblem(message, given=f"{given:,}", limit=MAX_COLUMNS)
    reader, at = _records((line for _, line in lines), delimiter, strict=True), 0
    rows: list[list[str]] = []
    numbers, widths = [], []
    try:
        for row in reader:
            numbers.append(lines[at][0])
            widths.append(len(row))
            rows.append([cell.strip() for cell in row])
            while rows[-1] and not rows[-1][-1]:  # empty cells at the end
                rows[-1].pop()
            at = reader.line_num
    except csv.Error:
        message = N_("The quotation marks that begin in line {line} do not end as they should. Correct them.")
        raise UploadProblem(message, line=lines[at][0]) from None
    if len(rows) == 1:
        rows, numbers, widths = [[cell] for cell in rows[0]], numbers * widths[0], [1] * widths[0]
    width = min(mode(widths), max(map(len, rows), default=0))
    for row, number, given in zip(rows, numbers, widths, strict=False):
        if not len(row) <= width <= given:
            message = N_("Each row should have {expected} cells, but line {line} has {given}. Correct it.")
            raise UploadProblem(message, expected=width, line=number, given=given)
    while rows and not rows[-1]:
        rows.pop()
    return [row + [""] * (width - len(row)) for row in rows] or [[""]]


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


def _is_number(cell: str, marks: str = ".,") -> bool:
    return any(_NUMBER[mark].fullmatch(cell) for mark in marks)


def _makes_sense(cell: str) -> bool:
    return cell.casefold() in _MISSING or _is_number(cell) or bool(_TIME.fullmatch(cell))


def _sense(cells: Iterable[str]) -> float:
    """The share of cells that are a number, a time or missing."""
    sense = [_makes_sense(cell.strip()) and not _PADDED.fullmatch(cell.strip()) for cell in cells]
    return sum(sense) / max(1, len(sense))


def _decimal(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """The decimal mark under which more cells are numbers; of 1,234 between semicolons it is the comma."""
    cells = [cell for row in rows[:1000] for cell in row if "," in cell or "." in cell]
    point, comma = (sum(_is_number(cell, mark) for cell in cells) for mark in ".,")
    unsure = delimiter == ";" and point == comma and not any("." in cell for cell in cells)
    return "," if comma > point or (unsure and cells) else "."


def _number(cell: str, decimal: str) -> float:
    """NaN where no number is written."""
    return float(cell.translate(_UNGROUPED[decimal])) if _is_number(cell, decimal) else float("nan")


def _numbers(cells: Sequence[str], decimal: str) -> npt.NDArray[np.float64] | None:
    """What the cells say, or None if too few of those that say something are numbers."""
    meanings = {cell: _number(cell, decimal) for cell in set(cells)}
    silent = {cell for cell in meanings if cell.casefold() in _MISSING}
    values = np.fromiter(map(meanings.__getitem__, cells), np.float64, len(cells))
    present = len(cells) - sum(cell in silent for cell in cells)
    return values if np.isfinite(values).sum() >= max(1, (1 - MOST_MISSING) * present) else None


def _notes_on_numbers(columns: Iterable[Sequence[str]], decimal: str) -> list[Note]:
    """An example of each kind of number that is not written as in Python."""
    comma = N_("The comma was read as a decimal comma: {example} is {value}.")
    grouped = N_("Marks between thousands were taken out: {example} is {value}.")
    notes: dict[str, Note] = {}
    for cell in (cell for column in columns for cell in dict.fromkeys(column) if not cell.isdecimal()):
        message = grouped if any(mark in cell for mark in _GROUP[decimal]) else comma if "," in cell else ""
        if message and message not in notes and np.isfinite(value := _number(cell, decimal)):
            notes[message] = Note(message, {"example": cell, "value": f"{value:.12g}"})
    return list(notes.values())


def _times(columns: Sequence[Sequence[str]], numeric: dict[int, Any]) -> tuple[int | None, int]:
    """Which column holds the times, if any, and whether they rise (1), fall (-1) or do neither (0)."""
    for index, column in enumerate(columns):
        told = [cell for cell in column if cell.casefold() not in _MISSING]
        if index not in numeric and told and all(map(_TIME.fullmatch, told)):
            return index, _order(told)
    if 0 in numeric and len(numeric) > 1:  # years, or a count, or evenly spaced times
        with np.errstate(all="ignore"):
            steps = np.diff(numeric[0])
        years = all(map(_YEAR.fullmatch, columns[0]))
        if (steps > 0).all() and (years or np.allclose(steps, steps[0], rtol=1e-3, atol=0)):
            return 0, 1
        if (steps < 0).all() and years:
            return 0, -1
    return None, 1


def _order(times: Sequence[str]) -> int:
    """As in `_times`, by the dates alone; 1 where there are no dates in numbers with a full year."""
    dates = [tuple(map(int, re.findall(r"\d+", time)[:3])) for time in times]
    if all(date[0] > 999 for date in dates):
        readings = [dates]
    elif all(len(date) == 3 and date[2] > 999 for date in dates):  # the day first, or the month
        readings = [[(date[2], date[at], date[1 - at]) for date in dates] for at in (0, 1)]
    else:
        return 1
    if any(all(a <= b for a, b in pairwise(reading)) for reading in readings):
        return 1
    return -1 if any(all(a >= b for a, b in pairwise(reading)) for reading in readings) else 0


def _why_useless(column: Column) -> Note | None:
    """Why there is nothing to learn from a column, if so."""
    rows = len(column.values) + column.dropped
    if column.dropped > MOST_MISSING * rows:
        message = N_("In column “{name}” {missing} of {rows} values are missing or not finite. Fill the gaps.")
        return Note(message, {"name": column.name, "missing": column.dropped, "rows": rows})
    if len(set(column.values)) == 1:
        message = N_("All values in column “{name}” are the same, so there is nothing to predict.")
        return Note(message, {"name": column.name})
    return None
