"""From the bytes of an uploaded file, or from pasted text, to columns of numbers.

Whatever is wrong is said in a sentence that tells what to do; what was understood rather than written (a decimal
comma, an encoding, which column holds the times) is said in a note. Sizes are checked before anything is parsed.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile, pairwise
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
_COMMENT = re.compile(r"\s*#\s*[^\s,;|]")

#: By decimal mark: what may group thousands, and how a number is written.
_GROUP = {".": ",'’ \u00a0\u202f", ",": ".'’ \u00a0\u202f"}
_INTEGER = {mark: rf"(?:[1-9]\d{{0,2}}(?:[{group}]\d{{3}})+|\d*)" for mark, group in _GROUP.items()}
_NUMBER = {
    mark: re.compile(rf"[+-]?(?=[{mark}]?\d){_INTEGER[mark]}(?:[{mark}]\d*)?(?:e[+-]?\d+)?", re.I | re.A)
    for mark in ".,"
}
_PADDED = re.compile(r"[+-]?0\d+(?:[.,]\d+)?", re.A)  # more likely half of a number than one

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    rf"|\d{{4}}[- ]?[qw]\d{{1,2}}|(?:\d{{1,2}}[- ])?{_MONTH}(?:[- ]\d{{1,2}},?)?[- ]\d{{2,4}}"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]m)?(?: ?z| ?[+-]\d{2}:?\d{2})?"
_TIME = re.compile(rf"(?:{_DATE})(?:[t ,]{{1,2}}{_CLOCK})?|{_CLOCK}", re.I | re.A)
_YEAR = re.compile(r"[12]\d{3}(?:(?:0[1-9]|1[0-2])(?:[0-3]\d)?|\.\d+)?", re.A)  # also 202001, 20200131 and 2020.04

_BINARY = (b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1")  # gzip, zip or xlsx, xls, PDF, parquet
#: Guesses from a few letters go wrong, so two cases come first: single accented letters, and common Chinese.
_NOT_WESTERN = re.compile(rb"[\x80-\xff]{2}|[\x81-\x90\x98-\x9f]")
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa3\xb0-\xd7][\xa1-\xfe])*")
_OTHER_ENCODINGS = ["cp1252", "gb18030", "shift_jis", "big5", "euc_kr", "cp1251"]


class UploadProblem(ValueError):
    """Why there is no series in what was given: an English message to translate, and the values that fill it."""

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
    """Finite numbers, oldest first, each with its timestamp if there are times; `dropped` rows had no such number."""

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

    numeric = {index: values for index, column in enumerate(cells) if (values := _numbers(column, decimal)) is not None}
    if not numeric:
        raise UploadProblem(N_("No column of numbers was found. Give a column with a number in each row."))
    if len(body) < FEWEST_VALUES:
        message = N_("At least {needed} rows of numbers are needed, but {given} came. Give a longer series.")
        raise UploadProblem(message, needed=FEWEST_VALUES, given=len(body))
    times, order = _times(cells, numeric)
    notes = _notes(encoding, [cells[index] for index in numeric], decimal, times and names[times], order)
    return Table((), encoding, delimiter.strip(_NONE), decimal, tuple(notes))
