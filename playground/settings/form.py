"""A page's settings: fields of the engine's specification <-> widgets <-> the link.

The specification gives every widget its bounds, label and help; the link holds canonical, language-free names and
values. Whatever changes the link from outside (a shared link, Back) fills the widgets; whatever the visitor changes
is written to the link. A bad value falls back to the default with a notice.
"""

import math
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal

import streamlit as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from playground.language.i18n import N_, _
from playground.language.problems import fill
from playground.settings import page_settings as views
from playground.visit import memory_of, visit, write_link
from rnn_engine.cells import CELLS

#: What the values of a choice are called.
WORDS: dict[str, str] = {
    **{cell: record.title for cell, record in CELLS.items()},
    "pytorch": N_("PyTorch's default"),
    "xavier": N_("Xavier"),
    "he": N_("He"),
    "orthogonal": N_("Orthogonal"),
    "identity": N_("Identity"),
    "spectral": N_("Spectral radius exactly the gain"),
    "zeros": N_("Zeros"),
    "noise": N_("Noise"),
    "text": N_("My own text"),
    "sgd": N_("SGD"),
    "momentum": N_("SGD with momentum"),
    "rmsprop": N_("RMSprop"),
    "adam": N_("Adam"),
    "constant": N_("Constant"),
    "cosine": N_("Cosine"),
    "last": N_("Last timestep"),
    "all": N_("All timesteps"),
    **views.WORDS,
}

_OFF = "off"  # how the link writes a setting that is switched off
_MANTISSAS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


class Form:
    """The settings of one page, by name: each a field of one of `models`, with the page's own `defaults`."""

    def __init__(
        self,
        page: str,
        models: tuple[type[BaseModel], ...],
        defaults: Mapping[str, Any],
        fixed: Mapping[str, str] | None = None,
        words: Mapping[str, str] | None = None,
        follows: bool = True,
    ) -> None:
        self.page = page
        self.fixed = dict(fixed or {})  # stands in every link to this form
        self.words = {**WORDS, **(words or {})}  # what the values of this form's choices are called
        self.follows = follows  # whether runs follow live settings; else every change makes new runs
        self._fields = fields_of(models)
        self.defaults = usual(models, defaults)
        self.notices: list[str] = []
        self._shown: set[str] = set()

    # The link and the session

    @property
    def _store(self) -> dict[str, Any]:
        memory = memory_of(self.page)
        if memory.settings is None:
            memory.settings = dict(self.defaults)
        return memory.settings

    def open(self, adopt: Callable[[str], Mapping[str, Any]]) -> None:
        """Fill the widgets before they are drawn: from the link if it came from outside, else from this visit.

        `adopt` turns the id of a run in the link into the settings that run has; none if there is no such run.
        """
        link = {name: text for name, text in st.query_params.items() if name not in ("lang", *self.fixed)}
        entering = visit().shown != self.page
        from_outside = link != memory_of(self.page).link and not (entering and not link)
        if from_outside:
            self._store.clear()
            self._store.update(self.defaults)
            self._read(link)
            if "run" in link:
                self._store.update(self.select(adopt(link["run"])))
        if entering or from_outside:
            for name, value in self._store.items():
                st.session_state[name] = value
        else:  # what the visitor has just set; some widgets are drawn only after their values are used
            for name in self._fields:
                if name in st.session_state:
                    self._take(name, st.session_state[name])
        visit().shown = self.page

    def say_notices(self) -> None:
        """What of the link was not understood, here on the page."""
        for notice in self.notices:
            st.warning(notice)

    def _take(self, name: str, value: Any) -> Any:
        field = self._fields[name][1]
        if _several(field):  # in the order of the options, whatever the order of the clicks
            value = tuple(option for option in _options(field) if option in (value or self._store[name]))
        elif value is None and not _optional(field):
            value = self.defaults[name]  # the visitor has emptied a box
        self._store[name] = value
        return value

    def _read(self, link: Mapping[str, str]) -> None:
        for name, (_model, field) in self._fields.items():
            if name not in link:
                continue
            try:
                self._take(name, value_of(field, link[name]))
            except ValidationError:
                message = N_("The link asks for {setting} = {value}, which is not possible; {default} is used.")
                default = _shown(self.defaults[name])
                self.notices.append(
                    fill(message, setting=_(field.title or name), value=link[name][:40], default=default)
                )

    def close(self, run_id: str | None) -> None:
        """Write the settings that differ from the defaults to the link, with the run's id."""
        link = differing(self._store, self.defaults)
        if run_id is not None:
            link["run"] = run_id
        memory_of(self.page).link = link
        write_link({**self.fixed, **link})

    def link(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """What a link to this form holds for these settings: those that differ from the defaults."""
        return {**self.fixed, **differing(self.select(settings), self.defaults)}

    def reset(self) -> None:
        """Go back to the defaults; for a button's callback."""
        self._store.update(self.defaults)
        for name, value in self.defaults.items():
            st.session_state[name] = value

    def preset(self, values: Mapping[str, Any]) -> None:
        """Set several settings at once; for a callback."""
        for name, value in values.items():
            self._store[name] = st.session_state[name] = value

    # Widgets

    def __getitem__(self, name: str) -> Any:
        return self._store[name]

    def select(self, names: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the given settings that this form has."""
        return {name: value for name, value in names.items() if name in self._fields}

    def values(self, model: type[BaseModel]) -> dict[str, Any]:
        """The settings that are fields of `model`."""
        return {name: self._store[name] for name, (owner, _field) in self._fields.items() if owner is model}

    def widget(self, name: str, **options: Any) -> Any:
        """Draw the widget of a setting and return its value."""
        _model, field = self._fields[name]
        low, high = _bound(field, "ge"), _bound(field, "le")
        extra: Mapping[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        common = {"label": _(field.title or name), "help": self._help(field, low, high, extra), "key": name, **options}
        if name not in st.session_state:
            st.session_state[name] = self._store[name]
        kind = _base_type(field)
        if _several(field):
            if not st.session_state[name] or not isinstance(st.session_state[name], list):
                st.session_state[name] = list(self._store[name])  # the last choice cannot be taken away
            value: Any = st.pills(options=_options(field), format_func=self._word, selection_mode="multi", **common)
        elif kind is bool:
            value = st.toggle(**common)
        elif typing.get_origin(kind) is Literal:
            value = st.selectbox(options=typing.get_args(kind), format_func=self._word, **common)
        elif extra.get("scale") == "log":
            value = st.select_slider(options=self._log_grid(name, field, low, high), format_func=_shown, **common)
        elif kind in (int, float) and extra.get("slider"):
            low, high, step = (kind(number) for number in (low, high, extra["slider"]))
            value = st.slider(min_value=low, max_value=high, step=step, **common)
        elif kind is int and high - low <= 10:
            value = st.slider(min_value=low, max_value=high, step=1, **common)
        elif kind is str and extra.get("lines"):
            value = st.text_area(height=24 * extra["lines"] + 20, max_chars=_bound(field, "max_length"), **common)
        elif kind is str:
            value = st.text_input(**common)
        else:
            step = 1 if kind is int else extra.get("step", 0.1)
            placeholder = _(extra.get("none", N_("off"))) if _optional(field) else None
            shape = None if kind is int else "%g"
            value = st.number_input(
                min_value=kind(low), max_value=kind(high), step=step, format=shape, placeholder=placeholder, **common
            )
        return self._take(name, value)

    def _log_grid(self, name: str, field: FieldInfo, low: float, high: float) -> list[float | None]:
        exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        grid = {float(f"{m}e{e}") for e in exponents for m in _MANTISSAS if low <= float(f"{m}e{e}") <= high}
        now = st.session_state.get(name)
        values = sorted(grid | ({now} if now is not None else set()))
        return [None, *values] if _optional(field) else [*values]

    def _word(self, value: Any) -> str:
        return _(self.words[value]) if value in self.words else str(value)

    def _help(self, field: FieldInfo, low: Any, high: Any, extra: Mapping[str, Any]) -> str:
        text = _(field.description or "")
        if low is not None and high is not None:
            unit = f" {_(extra['unit'])}" if "unit" in extra else ""
            text += "  \n" + _("From {low} to {high}{unit}.").format(low=_text(low), high=_text(high), unit=unit)
        if extra.get("live") and self.follows:
            text += " " + _("Live: a running network follows it at once.")
        return text


def fields_of(models: tuple[type[BaseModel], ...]) -> dict[str, tuple[type[BaseModel], FieldInfo]]:
    """The settings that are fields of these models, by name."""
    return {name: (model, field) for model in models for name, field in model.model_fields.items() if name != "kind"}


def usual(models: tuple[type[BaseModel], ...], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of these models as a page has them at first."""
    return {name: defaults.get(name, field.default) for name, (_model, field) in fields_of(models).items()}


def value_of(field: FieldInfo, text: str) -> Any:
    """A value as a link writes it, read and checked; raises `pydantic.ValidationError`."""
    given: Any = None if text == _OFF and _optional(field) else text
    if _several(field):
        given = text.split(",")
    rule: Any = field.annotation
    if field.metadata:
        rule = typing.Annotated[rule, *field.metadata]
    return TypeAdapter(rule).validate_python(given)


def differing(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, str]:
    """The settings that differ from the defaults, as a link writes them."""
    return {name: _text(value) for name, value in settings.items() if value != defaults[name]}


def _optional(field: FieldInfo) -> bool:
    """Whether a setting can be switched off."""
    return type(None) in typing.get_args(field.annotation)


def _base_type(field: FieldInfo) -> Any:
    """The type of a field's values, without None."""
    annotation = field.annotation
    if typing.get_origin(annotation) is not Literal:
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        annotation = kinds[0] if kinds else annotation
    return annotation


def _several(field: FieldInfo) -> bool:
    """Whether a field holds several values of a choice."""
    return typing.get_origin(field.annotation) is tuple


def _options(field: FieldInfo) -> tuple[Any, ...]:
    """What can be chosen."""
    return typing.get_args(_base_type(field))


def _bound(field: FieldInfo, name: str) -> Any:
    return next((getattr(rule, name) for rule in field.metadata if hasattr(rule, name)), None)


def _text(value: Any) -> str:
    """A value as the link writes it."""
    if value is None:
        return _OFF
    if isinstance(value, bool):
        return "on" if value else _OFF
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _shown(value: Any) -> str:
    """A value as the visitor reads it."""
    return _("off") if value is None else _text(value)
