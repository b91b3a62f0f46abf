"""The views of the page that looks inside a network."""
