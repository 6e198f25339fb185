from __future__ import annotations

import errno
import io
import os
import pty
import re
from dataclasses import replace

import pytest

from pipeline_mcp.domain.session import (
    Progress,
    SessionRequest,
    SessionStatus,
    SessionView,
    Stage,
    ToolProgress,
    UnitCount,
)
from pipeline_mcp.reporting.progress import progress_display


def _progress(*tools: ToolProgress) -> Progress:
    session = SessionView(
        session_id="pipeline-1790000000-0a1b2c3d",
        workspace="/work/project",
        status=SessionStatus.RUNNING,
        stage=Stage.SCAN if tools else Stage.SNAPSHOT,
        units=UnitCount(0, 0),
        created_at=0.0,
        updated_at=0.0,
        finished_at=None,
        snapshot_id=None,
        error=None,
        request=SessionRequest("/work/project", "here"),
    )
    return Progress(session, tools)


def _tool(name: str, done: int, outcome: str = "ok") -> ToolProgress:
    return ToolProgress(name, done, total=2, running=0, findings=3, outcome=outcome)


def _all_of(terminal: int) -> str:
    """What was drawn on a terminal whose other side is closed: Linux then says EIO."""
    drawn = b""
    try:
        while block := os.read(terminal, 65536):
            drawn += block
    except OSError as error:
        assert error.errno == errno.EIO
    finally:
        os.close(terminal)
    return drawn.decode()


def test_off_a_terminal_a_tool_is_one_line_when_it_is_done() -> None:
    stream = io.StringIO()
    with progress_display(stream) as listen:
        listen(_progress())
        listen(_progress(_tool("mypy", 0), _tool("ruff", 1)))
        listen(_progress(_tool("mypy", 0), _tool("ruff", 2)))
        listen(_progress(_tool("mypy", 2, "timeout"), _tool("ruff", 2)))
    assert stream.getvalue().splitlines() == [
        "ruff: done, 2 units, 3 findings",
        "mypy: timeout, 2 units, 3 findings",
    ]


def test_a_place_in_line_is_said_once() -> None:
    stream = io.StringIO()
    waiting = _progress()
    with progress_display(stream) as listen:
        for place in (2, 2, 1):
            listen(replace(waiting, session=replace(waiting.session, queue_position=place)))
    assert stream.getvalue().splitlines() == ["queued at position 2", "queued at position 1"]


def test_quiet_says_nothing() -> None:
    stream = io.StringIO()
    with progress_display(stream, quiet=True) as listen:
        listen(_progress(_tool("ruff", 2)))
    assert stream.getvalue() == ""


def test_a_terminal_has_a_bar_per_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    reader, writer = pty.openpty()
    with os.fdopen(writer, "w") as terminal, progress_display(terminal) as listen:
        listen(_progress())
        listen(_progress(_tool("mypy", 1, "tool_error"), _tool("r\x1b[31muff", 2)))
    shown = re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", _all_of(reader))
    assert re.search(r"✗ mypy\s+━+ *╺?━* *1/2 tool error", shown)
    assert re.search(r"✓ r␛\[31muff\s+━+ 2/2 3 findings", shown)
