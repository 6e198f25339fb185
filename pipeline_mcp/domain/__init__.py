"""Frozen, serialisable facts of the pipeline; no I/O lives here."""
