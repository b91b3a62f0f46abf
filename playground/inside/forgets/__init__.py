"""The view that measures what a window forgets."""
