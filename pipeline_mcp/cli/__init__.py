"""The command line: one module per group of commands."""

from pipeline_mcp.cli.entry import main

__all__ = ["main"]
