"""Commands that are interrupted at any moment, or that run at the same time."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fixtures.processes import processes
from fixtures.waiting import wait_until
from fixtures.warm_stack import Command

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells which signals a process takes"
)

TOOLS = ("--tools", "ruff,pylint", "--no-cache")
# Runs until it is stopped; the number tells it apart from whatever else sleeps on the machine.
NAP = "614.25"
SLEEPER = f"""
custom_tools:
  sleeper:
    command: [sleep, "{NAP}"]
    files: ["*"]
    scope: program
    parser: {{kind: sarif}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    for number in range(20):
        (root / f"m{number}.py").write_text("import os\n")
    return root


@pytest.fixture
def sleepy(warm: Command, tmp_path: Path) -> Command:
    """The command with a tool that never ends, which its operator has defined."""
    file = tmp_path / "operator.yaml"
    file.write_text(SLEEPER)
    return warm.with_settings(PIPELINE_CONFIG_FILE=str(file))


def unfinished(command: Command, workspace: Path) -> list[str]:
    sessions = command("sessions", "--limit", "1000", "--format", "json").json["sessions"]
    return [
        one["session_id"]
        for one in sessions
        if one["workspace"] == str(workspace) and one["status"] in ("queued", "running")
    ]


def interrupt(process: subprocess.Popen[str], after: float, *signals: signal.Signals) -> str:
    """Send the signals so many seconds after the start; gives what was said on standard error.

    Before the interpreter is up there is nothing of ours that could take a signal.
    """
    wait_until(lambda: _catches(process.pid, signal.SIGHUP), message="it takes signals")
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=after)
    for each in signals:
        process.send_signal(each)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert "Traceback" not in stderr
    return stderr


@pytest.mark.parametrize(
    "signals",
    [[signal.SIGINT], [signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGINT]],
    ids=lambda signals: "+".join(one.name for one in signals),
)
def test_whenever_it_comes_an_interruption_leaves_nothing_behind(
    sleepy: Command, workspace: Path, signals: list[signal.Signals]
) -> None:
    for after in (0.0, 0.2, 0.4, 0.6, 0.8, 1.2):
        interrupt(sleepy.start("run", workspace, "--tools", "sleeper"), after, *signals)
    assert unfinished(sleepy, workspace) == []
    wait_until(
        lambda: not [each for each in processes() if NAP in each.command],
        message="the tools of the cancelled sessions are stopped",
    )


def test_what_was_cancelled_is_said_with_its_session(sleepy: Command, workspace: Path) -> None:
    process = sleepy.start("run", workspace, "--tools", "sleeper")
    wait_until(lambda: unfinished(sleepy, workspace), message="the session is accepted")
    [session_id] = unfinished(sleepy, workspace)
    stderr = interrupt(process, 0.0, signal.SIGINT)
    assert f"{session_id} was cancelled\n" in stderr
    assert stderr.endswith("interrupted\n")
    assert sleepy("status", session_id, "--format", "json").json["status"] == "cancelled"


def test_an_interruption_of_a_command_that_starts_the_stack(cold: Command, workspace: Path) -> None:
    for after in (0.0, 0.3, 0.8):
        interrupt(cold.start("run", workspace, *TOOLS), after, signal.SIGINT)


def test_two_commands_on_one_workspace_both_end_right(warm: Command, workspace: Path) -> None:
    running = [warm.start("run", workspace, *TOOLS, "--format", "json") for _ in range(2)]
    reports = [_report(process) for process in running]
    assert reports[0]["session_id"] != reports[1]["session_id"]
    assert reports[0]["snapshot"] == reports[1]["snapshot"]
    assert reports[0]["findings"] == reports[1]["findings"] != []


def test_two_commands_that_start_one_stack_both_end_right(cold: Command, workspace: Path) -> None:
    running = [
        cold.start("run", workspace, "--tools", "ruff", "--format", "json") for _ in range(2)
    ]
    reports = [_report(process) for process in running]
    assert reports[0]["findings"] == reports[1]["findings"] != []


def _report(process: subprocess.Popen[str]) -> Any:
    stdout, stderr = process.communicate(timeout=90)
    assert process.returncode == 1, stderr
    assert "Traceback" not in stderr
    return json.loads(stdout)


def _catches(pid: int, wanted: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & 1 << wanted - 1)
