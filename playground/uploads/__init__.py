"""From a file's bytes to columns of numbers, and what is wrong with them."""

from playground.uploads.table import MAX_BYTES as MAX_BYTES
from playground.uploads.table import MAX_COLUMNS as MAX_COLUMNS
from playground.uploads.table import MAX_LINE as MAX_LINE
from playground.uploads.table import MAX_ROWS as MAX_ROWS
from playground.uploads.table import Column as Column
from playground.uploads.table import Note as Note
from playground.uploads.table import Table as Table
from playground.uploads.table import UploadProblem as UploadProblem
from playground.uploads.table import read_table as read_table
