"""The record that makes every session recoverable: engine, tables, one query module each."""
