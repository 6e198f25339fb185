"""What a run needs: whether each part is there, and how to get what is missing."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pipeline_mcp.config.process import git_environment, search_path
from pipeline_mcp.config.settings import Settings
from pipeline_mcp.embedded import services_diagnosis as services
from pipeline_mcp.embedded.planning import plan_for
from pipeline_mcp.embedded.state_directory import prepare
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.tools.configured import configured_tools
from pipeline_mcp.tools.contract import Tool

_OLDEST_PYTHON = (3, 11)
_LITTLE_DISK_BYTES = 500 * 1024 * 1024


class State(StrEnum):
    """How a part is; only `failed` keeps a run from working."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One part, what was found, and what to do about it if anything."""

    group: str
    name: str
    state: State
    detail: str
    advice: str = ""


def diagnose(configured: Settings) -> Iterator[Check]:
    """Look at everything; each check as soon as it is made."""
    yield _python()
    yield _git()
    yield _sandbox()
    yield from _guarded("services", "state directory", lambda: _state_directory(configured))
    yield from _guarded("services", "broker", lambda: services.broker(configured))
    yield from _guarded("services", "database", lambda: services.database(configured))
    yield from _guarded("services", "workers", lambda: services.workers(configured))
    yield _flower()
    for tool in configured_tools(configured).values():
        yield _tool(tool)


def would_run(checks: list[Check]) -> bool:
    """True if `pipeline-mcp run` would work."""
    return all(check.state is not State.FAILED for check in checks)


def _guarded(group: str, name: str, look: Callable[[], tuple[str, str]]) -> Iterator[Check]:
    """A check that gives what it found and a warning, or raises what is wrong."""
    try:
        detail, advice = look()
    except PipelineError as error:
        yield Check(group, name, State.FAILED, error.message, error.next_step or "")
        return
    yield Check(group, name, State.WARNING if advice else State.OK, detail, advice)


def _python() -> Check:
    is_new_enough = sys.version_info >= _OLDEST_PYTHON
    return Check(
        "machine",
        "Python",
        State.OK if is_new_enough else State.FAILED,
        f"{platform.python_version()}, {sys.executable}",
        "" if is_new_enough else "Install Python 3.11 or newer.",
    )


def _git() -> Check:
    program = shutil.which("git", path=search_path())
    if program is None:
        advice = "Without git every file of a directory counts, ignored ones too; install git."
        return Check("machine", "git", State.WARNING, "not found", advice)
    said = subprocess.run(
        [program, "--version"],
        capture_output=True,
        text=True,
        check=False,
        env=git_environment(),
        stdin=subprocess.DEVNULL,
    )
    return Check("machine", "git", State.OK, said.stdout.strip().removeprefix("git version "))


def _sandbox() -> Check:
    program = shutil.which("bwrap", path=search_path())
    if program is not None:
        return Check("machine", "sandbox", State.OK, program)
    return Check(
        "machine",
        "sandbox",
        State.WARNING,
        "bubblewrap (bwrap) not found",
        "Tools run with your rights: lint only repositories that you trust, or install the "
        "package bubblewrap.",
    )


def _state_directory(configured: Settings) -> tuple[str, str]:
    prepare(configured.state_dir, plan_for(configured, None))
    free = shutil.disk_usage(configured.state_dir).free
    advice = "" if free > _LITTLE_DISK_BYTES else "The disk is nearly full: free some space."
    return f"{configured.state_dir}, {free / 1024**3:,.1f} GiB free", advice


def _flower() -> Check:
    try:
        version = importlib.metadata.version("flower")
    except importlib.metadata.PackageNotFoundError:
        advice = "`pip install flower` to watch the workers with `celery -A tasks flower`."
        return Check("services", "Flower", State.WARNING, "not installed", advice)
    return Check("services", "Flower", State.OK, version)


def _tool(tool: Tool) -> Check:
    if tool.executable.argv() is not None:
        return Check("tools", tool.name, State.OK, tool.executable.version())
    advice = f"Left out unless asked for by name; see {tool.url}."
    return Check("tools", tool.name, State.WARNING, "not installed", advice)
