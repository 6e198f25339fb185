"""Finds code that was copied: whole files, classes, functions and runs of statements."""
