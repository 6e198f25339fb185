"""The settings of a run in a workspace with their origins, and all that is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline_mcp.config.environment import unknown_variables
from pipeline_mcp.config.profiles import PROFILES
from pipeline_mcp.config.repository import (
    RepositoryFile,
    needs_trust,
    read_repository_file,
    with_repository,
)
from pipeline_mcp.config.settings import Settings, load_settings, settings
from pipeline_mcp.config.show import Shown, show_settings
from pipeline_mcp.errors import ConfigurationError, Problem
from pipeline_mcp.sessions.resolve import effective_settings
from pipeline_mcp.tools.configured import configured_tools, name_problems
from pipeline_mcp.tools.selection import is_installed


def shown(workspace: Path) -> tuple[list[Shown], list[str]]:
    """Every setting of a run there, and notices; secrets are blacked out.

    Raises:
        ConfigurationError: the configuration has mistakes.
    """
    file = _file_of(workspace)
    return show_settings(effective_settings(settings(), file)), _notices(file)


def judged(workspace: Path) -> tuple[list[Problem], list[str]]:
    """All mistakes, of the settings as they are on disk now and of the workspace's file."""
    file = _file_of(workspace)
    return _all_problems(file), _notices(file)


def shown_document(workspace: Path) -> dict[str, Any]:
    """As `shown`, JSON-ready."""
    rows, notices = shown(workspace)
    settings_ = {
        row.name: {
            "value": row.value,
            "origin": row.origin.kind,
            "source": row.origin.source or None,
            "line": row.origin.line or None,
        }
        for row in rows
    }
    return {"settings": settings_, "notices": notices}


def judged_document(workspace: Path) -> dict[str, Any]:
    """As `judged`, JSON-ready."""
    problems, notices = judged(workspace)
    listed = [
        {"source": one.source, "line": one.line or None, "key": one.key, "message": one.message}
        for one in problems
    ]
    return {"valid": not problems, "problems": listed, "notices": notices}


def profile_document(workspace: Path) -> dict[str, Any]:
    """The profile of a run there, who chose it, and the tools that it names.

    Raises:
        ConfigurationError: the configuration has mistakes.
    """
    current = effective_settings(settings(), _file_of(workspace))
    known = configured_tools(current)
    named = [name for name in known if name in PROFILES[current.profile]]
    own = list(current.custom_tools)
    wanted = [*(current.tools or [*named, *own])]
    origin = current.origin("profile")
    return {
        "profile": current.profile,
        "origin": origin.kind,
        "source": str(origin),
        "tools": wanted,
        "tools_are": "those of the setting `tools`" if current.tools else "those of the profile",
        "skipped": [name for name in current.skip_tools if name in wanted],
        "missing": [name for name in wanted if not is_installed(known[name])],
        "other_profiles": {name: len(each) for name, each in PROFILES.items()},
    }


def _file_of(workspace: Path) -> RepositoryFile:
    # Trust is recorded per workspace and may be given at any time, so all of the file is shown.
    return read_repository_file(workspace, trusted=True)


def _all_problems(file: RepositoryFile) -> list[Problem]:
    try:
        base = load_settings()
    except ConfigurationError as error:
        return [*error.problems, *file.problems]
    if file.problems:
        return [*name_problems(base), *file.problems]
    return name_problems(with_repository(base, file))


def _notices(file: RepositoryFile) -> list[str]:
    notices = [*unknown_variables(Settings), *file.notices]
    if file.layer is not None and not file.problems and (keys := needs_trust(file.layer)):
        notices.append(f"These count only where the workspace is trusted: {', '.join(keys)}.")
    return notices
