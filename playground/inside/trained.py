"""To come."""


def show() -> None:
    """Draw the view."""
