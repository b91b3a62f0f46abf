"""A setting that a page shares with the engine: title, help, bounds and widget stand in the engine's specification."""

from typing import Any

from pydantic import BaseModel, Field


def borrow(model: type[BaseModel], name: str, **changes: Any) -> Any:
    """What `Annotated` needs to make a field like the field `name` of `model`, apart from `changes`.

    Changes are keywords of `pydantic.Field`. Raises KeyError for a field that `model` has not.
    """
    field = model.model_fields[name]
    bounds = {type(bound).__name__.lower(): getattr(bound, type(bound).__name__.lower()) for bound in field.metadata}
    extra = {"json_schema_extra": field.json_schema_extra} if field.json_schema_extra else {}
    return Field(**{"title": field.title, "description": field.description, **bounds, **extra, **changes})
