from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest

from pipeline_mcp import __version__
from pipeline_mcp.cli.group import LAZY_COMMANDS
from pipeline_mcp.cli.options import REPORT_FORMATS
from pipeline_mcp.reporting.formats import FORMATS

_HEAVY = ("sqlalchemy", "celery", "pydantic", "rich", "mcp")


@pytest.mark.parametrize("arguments", [["-h"], ["--version"], ["run", "-h"], ["findings", "-h"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from pipeline_mcp.cli.boundary import exit_code;"
        "from pipeline_mcp.cli.group import root;"
        f"code = exit_code(root, {arguments!r});"
        f"print([name for name in {_HEAVY!r} if name in sys.modules], file=sys.stderr);"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", LAZY_COMMANDS)
def test_every_command_is_in_its_module_and_has_help(
    name: str, pipeline: Callable[..., Any]
) -> None:
    module = importlib.import_module(LAZY_COMMANDS[name].module)
    commands: tuple[click.Command, ...] = module.COMMANDS
    assert name in [command.name for command in commands]
    answer = pipeline(name, "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: pipeline-mcp {name}")


def test_every_command_of_every_module_can_be_called() -> None:
    modules = {command.module for command in LAZY_COMMANDS.values()}
    there = {
        command.name for module in modules for command in importlib.import_module(module).COMMANDS
    }
    assert there == set(LAZY_COMMANDS)


def test_help_lists_all_commands_and_the_exit_codes(pipeline: Callable[..., Any]) -> None:
    answer = pipeline("--help")
    for name, command in LAZY_COMMANDS.items():
        assert f"  {name} " in answer.out
        assert command.summary in answer.out
    assert "130  interrupted" in answer.out


def test_the_version_is_said(pipeline: Callable[..., Any]) -> None:
    assert pipeline("--version").out == f"pipeline-mcp {__version__}\n"


def test_an_unknown_command_is_wrong_usage(pipeline: Callable[..., Any]) -> None:
    answer = pipeline("rnu")
    assert answer.code == 2
    assert "rnu" in answer.err
    assert answer.out == ""


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline_mcp", "--version"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, f"pipeline-mcp {__version__}\n")


def test_the_formats_of_the_option_are_the_formats_there_are() -> None:
    assert tuple(FORMATS) == REPORT_FORMATS
