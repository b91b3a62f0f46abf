"""What a page asks the engine outside training: about a run's network, or about networks drawn for the question."""
