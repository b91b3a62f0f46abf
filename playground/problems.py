"""What is wrong with an input, in the visitor's language, at the field that caused it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from playground.i18n import _
from rnn_engine.wording import PROBLEMS


def explain(error: ValidationError) -> list[str]:
    """A sentence for each mistake in a pydantic error."""
    return [_sentence(dict(detail)) for detail in error.errors(include_url=False, include_input=False)]


def _sentence(detail: Mapping[str, Any]) -> str:
    template = PROBLEMS.get(detail["type"])
    if template is not None:
        return _(template).format(**detail.get("ctx", {}))
    where = ".".join(str(part) for part in detail["loc"])
    return _("{field}: this value is not possible ({reason}).").format(field=where, reason=detail["msg"])
