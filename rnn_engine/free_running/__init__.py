"""A trained network that reads its own output: text samples and forecasts."""
