"""What a repository configures for its tools, where an adapter has to know it."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path
from typing import Any


def pyproject_table(root: Path, tool: str) -> dict[str, Any] | None:
    """`[tool.<tool>]` of `pyproject.toml`; None without it. A broken file counts as none.

    The tool itself reads the file too, and says what is wrong with it.
    """
    try:
        document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    tools = document.get("tool")
    table = tools.get(tool) if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else None


def ini_section(file: Path, section: str) -> dict[str, str] | None:
    """A section of an INI file; None without it. A broken file counts as none."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, configparser.Error):
        return None
    return dict(parser[section]) if parser.has_section(section) else None
