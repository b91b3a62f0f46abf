"""Where the data of an experiment comes from: built in, pasted or uploaded."""
