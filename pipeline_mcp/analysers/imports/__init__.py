"""Finds imports and calls of this project's own modules that cannot work."""
