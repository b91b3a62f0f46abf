"""One's own series on the time-series page: what is understood, and what is explained."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.running.registry import put_registry
from tests.fakes import Hall
from tests.visitor import opened, press, run_of

WAVE = [round(20 + 5 * ((i % 12) - 6) / 6 + 0.1 * i, 2) for i in range(150)]


@pytest.fixture
def page(hall: Hall) -> AppTest:
    put_registry(hall.registry)
    return opened("time_series", source="upload")


def upload(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader(key="csv_upload").set_value(("series.csv", content, "text/csv")).run()
    assert not app.exception
    return app


def csv(values: list[float]) -> bytes:
    return ("day;temperature\n" + "\n".join(f"{i};{str(v).replace('.', ',')}" for i, v in enumerate(values))).encode()


def test_a_file_with_decimal_commas_is_learnt_in_its_own_units(page: AppTest, hall: Hall) -> None:
    upload(page, csv(WAVE))
    page.selectbox(key="column").set_value("temperature").run()
    press(page, "step")
    hall.work(3)
    run = run_of(page, hall)
    assert run.experiment.task.values == tuple(WAVE)
    assert run.experiment.task.name == "temperature"
    assert run.losses[0] > 1  # degrees squared, not standardised


def test_pasted_numbers_are_a_series(page: AppTest, hall: Hall) -> None:
    page.text_area(key="pasted_series").set_value("\n".join(str(value) for value in WAVE)).run()
    assert not page.error
    press(page, "step")
    hall.work(3)
    assert run_of(page, hall).experiment.task.values == tuple(WAVE)


def test_a_series_of_ones_own_does_not_stand_in_the_link(page: AppTest) -> None:
    upload(page, csv(WAVE))
    assert not any("20" in value for values in page.query_params.values() for value in values)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty", b"", "nothing in it"),
        ("only a header", b"day;temperature\n", "number"),
        ("ragged", b"a,b\n1,2\n3\n4,5,6\n7,8\n", "line 3 has 1"),
        ("constant", b"x\n" + b"5\n" * 100, "never changes"),
        ("all text", b"name,town\nAnn,Bonn\nBob,Rome\nCid,Oslo\nDan,Bern\nEve,Kyiv\n", "No column of numbers"),
        ("50,000 columns", b",".join(b"c%d" % i for i in range(50_000)) + b"\n", "Line 1 is too long"),
        ("binary", b"PK\x03\x04" + bytes(range(256)) * 10, "CSV"),
        ("6 MB", b"1.5\n" * 1_500_001, "MB"),
        ("too short for T", csv(WAVE[:30]), "at least 52 are needed"),
        ("half missing", b"x\n" + b"1\n2\n3\nn/a\n4\n5\nnan\n" * 20, "40 of 140 rows have no number"),
    ],
)
def test_a_file_that_cannot_be_learnt_is_explained_and_nothing_is_lost(
    page: AppTest, hall: Hall, name: str, content: bytes, says: str
) -> None:
    page.number_input(key="hidden_size").set_value(9).run()
    upload(page, content)
    said = " ".join(element.value for element in [*page.error, *page.caption])
    assert says in said, said
    assert page.number_input(key="hidden_size").value == 9
    upload(page, csv(WAVE))
    assert not page.error


def test_a_file_in_another_encoding_is_understood(page: AppTest) -> None:
    upload(page, "tag;größe\n".encode("latin-1") + "\n".join(f"{i};{v}" for i, v in enumerate(WAVE)).encode())
    assert not page.error
    assert page.selectbox(key="column").value == "größe"


def test_gaps_are_counted(page: AppTest) -> None:
    values = [str(value) for value in WAVE]
    values[5], values[50], values[51] = "n/a", "NaN", "inf"
    upload(page, ("x\n" + "\n".join(values) + "\n").encode())
    assert not page.error
    assert any("3 values were missing" in caption.value for caption in page.caption)


def test_a_columns_name_stays_text_wherever_it_is_shown(page: AppTest) -> None:
    name = "![x](http://example.org/x.png) <b>"
    rows = "\n".join(f"{i},{v},5" for i, v in enumerate(WAVE))
    upload(page, f'"n","{name}","{name}2"\n{rows}'.encode())
    shown = [element.value for element in [*page.caption, *page.error, *page.warning, *page.markdown]]
    assert any("example" in text for text in shown)  # the constant column is named in a note
    assert not any("![x](" in text for text in shown)
