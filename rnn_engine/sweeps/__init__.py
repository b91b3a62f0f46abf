"""Many experiments, each trained and measured."""
