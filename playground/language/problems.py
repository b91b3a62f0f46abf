"""What is wrong with an input, in the visitor's language, at the field that caused it."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from playground.language.i18n import N_, _
from rnn_engine.wording import PROBLEMS

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def fill(message: str, **values: Any) -> str:
    """A message in the visitor's language, filled with values that may be somebody's text.

    Messages are shown as Markdown, so the values are escaped: a column's name must not become an image or a link.
    """
    return _(message).format(**{name: _MARKDOWN.sub(r"\\\1", str(value)) for name, value in values.items()})


def explain(error: ValidationError) -> list[str]:
    """A sentence for each mistake in a pydantic error."""
    return [_sentence(dict(detail)) for detail in error.errors(include_url=False, include_input=False)]


def _sentence(detail: Mapping[str, Any]) -> str:
    template = PROBLEMS.get(detail["type"])
    if template is not None:
        return fill(template, **detail.get("ctx", {}))
    where = ".".join(str(part) for part in detail["loc"])
    return fill(N_("{field}: this value is not possible ({reason})."), field=where, reason=detail["msg"])
