"""GitHub's REST API, as far as the pipeline needs it."""
