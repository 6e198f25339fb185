"""The version keeper: where the version is, whether it may be released, and what it should be."""
