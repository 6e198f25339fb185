"""Which program would run here: what a cached result must share with a fresh one."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.executables import UNKNOWN, PythonModule


def tool_version(tool: Tool) -> str:
    """The installed version of the tool, or `unknown`."""
    return tool.executable.version()


def is_cacheable(tool: Tool) -> bool:
    """True if a result of the tool may be remembered: it must be known what produced it."""
    return tool.cacheable and tool_version(tool) != UNKNOWN


def identity(tool: Tool, options: Mapping[str, Any]) -> str:
    """A hash over the tool's version, its surroundings, its adapter and its options.

    A tool that runs in this interpreter may load plugins and read installed packages' types, so
    all installed distributions count; a compiled program has only its version.
    """
    facts = {
        "tool": tool.name,
        "adapter": tool.adapter_version,
        "version": tool_version(tool),
        "options": dict(options),
    }
    if isinstance(tool.executable, PythonModule):
        facts["python"] = platform.python_version()
        facts["distributions"] = _installed_distributions()
    return digest(facts)


def digest(facts: Any) -> str:
    """The sha256 of a JSON-ready value."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def _installed_distributions() -> str:
    """Directory names suffice: `name-version.dist-info`. Once per process: nobody installs
    packages below a running worker and expects it to notice."""
    names = sorted(
        entry.name
        for directory in map(Path, sys.path)
        if directory.is_dir()
        for entry in directory.iterdir()
        if entry.name.endswith((".dist-info", ".egg-info"))
    )
    return digest(names)
