"""How a tool process is run, limited and ended."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.tools.limits import Ending
from pipeline_mcp.tools.runner import ProcessRun, run_tool

Run = Callable[..., ProcessRun]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(code: str, limits: ToolLimits | None = None, **options: object) -> ProcessRun:
        return run_tool(
            [sys.executable, "-P", "-c", code],
            cwd=tmp_path,
            environment=tool_environment(tmp_path),
            scratch=tmp_path,
            limits=limits or ToolLimits(),
            **options,  # type: ignore[arg-type]
        )

    return run


def test_output_exit_code_and_times_come_back(run: Run) -> None:
    done = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.ending, done.exit_code) == (Ending.EXITED, 3)
    assert (done.stdout, done.stderr) == ("out\n", "err\n")
    assert done.cpu_seconds > 0
    assert done.wall_seconds > 0


def test_undecodable_output_is_replaced(run: Run) -> None:
    done = run("import sys; sys.stdout.buffer.write(b'\\xff!')")
    assert done.stdout == "\N{REPLACEMENT CHARACTER}!"


def test_a_signal_is_a_negative_exit_code(run: Run) -> None:
    assert run("import os; os.kill(os.getpid(), 9)").exit_code == -9


def test_a_tool_that_takes_too_long_is_stopped(run: Run) -> None:
    done = run("import time; time.sleep(60)", ToolLimits(timeout_seconds=0.3))
    assert done.ending is Ending.TIMED_OUT
    assert done.wall_seconds < 30


def test_a_tool_that_prints_without_end_is_stopped(run: Run) -> None:
    done = run("while True: print('x' * 10_000)", ToolLimits(output_bytes=100_000))
    assert done.ending is Ending.TOO_MUCH_OUTPUT
    assert len(done.stdout) == 100_000


def test_a_tool_that_nobody_wants_any_more_is_stopped(run: Run) -> None:
    done = run("import time; time.sleep(60)", is_wanted=lambda: False)
    assert done.ending is Ending.STOPPED


def test_what_the_tool_started_dies_with_it(
    run: Run, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    child = "import time; time.sleep(600)"
    done = run(
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {child!r}]);"
        "print(p.pid)"
    )
    pid = int(done.stdout)
    wait_until(lambda: _is_gone(pid), message="the tool's child is gone")


def test_secrets_of_the_operator_do_not_reach_the_tool(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    done = run("import os; print(sorted(os.environ))")
    assert "GITHUB_TOKEN" not in done.stdout
    assert "PYTHONPATH" not in done.stdout


def test_a_program_that_cannot_be_started_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        run_tool(
            ["/nowhere/tool"],
            cwd=tmp_path,
            environment={},
            scratch=tmp_path,
            limits=ToolLimits(),
        )


def _is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_output_that_does_not_fit_on_the_disk_is_not_taken_for_whole(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(directory: Path) -> IO[bytes]:
        return Path("/dev/full").open("r+b", buffering=0)

    monkeypatch.setattr("pipeline_mcp.tools.runner._unnamed", full)
    done = run("", ToolLimits(output_bytes=10))
    assert done.ending is Ending.NO_ROOM
