"""Looking inside a network: what the page "inside" shows, view by view."""
