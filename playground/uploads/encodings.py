"""Which encoding an uploaded text file is in."""

import re

from charset_normalizer import from_bytes

#: Guesses from a few letters go wrong, so two cases come first: single accented letters, and common Chinese.
_NOT_WESTERN = re.compile(rb"[\x80-\xff]{2}|[\x81-\x90\x98-\x9f]")
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa3\xb0-\xd7][\xa1-\xfe])*")
_OTHERS = ["cp1252", "gb18030", "shift_jis", "big5", "euc_kr", "cp1251"]


def encoding_of(content: bytes) -> str:
    """UTF-16 if marked, UTF-8 if possible, else guessed from the first of the lines that are not plain ASCII."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        return content.decode() and "utf-8"
    except UnicodeDecodeError:
        sample = b"".join([line for line in content.splitlines(True) if not line.isascii()][:200])
    if _CHINESE.fullmatch(sample):
        return "gb18030"
    guess = from_bytes(sample, cp_isolation=_OTHERS).best() if _NOT_WESTERN.search(sample) else None
    return guess.encoding if guess else "cp1252"
