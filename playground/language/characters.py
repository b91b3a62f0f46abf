"""How characters that leave no mark are shown; the scripts' twin of this is live/format.js."""

MARKS = {"\n": "↵", " ": "␣", "\t": "⇥"}


def visible(character: str) -> str:
    """The character, or the mark of one that cannot be seen."""
    return MARKS.get(character, character)
