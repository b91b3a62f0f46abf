"""The view that walks one sequence through a small network, number by number."""
