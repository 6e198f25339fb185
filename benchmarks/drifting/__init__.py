"""The parts of the drift benchmark: history, truth, identities and scores."""
