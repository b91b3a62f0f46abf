"""A typed sequence: cut as it is meant, refused with the reason."""

import pytest
from pydantic import ValidationError

from rnn_engine.measures.short_sequence import LONGEST, ShortSequence


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "numbers", "sequence": "1 two 3", "target": "4"}, "not_a_number"),
        ({"kind": "numbers", "sequence": "1 2 nan", "target": "4"}, "number_too_large"),
        ({"kind": "numbers", "sequence": "1 2 1e4", "target": "4"}, "number_too_large"),
        ({"kind": "numbers", "sequence": "1 2", "target": "4 5"}, "one_target"),
        ({"kind": "numbers", "sequence": "1 " * 1001, "target": "4"}, "sequence_too_long"),
        ({"kind": "words", "sequence": "a b", "target": ""}, "one_target"),
        ({"kind": "words", "sequence": "  ", "target": "a"}, "sequence_empty"),
        ({"kind": "words", "sequence": "a a", "target": "a"}, "one_word"),
        ({"kind": "words", "sequence": "a " * 61, "target": "b"}, "sequence_too_long"),
        ({"kind": "words", "sequence": "a", "target": "b", "other": "a " * 61}, "sequence_too_long"),
        ({"kind": "words", "sequence": "a" * 41, "target": "b"}, "word_too_long"),
        ({"kind": "characters", "sequence": "aa", "target": "a"}, "one_character"),
        ({"kind": "characters", "sequence": "a\ud800", "target": "a"}, "not_unicode"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(fields, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ShortSequence(**fields)
    assert [error["type"] for error in caught.value.errors()] == [reason]


def test_each_kind_is_cut_as_it_is_meant() -> None:
    numbers = ShortSequence(kind="numbers", sequence="1, -2.5\n3e-1", target="4")
    assert numbers.encode(numbers.units) == [1, -2.5, 0.3]
    assert numbers.encode(numbers.next_units) == [-2.5, 0.3, 4]
    assert numbers.task is None
    words = ShortSequence(kind="words", sequence="我 爱  中国", target="。", other="中国 爱 我们")
    assert words.units == ["我", "爱", "中国"]
    assert words.task
    assert words.task.vocabulary == tuple(sorted({"我", "爱", "中国", "。", "我们"}))
    characters = ShortSequence(kind="characters", sequence="to be", target="!")
    assert characters.units == list("to be")
    assert characters.next_units == list("o be!")


def test_the_longest_sequence_is_accepted() -> None:
    for kind, longest in LONGEST.items():
        text = ("ab" * longest)[:longest] if kind == "characters" else " ".join(["1", "2"] * (longest // 2))
        assert len(ShortSequence(kind=kind, sequence=text, target="3").units) == longest
