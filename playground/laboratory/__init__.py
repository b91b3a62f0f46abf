"""The benches of the gradient laboratory, one a file: `show()` draws a bench, from its controls to what was just seen."""
