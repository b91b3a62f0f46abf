"""Every sentence of ours stands in both languages, and the compiled catalogue is the one that was written."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from playground.language.i18n import LOCALE, translation

ROOT = Path(__file__).parent.parent.parent
CATALOGUE = LOCALE / "zh_CN" / "LC_MESSAGES" / "playground.po"
KEYWORDS = {"_": None, "N_": None}


def source_messages() -> set[str]:
    found = set()
    for room in ("playground", "pages", "rnn_engine"):
        found |= {message for _, _, message, _, _ in extract_from_dir(ROOT / room, keywords=KEYWORDS)}
    return {message for message in found if isinstance(message, str)}


def catalogue():
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_CN")


def test_no_sentence_lacks_its_chinese() -> None:
    translated = {message.id for message in catalogue() if message.id and message.string and not message.fuzzy}
    assert source_messages() - translated == set()


def test_the_catalogue_holds_no_sentence_that_is_no_longer_said() -> None:
    assert {message.id for message in catalogue() if message.id} - source_messages() == set()


@pytest.mark.parametrize("message", [message for message in catalogue() if message.id], ids=lambda m: m.id[:40])
def test_a_translation_keeps_placeholders_and_is_chinese(message) -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(re.findall(r"{\w*}", text))

    assert placeholders(message.string) == placeholders(message.id)
    # Names and formulas (LSTM, Adam, Xavier) are the same in both languages.
    assert re.search(r"[\u4e00-\u9fff]", message.string) or message.string == message.id


def test_the_compiled_catalogue_is_up_to_date() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    assert compiled == {message.id: message.string for message in catalogue() if message.id}


def test_english_needs_no_catalogue_and_chinese_has_one() -> None:
    assert translation("en").gettext("Play") == "Play"
    assert translation("zh").gettext("Play") != "Play"
