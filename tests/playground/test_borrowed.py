"""Settings of a page that are the engine's: written once, there, apart from what the page says is different."""

import pytest
from pydantic import BaseModel

from playground.settings.borrowed import borrow
from rnn_engine import NetworkConfig, TrainingConfig


@pytest.mark.parametrize("model", [NetworkConfig, TrainingConfig])
def test_a_borrowed_field_is_the_engines_in_all_that_a_widget_is_made_of(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        borrowed = borrow(model, name)
        assert borrowed.title == field.title
        assert borrowed.description == field.description
        assert borrowed.metadata == field.metadata
        assert borrowed.json_schema_extra == field.json_schema_extra


def test_what_a_page_changes_is_changed_and_nothing_else() -> None:
    ours, theirs = borrow(NetworkConfig, "hidden_size", le=8), NetworkConfig.model_fields["hidden_size"]
    assert [str(bound) for bound in ours.metadata] == ["Ge(ge=1)", "Le(le=8)"]
    assert (ours.title, ours.description) == (theirs.title, theirs.description)


def test_a_field_that_the_engine_has_not_is_no_setting() -> None:
    with pytest.raises(KeyError):
        borrow(NetworkConfig, "hiden_size")
