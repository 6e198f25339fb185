"""What a session's snapshot says of the project itself: its version, and the branch it was on."""

from __future__ import annotations

import configparser
import tomllib
from dataclasses import dataclass
from typing import Any

from pipeline_mcp.db import stages
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.session import Stage
from pipeline_mcp.sessions.report import sources

_LONGEST_VERSION = 100


@dataclass(frozen=True, slots=True)
class Project:
    """None where the repository does not say it, or says it by running code."""

    version: str | None
    branch: str | None


def project(session_id: str) -> Project:
    """The project as it was when the snapshot was taken.

    Raises:
        UnknownSessionError: there is no such session.
    """
    lines = sources(session_id)
    with reading() as connection:
        row = stages.get(connection, session_id, Stage.SNAPSHOT)
    branch = ((row["detail"] if row else None) or {}).get("branch")
    for name, read in (("pyproject.toml", _of_pyproject), ("setup.cfg", _of_setup_cfg)):
        text = "\n".join(lines(name) or ())
        version = read(text) if text else None
        if isinstance(version, str) and 0 < len(version) <= _LONGEST_VERSION:
            return Project(version, branch)
    return Project(None, branch)


def _of_pyproject(text: str) -> Any:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    for way in (("project",), ("tool", "poetry")):
        table: Any = document
        for key in way:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if isinstance(table, dict) and "version" in table:
            return table["version"]
    return None


def _of_setup_cfg(text: str) -> str | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    version = parser.get("metadata", "version", fallback=None)
    # `attr:` and `file:` say where it is; to read it there may run the repository's code.
    return None if version is None or ":" in version else version
