"""An experiment, or one sequence's numbers, as a script that runs without this engine."""
