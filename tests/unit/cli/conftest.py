"""Run the command line within the test, as its entry point does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from pipeline_mcp.cli.boundary import exit_code
from pipeline_mcp.cli.group import root


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def pipeline(capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """`pipeline("status", "--format", "json")` runs it and gives code, stdout and stderr."""
    logger = logging.getLogger()
    level, handlers = logger.level, list(logger.handlers)

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = exit_code(root, arguments)
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    yield run
    logger.setLevel(level)
    logger.handlers = handlers
