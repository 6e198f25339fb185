"""The same work as plain Celery: a chord of tools for each session, and nothing written down."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from celery import Celery, chord

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.tools.runner import run_tool

app = Celery("plain_chords")
app.config_from_object("celeryconfig")
app.conf.update(
    task_routes={},
    task_queues=None,
    task_default_queue="plain",
    worker_consumer="celery.worker.consumer:Consumer",
)


@app.task(name="plain.tool")
def tool(argv: list[str], cwd: str) -> int:
    """Run one tool in the same way as the pipeline does."""
    return run(argv, cwd)


@app.task(name="plain.nothing")
def nothing() -> int:
    """What Celery itself costs."""
    return 0


@app.task(name="plain.finish")
def finish(exit_codes: list[int]) -> int:
    """The end of a session."""
    return len(exit_codes)


def run(argv: list[str], cwd: str) -> int:
    """The exit code of a tool that runs in `cwd`."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        return run_tool(
            argv,
            cwd=Path(cwd),
            environment=tool_environment(scratch),
            scratch=scratch,
            limits=ToolLimits(),
        ).exit_code


def begin(commands: list[list[str]], cwd: str) -> Any:
    """Send a session; gives what can be asked whether it has ended."""
    return chord([tool.si(argv, cwd) for argv in commands])(finish.s())
