"""From the bytes of an uploaded file, or from pasted text, to columns of numbers.

Whatever is wrong is said in a sentence that tells what to do; what was understood rather than written (a decimal comma,
an encoding, which column holds the times) is said in a note. Nothing is parsed before its size is known to be harmless.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from charset_normalizer import from_bytes

from rnn_engine.wording import N_

MAX_BYTES, MAX_LINE, MAX_COLUMNS, MAX_ROWS = 5_000_000, 65_536, 100, 200_000
FEWEST_VALUES, MOST_MISSING, LONGEST_NAME = 4, 0.2, 80

DELIMITERS = "\t;|, "  # where two explain a file equally well, the first of them is meant
_NONE = "\x1f"  # the delimiter of a file that needs none
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?", "."}

#: By decimal mark: what may group thousands, how a number is written, and how that becomes Python's way to write it.
_GROUPING = {".": ",'’ \u00a0\u202f", ",": ".'’ \u00a0\u202f"}
_NUMBER = {
    mark: re.compile(
        rf"[+-]?(?:[1-9]\d{{0,2}}(?:[{_GROUPING[mark]}]\d{{3}})+|\d+|(?={end}\d))(?:{end})?(?:e[+-]?\d+)?", re.I | re.A
    )
    for mark, end in ((".", r"\.\d*"), (",", r",\d+"))
}
_PLAIN = {".": str.maketrans("", "", _GROUPING["."]), ",": str.maketrans(",", ".", _GROUPING[","])}
_PADDED = re.compile(r"[+-]?0\d+(?:[.,]\d+)?", re.A)

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    rf"|\d{{4}}[- ]?[qw]\d{{1,2}}|(?:\d{{1,2}}[- ])?{_MONTH}(?:[- ]\d{{1,2}},?)?[- ]\d{{2,4}}"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]m)?(?: ?z| ?[+-]\d{2}:?\d{2})?"
_TIME = re.compile(rf"(?:{_DATE})(?:[t ,]{{1,2}}{_CLOCK})?|{_CLOCK}", re.I | re.A)
_YEAR_FIRST, _YEAR_LAST = re.compile(r"\d{4}(?!\d)", re.A), re.compile(r"\d{1,2}\D\d{1,2}\D\d{4}(?!\d)", re.A)
_YEAR_LIKE = re.compile(r"[12]\d{3}(?:(?:0[1-9]|1[0-2])(?:[0-3]\d)?|\.\d+)?", re.A)

_BINARY = (b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1")  # gzip, zip and xlsx, xls, PDF, parquet
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
#: What to guess among. Of a few letters guesses go wrong, so single accented letters and common Chinese go first.
_ENCODINGS = ["cp1252", "gb18030", "shift_jis", "big5", "euc_kr", "cp1251"]
_NOT_WESTERN = re.compile(rb"[\x80-\xff]{2}|[\x81-\x90\x98-\x9f]")
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa3\xb0-\xd7][\xa1-\xfe])*")


@dataclass(frozen=True)
class Note:
    """A sentence for the visitor: an English message to translate, and the values that fill it."""

    message: str
    values: dict[str, object]

    def __str__(self) -> str:
        return self.message.format(**self.values)


class UploadProblem(ValueError):
    """Why no series can be made of what was given, and what to do about it."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message, self.values = message, values

    def __str__(self) -> str:
        return self.message.format(**self.values)


@dataclass(frozen=True)
class Column:
    """Finite numbers, oldest first, and a timestamp for each if there are times; `dropped` rows had no such number."""

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
    text, encoding, notes = _decoded(content)
    lines = _lines(text)
    delimiter = _delimiter([line for _, line in lines])
    rows = _rows(lines, delimiter)
    header, body = (rows[0], rows[1:]) if _has_header(rows) else ([""] * len(rows[0]), rows)
    names, cells, decimal = _names(header), list(zip(*body, strict=True)), _decimal(body, delimiter)

    numeric = {}
    for index, column in enumerate(cells):
        values = _numbers(column, decimal)
        present = sum(cell.casefold() not in _MISSING for cell in column)
        if np.isfinite(values).sum() >= max(1, (1 - MOST_MISSING) * present):
            numeric[index] = values
    if not numeric:
        raise UploadProblem(N_("No column of numbers was found. Give a column with a number in each row."))
    if len(body) < FEWEST_VALUES:
        message = N_("At least {needed} rows of numbers are needed, and here the count is {given}. Add more rows.")
        raise UploadProblem(message, needed=FEWEST_VALUES, given=len(body))
    notes += _notes_on_numbers([cells[index] for index in numeric], decimal)

    times, order = _times(cells, numeric)
    if times is not None:
        numeric.pop(times, None)
        notes.append(Note(N_("Column “{name}” was taken as the times of the rows."), {"name": names[times]}))
    if order < 0:
        notes.append(Note(N_("The newest row stood first, so the order of the rows was reversed."), {}))
    if order == 0:
        notes.append(Note(N_("The times are not in order. If they should be, sort the file by time, oldest first."), {}))

    columns, useless = [], []
    for index, values in numeric.items():
        if note := _why_useless(names[index], values):
            useless.append(note)
            continue
        kept = np.flatnonzero(np.isfinite(values))[:: order or 1]
        stamps = None if times is None else tuple(cells[times][row] for row in kept)
        columns.append(Column(names[index], tuple(values[kept].tolist()), stamps, len(values) - len(kept)))
    if not columns:
        raise UploadProblem(useless[0].message, **useless[0].values)
    return Table(tuple(columns), encoding, delimiter.strip(_NONE), decimal, tuple(notes + useless))


def _decoded(content: bytes | str) -> tuple[str, str, list[Note]]:
    """The text, its encoding, and a note where that is a guess."""
    if not content.strip():
        raise UploadProblem(N_("There is nothing in it. Choose a file with numbers, or paste some."))
    if len(content) > MAX_BYTES:
        message = N_("It has {given} MB; at most {limit} MB are accepted. Keep fewer rows, or only the columns you need.")
        raise UploadProblem(message, given=f"{len(content) / 1e6:.1f}", limit=f"{MAX_BYTES / 1e6:g}")
    not_text = N_("This is not a text file. Unpack it or open it in a spreadsheet, then save it as CSV.")
    text, encoding, notes = content, "utf-8", []
    if isinstance(content, bytes):
        marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
        if content.startswith(_BINARY) or (b"\0" in content and marked != "utf-16"):
            raise UploadProblem(not_text)
        encoding = marked or _guessed_encoding(content)
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            message = N_("The letters of this file cannot be read. Save it as CSV in UTF-8.")
            raise UploadProblem(message) from None
        if encoding not in ("utf-8", "utf-16"):
            message = N_("The file is not in UTF-8; its letters were read as {encoding}.")
            notes.append(Note(message, {"encoding": encoding}))
    assert isinstance(text, str)
    if "\0" in text:
        raise UploadProblem(not_text)
    return text, encoding, notes


def _guessed_encoding(content: bytes) -> str:
    """Guessed from 20 kB of the lines that are not plain ASCII; "none" if there is no guess."""
    try:
        content.decode()
        return "utf-8"
    except UnicodeDecodeError:
        sample = bytearray()
    for line in content.splitlines(keepends=True):
        if not line.isascii() and len(sample) + len(line) <= 20_000:
            sample += line
    if not _NOT_WESTERN.search(sample):
        return "cp1252"
    if _CHINESE.fullmatch(sample):
        return "gb18030"
    guess = from_bytes(sample, cp_isolation=_ENCODINGS).best()
    return guess.encoding if guess else "none"


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, each with its number in the file; comments at the top are passed over."""
    text = text.replace("\ufeff", "").replace("−", "-").replace("\r\n", "\n").replace("\r", "\n")
    if "," not in text:
        text = text.replace("，", ",").replace("；", ";")
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    comments = 0
    while comments < len(lines) and re.match(r"\s*#\s*[^\s,;|]", lines[comments][1]):
        comments += 1
    lines = lines[comments:]
    if len(lines) == 1:  # a list copied from Python has brackets
        lines = [(number, bare) for number, line in lines if (bare := line.strip(" \t[](){}"))]
    if not lines:
        raise UploadProblem(N_("There is nothing in it. Choose a file with numbers, or paste some."))
    if long := next((number for number, line in lines if len(line) > MAX_LINE), None):
        message = N_("Line {line} is longer than {limit} characters. Put each row, or each value, on its own line.")
        raise UploadProblem(message, line=long, limit=f"{MAX_LINE:,}")
    if len(lines) > MAX_ROWS + 1:  # one more for a header
        message = N_("It has {given} rows; at most {limit} are accepted. Keep only a part, or every n-th row.")
        raise UploadProblem(message, given=f"{len(lines):,}", limit=f"{MAX_ROWS:,}")
    return lines


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that splits the first lines most evenly into cells that make sense."""
    best, most, sample = _NONE, 0.0, lines[:50]
    for mark in DELIMITERS:
        rows = [next(_records([line], mark), []) for line in sample]
        width, often = Counter(map(len, rows)).most_common(1)[0]
        sense = often / len(rows) * _sense(cell for row in rows[1:] or rows for cell in row[:MAX_COLUMNS])
        if width > 1 and sense > most:
            best, most = mark, sense
    return _NONE if best == "," and _commas_are_within_numbers(sample, most) else best


def _commas_are_within_numbers(lines: Sequence[str], sense: float) -> bool:
    """Whether one column of 1,5 or 1.234,5 or 1,234.5 makes more sense than columns that commas delimit."""
    if "," in lines[0] and not _sense([lines[0]]):
        return False  # a header with several names
    alone, lines = _sense(lines[1:] or lines), lines[1:] or lines
    if alone == 1 and all("," in line and "." in line for line in lines):
        first = [float(line.split(",")[0]) for line in lines if _is_number(line.split(",")[0])]
        return not all(a < b for a, b in pairwise(first))  # rising first cells are a column of times
    return alone > sense and max(line.count(",") for line in lines) == 1


def _records(lines: Iterable[str], delimiter: str, strict: bool = False) -> Any:
    """The standard library's reader; blanks delimit in any number."""
    if delimiter == " ":
        lines = (re.sub(r"[ \t]+", " ", line).strip(" ") for line in lines)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " ", strict=strict)


def _rows(lines: Sequence[tuple[int, str]], delimiter: str) -> list[list[str]]:
    """The cells, as many in each row; the numbers of a single line become a column."""
    given = len(next(_records([lines[0][1]], delimiter)))
    if given > MAX_COLUMNS and len(lines) > 1:
        message = N_("It has {given} columns; at most {limit} are accepted. Keep only the columns you need.")
        raise UploadProblem(message, given=f"{given:,}", limit=MAX_COLUMNS)
    reader, rows, numbers, at = _records((line for _, line in lines), delimiter, strict=True), [], [], 0
    try:
        for row in reader:
            rows.append([cell.strip() for cell in row])
            numbers.append(lines[at][0])
            at = reader.line_num
    except csv.Error:
        message = N_("The quotation marks that begin in line {line} do not end as they should. Correct them.")
        raise UploadProblem(message, line=lines[at][0]) from None
    if len(rows) == 1:
        return [[cell] for cell in rows[0][: _filled(rows[0]) or 1]]
    expected = max(1, min(Counter(map(len, rows)).most_common(1)[0][0], max(map(_filled, rows))))
    for number, row in zip(numbers, rows, strict=True):
        if not _filled(row) <= expected <= len(row):
            message = N_("Each row should have {expected} cells, but line {line} has {given}. Correct that line.")
            raise UploadProblem(message, expected=expected, line=number, given=len(row))
    while len(rows) > 1 and not _filled(rows[-1]):
        rows.pop()
    return [row[:expected] for row in rows]


def _filled(row: Sequence[str]) -> int:
    """How many cells there are without the empty ones at the end."""
    return next((count for count in range(len(row), 0, -1) if row[count - 1]), 0)


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is made of names: no number among them, or a name above cells that make sense."""
    names = [index for index, cell in enumerate(rows[0]) if not _makes_sense(cell)]
    body = rows[1:51]
    return bool(names and body) and (
        not any(map(_is_number, rows[0])) or any(_sense(row[index] for row in body) > 0.5 for index in names)
    )


def _names(header: Sequence[str]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        printable = "".join(letter if letter.isprintable() else " " for letter in cell)
        name = unique = " ".join(printable.split())[:LONGEST_NAME].strip() or f"column {number}"
        copy = 1
        while unique in names:
            copy += 1
            unique = f"{name} ({copy})"
        names.append(unique)
    return names


def _is_number(cell: str) -> bool:
    return any(pattern.fullmatch(cell) for pattern in _NUMBER.values())


def _makes_sense(cell: str) -> bool:
    return cell.casefold() in _MISSING or _is_number(cell) or bool(_TIME.fullmatch(cell))


def _sense(cells: Iterable[str]) -> float:
    """The share of cells that are a number, a time or missing; 05 is more likely half of a number than one."""
    sense = [_makes_sense(cell.strip()) and not _PADDED.fullmatch(cell.strip()) for cell in cells]
    return sum(sense) / max(1, len(sense))


def _decimal(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """The decimal mark under which more cells are numbers."""
    cells = [cell for row in rows[:1000] for cell in row if "," in cell or "." in cell]
    point, comma = (sum(bool(_NUMBER[mark].fullmatch(cell)) for cell in cells) for mark in ".,")
    if point == comma and delimiter == ";" and not any("." in cell for cell in cells):
        return "," if cells else "."  # 1,234 between semicolons
    return "," if comma > point else "."


def _number(cell: str, decimal: str) -> float:
    """Not a number (in the sense of IEEE 754) where none is written."""
    if decimal == ".":
        try:
            return float(cell)
        except ValueError:
            pass
    return float(cell.translate(_PLAIN[decimal])) if _NUMBER[decimal].fullmatch(cell) else float("nan")


def _numbers(cells: Sequence[str], decimal: str) -> npt.NDArray[np.float64]:
    return np.fromiter((_number(cell, decimal) for cell in cells), np.float64, len(cells))


def _notes_on_numbers(columns: Iterable[Sequence[str]], decimal: str) -> list[Note]:
    """An example of each number whose marks are not Python's."""
    comma = N_("The comma was read as a decimal comma: {example} is {value}.")
    grouped = N_("Marks between thousands were taken out: {example} is {value}.")
    found: dict[str, Note] = {}
    for cell in (cell for column in columns for cell in column if len(cell) > 2):
        message = grouped if any(mark in cell for mark in _GROUPING[decimal]) else comma if "," in cell else None
        if message and message not in found and np.isfinite(value := _number(cell, decimal)):
            found[message] = Note(message, {"example": cell, "value": f"{value:.12g}"})
    return list(found.values())


def _times(columns: Sequence[Sequence[str]], numeric: dict[int, Any]) -> tuple[int | None, int]:
    """Which column holds the times, if any, and whether they rise (1), fall (-1) or do neither (0)."""
    for index, column in enumerate(columns):
        told = [cell for cell in column if cell.casefold() not in _MISSING]
        if index not in numeric and told and all(map(_TIME.fullmatch, told)):
            return index, _order(told)
    if 0 in numeric and len(numeric) > 1:  # years, or a count, or an evenly spaced time
        with np.errstate(all="ignore"):
            steps = np.diff(numeric[0])
        years = all(map(_YEAR_LIKE.fullmatch, columns[0]))
        if (steps > 0).all() and (years or np.allclose(steps, steps[0], rtol=1e-3, atol=0)):
            return 0, 1
        if (steps < 0).all() and years:
            return 0, -1
    return None, 1


def _order(times: Sequence[str]) -> int:
    """By the dates alone; 1 where the order cannot be told."""
    numbers = [tuple(map(int, re.findall(r"\d+", time)[:3])) for time in times]
    if all(map(_YEAR_FIRST.match, times)):
        readings = [numbers]
    elif all(map(_YEAR_LAST.match, times)):  # day or month first
        readings = [[tuple(date[at] for at in parts) for date in numbers] for parts in ((2, 1, 0), (2, 0, 1))]
    else:
        return 1
    if any(all(a <= b for a, b in pairwise(dates)) for dates in readings):
        return 1
    return -1 if any(all(a >= b for a, b in pairwise(dates)) for dates in readings) else 0


def _why_useless(name: str, values: npt.NDArray[np.float64]) -> Note | None:
    """Why there is nothing to learn from a column, if so."""
    finite = values[np.isfinite(values)]
    if len(values) - len(finite) > MOST_MISSING * len(values):
        message = N_(
            "Column “{name}” cannot be used: {missing} of its {rows} values are missing or not finite, "
            "more than a fifth. Fill the gaps."
        )
        return Note(message, {"name": name, "missing": len(values) - len(finite), "rows": len(values)})
    if (finite == finite[0]).all():
        message = N_("Column “{name}” cannot be used: all its values are the same, so there is nothing to predict.")
        return Note(message, {"name": name})
    return None
