"""Not built yet."""


def show() -> None:
    """Draw the bench."""
