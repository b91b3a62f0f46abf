"""Where the time-series page gets its data: made here, real series from assets, or the visitor's own."""

import csv
from functools import cache
from typing import Any

import streamlit as st
from pydantic import ValidationError

from playground.assets import ASSETS
from playground.language.i18n import N_, _
from playground.language.problems import explain, fill
from playground.settings.form import Form
from playground.uploads import Table, UploadProblem, read_table
from rnn_engine import SeriesTask, SineTask

_SERIES = ASSETS / "series"
_BUILT_IN = {
    "sunspots": ("sunspots.csv", N_("sunspots a year")),
    "co2": ("co2.csv", N_("CO₂, ppm")),
    "temperature": ("seattle_temp_max.csv", N_("daily high, °C")),
}
_SINE_FIELDS = {
    "sine": (),
    "two_sines": ("second_frequency",),
    "square": (),
    "sawtooth": (),
    "damped": ("damping",),
}


@cache
def built_in(source: str) -> SeriesTask:
    """A real series from assets, see SOURCES.md there."""
    name, measures = _BUILT_IN[source]
    with (_SERIES / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return SeriesTask(
        values=tuple(float(row[1]) for row in rows), name=measures, timestamps=tuple(row[0] for row in rows)
    )


def source_settings(form: Form) -> SineTask | SeriesTask | None:
    """The widgets of the data's source; returns the task, or None while what was given is impossible."""
    with st.expander(_("Data"), expanded=True, icon=":material/database:"):
        source = form.widget("source")
        if source in _SINE_FIELDS:
            for name in ("frequency", "noise", *_SINE_FIELDS[source], "length", "amplitude", "phase"):
                form.widget(name)
            return SineTask(**form.values(SineTask) | {"waveform": source})
        return built_in(source) if source in _BUILT_IN else _own_series(form)


def data_settings_of(task: Any) -> dict[str, Any]:
    """The settings that lead to this task again; a series of somebody's own is kept for this visit."""
    if isinstance(task, SineTask):
        return {"source": task.waveform}
    for source in _BUILT_IN:
        if task == built_in(source):
            return {"source": source}
    st.session_state["own series"] = task
    return {"source": "upload"}


def _own_series(form: Form) -> SeriesTask | None:
    st.caption(
        _(
            "A CSV or text file, up to 5 MB: one row a value, oldest first. A header, dates, decimal commas are understood."
        )
    )
    file = st.file_uploader(
        _("File"),
        key="csv_upload",
        type=["csv", "tsv", "txt"],
        help=_("Drop a file here or choose one. It stays on this server and only as long as its run."),
    )
    pasted = st.text_area(
        _("… or paste numbers"),
        key="pasted_series",
        height=90,
        help=_("Numbers separated by line ends, commas, semicolons, tabs or spaces; a whole table works too."),
    )
    given: bytes | str | None = file.getvalue() if file is not None else pasted if pasted.strip() else None
    if given is None:
        kept: SeriesTask | None = st.session_state.get("own series")
        if kept is None:
            st.info(_("Choose a file or paste numbers."))
        else:
            st.caption(fill(N_("{count} values of “{name}” from before."), count=len(kept.values), name=kept.name))
        return kept
    try:
        return _chosen_column(_table(given))
    except UploadProblem as problem:
        st.error(fill(problem.message, **problem.values))
    except ValidationError as error:
        for sentence in explain(error):
            st.error(sentence)
    return st.session_state.get("own series")


@st.cache_data(show_spinner=False, max_entries=8)
def _table(given: bytes | str) -> Table:
    return read_table(given)


def _chosen_column(table: Table) -> SeriesTask:
    names = [column.name for column in table.columns]
    name = st.selectbox(_("Column"), names, key="column", help=_("Which column of numbers to learn."))
    column = table.columns[names.index(name)]
    for note in table.notes:
        st.caption(fill(note.message, **note.values))
    if column.dropped:
        st.caption(_("{count} values were missing or not finite and were left out.").format(count=column.dropped))
    task = SeriesTask(values=column.values, name=column.name, timestamps=column.timestamps)
    st.session_state["own series"] = task
    return task
