"""Settings: specification, widgets and link."""
