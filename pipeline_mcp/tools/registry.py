"""All built-in tools by name, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline_mcp.errors import UnknownToolError
from pipeline_mcp.tools import (
    actionlint,
    bandit,
    black,
    codespell,
    detect_secrets,
    duplicates,
    flake8,
    hadolint,
    imports,
    isort,
    mypy,
    pip_audit,
    pydocstyle,
    pylint,
    ruff,
    ruff_format,
    shellcheck,
    vulture,
    yamllint,
)
from pipeline_mcp.tools.contract import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        ruff.TOOL,
        ruff_format.TOOL,
        black.TOOL,
        isort.TOOL,
        flake8.TOOL,
        pylint.TOOL,
        pydocstyle.TOOL,
        mypy.TOOL,
        bandit.TOOL,
        vulture.TOOL,
        codespell.TOOL,
        detect_secrets.TOOL,
        yamllint.TOOL,
        shellcheck.TOOL,
        actionlint.TOOL,
        hadolint.TOOL,
        pip_audit.TOOL,
        duplicates.TOOL,
        imports.TOOL,
    )
}


def check_names(names: Iterable[str], known: Iterable[str] = TOOLS) -> None:
    """Raise `UnknownToolError` that names every unknown tool and lists the known ones."""
    valid = list(known)
    unknown = sorted(set(names) - set(valid))
    if unknown:
        raise UnknownToolError(unknown, valid)
