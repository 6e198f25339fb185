"""The log of a command: lines on standard error."""

from __future__ import annotations

import logging

import click

from pipeline_mcp.reporting.sanitise import visible_lines


class _StandardError(logging.Handler):
    """Finds standard error anew for each line: live progress replaces it while it draws."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record, its traceback too, with nothing that moves the cursor."""
        for line in visible_lines(f"{record.levelname.lower()}: {self.format(record)}"):
            click.echo(line, err=True)


def log_to_stderr(*, debug: bool) -> None:
    """Log warnings and worse, or everything; `use_configured_level` may say otherwise."""
    logger = logging.getLogger()
    if not any(isinstance(handler, _StandardError) for handler in logger.handlers):
        logger.addHandler(_StandardError())
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)


def use_configured_level() -> None:
    """Log from `PIPELINE_LOG_LEVEL` on, unless everything is logged already."""
    from pipeline_mcp.config.settings import settings

    logger = logging.getLogger()
    if logger.level > logging.DEBUG:
        logger.setLevel(settings().log_level.upper())
