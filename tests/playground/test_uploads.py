"""What becomes of a file somebody uploads, or of text somebody pastes."""

import csv
import gzip
import math
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.uploads import MAX_BYTES, MAX_COLUMNS, MAX_LINE, MAX_ROWS, Table, UploadProblem, read_table
from rnn_engine import SeriesTask

SERIES = Path(__file__).parents[2] / "assets" / "series"


def only(content: bytes | str) -> tuple[float, ...]:
    """The values of the only column."""
    (column,) = read_table(content).columns
    return column.values


def names(content: bytes | str) -> list[str]:
    return [column.name for column in read_table(content).columns]


def notes(table: Table) -> str:
    return " ".join(note.message.format(**note.values) for note in table.notes)


def problem(content: bytes | str) -> str:
    with pytest.raises(UploadProblem) as caught:
        read_table(content)
    assert str(caught.value) == caught.value.message.format(**caught.value.values)
    return str(caught.value)


@pytest.fixture
def nothing_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the whole of a file cannot be parsed: only sniffing, which is not strict, can."""
    reader = csv.reader

    def refuse(lines: Iterable[str], *, strict: bool, **options: Any) -> Any:
        assert not strict, "the file was parsed"
        return reader(lines, **options)

    monkeypatch.setattr(csv, "reader", refuse)


class TestRefusals:
    @pytest.mark.parametrize(
        "nothing", [b"", "", b" \r\n\t\n", "\n\n ", "\ufeff", b"\xff\xfe", "[]", "# only a comment"]
    )
    def test_nothing_is_refused(self, nothing: bytes | str) -> None:
        assert "nothing in it" in problem(nothing)

    @pytest.mark.usefixtures("nothing_is_parsed")
    @pytest.mark.parametrize("six_megabytes", [b"1.5\n" * 1_500_000, "1.5\n" * 1_500_000])
    def test_more_than_five_megabytes_are_refused_before_parsing(self, six_megabytes: bytes | str) -> None:
        assert problem(six_megabytes).startswith("It has more than 5 MB.")

    @pytest.mark.usefixtures("nothing_is_parsed")
    @pytest.mark.parametrize(
        "content",
        [
            gzip.compress(b"1\n2\n3\n4\n"),
            b"PK\x03\x04 an xlsx file",
            b"\xd0\xcf\x11\xe0 an xls file",
            b"%PDF-1.7",
            b"1\n\x002\n3\n4\n",
            "1\n\x002\n3\n4\n",
            "1\n2\n3\n4\n".encode("utf-32"),
        ],
    )
    def test_what_is_not_text_is_refused_before_parsing(self, content: bytes | str) -> None:
        assert "save it as CSV" in problem(content)

    @pytest.mark.usefixtures("nothing_is_parsed")
    def test_fifty_thousand_columns_are_refused_before_parsing(self) -> None:
        wide = ",".join(f"c{n}" for n in range(50_000)) + "\n" + ",".join(["1"] * 50_000) + "\n"
        assert problem(wide).startswith("Line 1 is too long")

    @pytest.mark.usefixtures("nothing_is_parsed")
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
    def test_a_column_too_many_is_refused_before_parsing(self, delimiter: str) -> None:
        wide = (delimiter.join(["1"] * (MAX_COLUMNS + 1)) + "\n") * 5
        assert problem(wide).startswith("It has more than 100 columns.")

    @pytest.mark.usefixtures("nothing_is_parsed")
    @pytest.mark.parametrize("line", ["9" * (MAX_LINE + 1), "1," * MAX_LINE])
    def test_a_long_line_is_refused_before_parsing(self, line: str) -> None:
        assert problem(f"a\n1\n{line}\n").startswith("Line 3 is too long")

    @pytest.mark.usefixtures("nothing_is_parsed")
    def test_too_many_rows_are_refused_before_parsing(self) -> None:
        assert problem("1\n" * (MAX_ROWS + 2)).startswith("It has more than 200,000 rows.")

    @pytest.mark.parametrize(
        ("table", "sentence"),
        [
            ("a,b,c\n1,2,3\n4,5\n6,7,8\n", "should have 3 cells, but line 3 has 2."),
            ("a,b\n1,2\n3,4\n\n5,6,7\n8,9\n", "should have 2 cells, but line 5 has 3."),
            ("My data\na;b\n1;2\n3;4\n5;6\n", "should have 2 cells, but line 1 has 1."),
            ("1 2 3\n4 5 6\n7 8\n1 2 3\n", "should have 3 cells, but line 3 has 2."),
        ],
    )
    def test_a_ragged_row_is_named(self, table: str, sentence: str) -> None:
        assert sentence in problem(table)

    def test_a_quotation_without_end_is_named_by_the_line_it_begins_in(self) -> None:
        assert "opens in line 3" in problem('a,b\n1,2\n3,"4\n5,6\n7,8\n')

    @pytest.mark.parametrize(
        "words", ["name,town\nAnna,Ulm\nBen,Bonn\n", "To be, or not to be\nthat is the question", "a\nb\nc\nd\ne"]
    )
    def test_text_without_numbers_is_refused(self, words: str) -> None:
        assert "No column of numbers" in problem(words)

    def test_a_header_alone_is_refused(self) -> None:
        assert "No column of numbers" in problem("date,value\n")

    @pytest.mark.parametrize("few", ["1\n2\n3\n", "x\n1\n2\n3", "1, 2, 3", "7", "a,b\n1,2\n"])
    def test_fewer_than_four_rows_are_refused(self, few: str) -> None:
        assert "At least 4 rows" in problem(few)

    def test_a_constant_series_is_refused(self) -> None:
        assert "“x” never changes" in problem("x\n5\n5\n5.0\n5\n")

    def test_a_column_with_more_than_a_fifth_missing_is_refused_by_name(self) -> None:
        assert "the gaps in “x”: 2 of 6 rows" in problem("x\n1\nNaN\n2\nn/a\n3\n4\n")


class TestValues:
    @pytest.mark.parametrize(
        "text",
        [
            "1.5, -2, 3e1, 4",
            "1.5,-2,3e1,4,",
            "1.5; -2; 3e1; 4",
            "1.5 -2   3e1\t4",
            "[1.5, -2.0, 30.0, 4]",
            "[ 1.5 -2.  30.   4. ]",
            "1.5\n-2\n3e1\n4",
            "1.5,\n-2,\n3e1,\n4,\n",
            "1.5\r\n-2\r\n3e1\r\n4\r\n",
            "1.5\r-2\r3e1\r4",
            "\n1.5\n\n−2\n3e1\n\n4\n\n",
            "1.5，-2，30，4",
            "x\n1.5\n-2\n3e1\n4",
            "x, 1.5, -2, 3e1, 4",
            '"x"\n"1.5"\n"-2"\n"3e1"\n"4"\n',
        ],
    )
    def test_one_series_may_be_written_in_many_ways(self, text: str) -> None:
        assert only(text) == only(text.encode()) == (1.5, -2.0, 30.0, 4.0)

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "   ", ", "])
    def test_columns_may_be_delimited_in_many_ways(self, delimiter: str) -> None:
        rows = [("a", "b"), ("3", "1.5"), ("1", "2.5"), ("4", "-3.5"), ("1", "0.25")]
        table = read_table("\n".join(delimiter.join(row) for row in rows))
        assert [(column.name, column.values) for column in table.columns] == [
            ("a", (3.0, 1.0, 4.0, 1.0)),
            ("b", (1.5, 2.5, -3.5, 0.25)),
        ]
        assert table.delimiter == (delimiter.strip(" ") or " ")

    @pytest.mark.parametrize(
        "text",
        [
            "x\n1,5\n2,25\n-3\n1000,5\n",
            "1,5\n2,25\n-3\n1000,5\n",
            "1,5; 2,25; -3; 1000,5",
            "1,5 2,25 -3 1.000,5",
            "a;b\nx;1,5\ny;2,25\nz;-3\nx;1.000,5\n",
            "a\tb\nx\t1,5\ny\t2,25\nz\t-3,0\nx\t1.000,50\n",
            'a,b\nx,"1,5"\ny,"2,25"\nz,"-3"\nx,"1000,5"\n',
        ],
    )
    def test_a_decimal_comma_is_understood_and_said(self, text: str) -> None:
        table = read_table(text)
        assert table.columns[0].values == (1.5, 2.25, -3.0, 1000.5)
        assert table.decimal == ","
        assert "were read as " in notes(table)

    @pytest.mark.parametrize(
        "text",
        [
            "1.234,56\n-2.345.678,5\n17,25\n1.000,00\n",
            "1,234.56\n-2,345,678.5\n17.25\n1,000.00\n",
            'x\n"1,234.56"\n"-2,345,678.5"\n17.25\n"1,000"\n',
            "x;y\n1.234,56;a\n-2.345.678,5;a\n17,25;a\n1.000;a\n",
            "x\ty\n1'234.56\ta\n-2'345'678.5\ta\n17.25\ta\n1'000\ta\n",
            "x\ty\n1\u00a0234,56\ta\n-2\u202f345\u202f678,5\ta\n17,25\ta\n1\u00a0000\ta\n",
        ],
    )
    def test_marks_between_thousands_are_taken_out_and_said(self, text: str) -> None:
        table = read_table(text)
        assert table.columns[0].values == (1234.56, -2345678.5, 17.25, 1000.0)
        assert "were read as -2345678.5." in notes(table)

    def test_an_index_before_values_of_three_digits_is_no_thousand(self) -> None:
        assert only("1,234.5\n2,240.1\n3,236.7\n4,230.2\n") == (234.5, 240.1, 236.7, 230.2)

    def test_padded_halves_are_decimals(self) -> None:
        assert only("1,70\n2,05\n3,10\n2,65\n") == (1.7, 2.05, 3.1, 2.65)

    def test_two_columns_of_integers_stay_two(self) -> None:
        assert len(read_table("3,5\n1,6\n2,4\n7,1\n").columns) == 2

    def test_every_digit_survives(self) -> None:
        values = tuple(np.random.default_rng(0).normal(size=100).tolist())
        assert only("\n".join(map(repr, values))) == values

    def test_delimiters_and_line_ends_inside_quotes_belong_to_the_cell(self) -> None:
        text = '"place, town",x\n"Ulm, Donau",1\n"a ""b"", c",2\n"two\nlines",3\n"d;e;f",5\n'
        table = read_table(text)
        assert [(column.name, column.values) for column in table.columns] == [("x", (1.0, 2.0, 3.0, 5.0))]

    def test_empty_cells_at_the_end_of_a_row_are_no_fault(self) -> None:
        assert only("a,b,,\nx,1\nx,2,\nx,3,,\nx,5,,,,\n,,\n,,\n") == (1.0, 2.0, 3.0, 5.0)

    def test_comments_at_the_top_are_passed_over_but_counted_as_lines(self) -> None:
        text = "# CO2 at Mauna Loa\n# ppm, monthly\nx,y\n3,1\n1,2\n2,3,4\n5,3\n"
        assert "line 6" in problem(text)
        assert names(text.replace(",4", "")) == ["x", "y"]

    @pytest.mark.parametrize("gap", ["", "NaN", "n/a", "inf", "-Infinity", "1e400", "oops", "#N/A", "-"])
    def test_a_gap_is_left_out_and_counted(self, gap: str) -> None:
        (column,) = read_table("t,x\n" + "\n".join(f"{n},{n * n}" for n in range(9)) + f"\n9,{gap}").columns
        assert column.values == tuple(float(n * n) for n in range(9))
        assert column.dropped == 1
        assert column.timestamps == tuple("012345678")

    def test_each_column_counts_its_own_gaps(self) -> None:
        rows = [f"{n * n},{n * 3 % 7}" for n in range(10)]
        rows[3], rows[5] = ",5", "25,nan"
        a, b = read_table("a,b\n" + "\n".join(rows)).columns
        assert (len(a.values), a.dropped, len(b.values), b.dropped) == (9, 1, 9, 1)

    def test_columns_nobody_can_learn_are_left_out_with_a_note(self) -> None:
        table = read_table("good,flat,sparse,text\n3,1,1,a\n1,1,,b\n4,1,,c\n1,1,5,d\n")
        assert [column.name for column in table.columns] == ["good"]
        assert "“flat” never changes" in notes(table)
        assert "the gaps in “sparse”: 2 of 4" in notes(table)

    def test_what_comes_out_makes_a_task(self) -> None:
        (column,) = read_table((SERIES / "co2.csv").read_bytes()).columns
        task = SeriesTask(values=column.values, name=column.name, timestamps=column.timestamps)
        assert (task.name, task.values[0]) == ("co2_ppm", 316.1)

    @pytest.mark.parametrize("file", ["sunspots.csv", "co2.csv", "seattle_temp_max.csv"])
    def test_the_series_of_the_app_are_understood_without_loss(self, file: str) -> None:
        with (SERIES / file).open(encoding="utf-8", newline="") as lines:
            _, *rows = csv.reader(lines)
        (column,) = read_table((SERIES / file).read_bytes()).columns
        assert column.values == tuple(float(row[1]) for row in rows)
        assert column.timestamps == tuple(row[0] for row in rows)


class TestEncodings:
    @pytest.mark.parametrize(
        ("header", "encoding", "named"),
        [
            ("Höhe", "latin-1", "cp1252"),
            ("température", "latin-1", "cp1252"),
            ("temp °C", "cp1252", "cp1252"),
            ("price €", "cp1252", "cp1252"),
            ("气温", "gb18030", "gb18030"),
            ("温度（摄氏度）", "gb18030", "gb18030"),
            ("気温データ", "shift_jis", "shift_jis"),
            ("температура воздуха", "cp1251", "cp1251"),
        ],
    )
    def test_letters_outside_utf8_are_guessed_and_said(self, header: str, encoding: str, named: str) -> None:
        table = read_table(f"{header}\n1\n2\n3\n5\n".encode(encoding))
        assert table.columns[0].name == header
        assert table.encoding == named
        assert f"read as {named}." in notes(table)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_unicode_is_read_without_a_note(self, encoding: str) -> None:
        table = read_table("气温 °C\r\n1\r\n2\r\n3\r\n5\r\n".encode(encoding))
        assert table.columns[0].name == "气温 °C"
        assert table.columns[0].values == (1.0, 2.0, 3.0, 5.0)
        assert table.notes == ()

    def test_a_byte_order_mark_is_not_part_of_a_number(self) -> None:
        assert only(b"\xef\xbb\xbf1\n2\n3\n5\n") == only("\ufeff1\n2\n3\n5\n") == (1.0, 2.0, 3.0, 5.0)

    def test_half_a_character_does_not_hide_the_numbers(self) -> None:
        assert only(b"\xff\xfe" + "x\n1\n2\n3\n5\n".encode("utf-16-le") + b"\x00\xd8") == (1.0, 2.0, 3.0, 5.0)
        assert names("x\ud800y\n1\n2\n3\n5\n") == ["x y"]


class TestNames:
    def test_names_come_from_the_header_or_are_numbered(self) -> None:
        assert names(" a ,,c\n3,1,1\n1,2,2\n2,3,4\n9,5,7\n") == ["a", "column 2", "c"]
        assert names("3,1\n1,2\n2,3\n9,5\n") == ["column 1", "column 2"]

    def test_names_differ(self) -> None:
        assert names("a,a,a (2),a\n" + "3,1,1,5\n1,2,2,6\n2,3,4,5\n9,5,7,8\n") == ["a", "a (2)", "a (2) (2)", "a (3)"]

    def test_names_are_short_and_printable(self) -> None:
        (name,) = names("\u202e\x1b[31m" + "x" * 200 + "\n1\n2\n3\n5\n")
        assert name.isprintable()
        assert len(name) == 80

    def test_years_above_columns_of_numbers_need_a_word_to_be_a_header(self) -> None:
        assert names("n,1990\n3,5\n1,6\n2,9\n9,1\n") == ["n", "1990"]

    def test_rows_that_begin_with_a_word_are_no_header(self) -> None:
        assert only("a,3\nb,1\nc,2\nd,9\n") == (3.0, 1.0, 2.0, 9.0)


class TestTimes:
    @pytest.mark.parametrize(
        "times",
        [
            "2020-01-01 2020-01-02 2020-01-03 2020-02-01",
            "2020-01-01T00:00:00Z 2020-01-01T01:00:00Z 2020-01-01T02:00:00Z 2020-01-01T03:00:00Z",
            "1958-03 1958-04 1958-05 1958-06",
            "31.01.2020 01.02.2020 02.02.2020 03.02.2020",
            "1/30/2020 1/31/2020 2/1/2020 2/2/2020",
            "09:00 09:15 09:30 09:45",
            "2020年1月 2020年2月 2020年3月 2020年4月",
            "Jan-2020 Feb-2020 Mar-2020 Apr-2020",
            "2020-Q1 2020-Q2 2020-Q3 2020-Q4",
            "1700 1701 1705 1706",
            "202001 202002 202003 202004",
            "1958.2027 1958.2877 1958.3699 1958.4548",
            "0 1 2 3",
            "0.0 0.1 0.2 0.30000000000000004",
        ],
    )
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_a_column_of_times_becomes_the_timestamps(self, times: str, delimiter: str) -> None:
        rows = [f"{time}{delimiter}{x}" for time, x in zip(times.split(), (5, 7, 6, 9), strict=True)]
        table = read_table("\n".join([f"when{delimiter}x", *rows]))
        assert [(column.name, column.values) for column in table.columns] == [("x", (5.0, 7.0, 6.0, 9.0))]
        assert table.columns[0].timestamps == tuple(times.split())
        assert notes(table) == "Column “when” was taken as the times of the rows."

    def test_blanks_inside_times_do_not_delimit(self) -> None:
        text = "2020-01-01 12:00,5\n2020-01-01 13:00,7\n2020-01-01 14:00,6\n2020-01-01 15:00,9\n"
        (column,) = read_table(text).columns
        assert column.values == (5.0, 7.0, 6.0, 9.0)
        assert column.timestamps is not None
        assert column.timestamps[0] == "2020-01-01 12:00"

    @pytest.mark.parametrize("times", ["2021-03 2021-02 2021-01", "01.03.2020 01.02.2020 31.01.2020"])
    def test_the_newest_row_first_is_turned_round(self, times: str) -> None:
        newest, middle, oldest = times.split()
        table = read_table(f"t;x\n{newest};4\n{newest};3\n{middle};2\n{oldest};1\n")
        assert table.columns[0].values == (1.0, 2.0, 3.0, 4.0)
        assert table.columns[0].timestamps == (oldest, middle, newest, newest)
        assert "reversed" in notes(table)

    def test_falling_years_are_turned_round(self) -> None:
        (column,) = read_table("t,x\n1703,4\n1702,7\n1701,2\n1700,1\n").columns
        assert column.values == (1.0, 2.0, 7.0, 4.0)
        assert column.timestamps == ("1700", "1701", "1702", "1703")

    def test_times_in_disorder_are_kept_as_they_stand_and_said(self) -> None:
        table = read_table("t,x\n2020-01-02,4\n2020-01-01,7\n2020-01-04,2\n2020-01-03,1\n")
        assert table.columns[0].values == (4.0, 7.0, 2.0, 1.0)
        assert "not in order" in notes(table)

    def test_a_single_column_of_rising_numbers_is_a_series(self) -> None:
        (column,) = read_table("1990\n1991\n1995\n2001\n").columns
        assert column.timestamps is None
        assert len(column.values) == 4

    def test_without_times_there_are_no_timestamps(self) -> None:
        assert all(column.timestamps is None for column in read_table("a,b\n3,1\n1,2\n2,9\n9,5\n").columns)


def is_sound(content: bytes | str) -> None:
    """Either a friendly sentence, or finite numbers that differ, under names that differ."""
    try:
        table = read_table(content)
    except UploadProblem as refusal:
        if not str(refusal).endswith("."):
            raise AssertionError(f"no sentence: {refusal}") from refusal
        return
    assert table.columns
    assert len({column.name for column in table.columns}) == len(table.columns)
    for column in table.columns:
        assert len(column.values) >= 4
        assert all(type(value) is float and math.isfinite(value) for value in column.values)
        assert len(set(column.values)) > 1
        assert column.timestamps is None or len(column.timestamps) == len(column.values)
        assert column.name.encode()
    assert notes(table) is not None


class TestWhateverIsGiven:
    @settings(max_examples=300, derandomize=True, deadline=None)
    @given(st.binary(max_size=400))
    def test_bytes(self, content: bytes) -> None:
        is_sound(content)

    @settings(max_examples=400, derandomize=True, deadline=None)
    @given(st.text(st.characters(exclude_categories=()), max_size=300))
    def test_text(self, content: str) -> None:
        is_sound(content)

    cells = st.sampled_from(
        [
            *("1", "2.5", "-3,5", "1.234,5", "1,234.5", "1.000", "1 000", "007", "9" * 400),
            *("1e400", "1e308", "-1e308", "5e-324", "nan", "", "0x1F", "1_0", "١", "True"),
            *("2020", "2021", "2020-01-01", "1/2/2020", "12:00", "99:99", "0000-00-00"),
            *('"', '"a,b"', "x", "#", "{0}", "é", "\x1f", "\u2028", "，", "["),
        ]
    )

    @settings(max_examples=400, derandomize=True, deadline=None)
    @given(
        st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=9),
        st.sampled_from([",", ";", "\t", "|", " ", ", "]),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["utf-8", "utf-16", "cp1252", "gb18030", ""]),
    )
    def test_tables(self, rows: list[list[str]], delimiter: str, end: str, encoding: str) -> None:
        text = end.join(delimiter.join(row) for row in rows)
        is_sound(text.encode(encoding, "replace") if encoding else text)

    def test_damaged_files(self) -> None:
        draw = random.Random(0)
        original = (SERIES / "sunspots.csv").read_bytes()
        for _ in range(100):
            content = bytearray(original)
            for _ in range(draw.randint(1, 20)):
                content[draw.randrange(len(content))] = draw.randrange(256)
            is_sound(bytes(content))

    def test_the_largest_table_is_read(self) -> None:
        line = ",".join(str(n % 10) for n in range(MAX_COLUMNS)) + "\n"
        other = ",".join(str(n * 7 % 10) for n in range(MAX_COLUMNS)) + "\n"
        table = read_table(((line + other) * (MAX_BYTES // (2 * len(line)))).encode())
        assert sum(len(column.values) for column in table.columns) > 1_900_000
