"""1. A session: a project goes in, findings come out, and the exit code says how it went.

Nothing has to be set up. The command starts a Valkey server and a worker of its own, sends the
pipeline to them, waits for its end, and both are gone a moment after the last command.
"""

from __future__ import annotations

import re
from pathlib import Path

from fixtures.stack import Pipeline

from pipeline_mcp.domain.session import Progress, RunOptions, SessionStatus
from pipeline_mcp.embedded.stack import connected
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.report import report
from pipeline_mcp.sessions.resolve import resolve
from pipeline_mcp.sessions.submit import submit


def test_a_project_with_flaws_fails(project: Path, pipeline: Pipeline) -> None:
    answer = pipeline("run", project, "--tools", "ruff")
    assert answer.exit_code == 1
    assert "Undefined name `tax`" in answer.stdout


def test_a_project_without_flaws_passes(project: Path, pipeline: Pipeline) -> None:
    (project / "shop.py").unlink()
    assert pipeline("run", project, "--tools", "ruff").exit_code == 0


def test_progress_goes_to_stderr_and_the_answer_to_stdout(
    project: Path, pipeline: Pipeline
) -> None:
    answer = pipeline("run", project, "--tools", "ruff", "--format", "json")
    assert answer.json["status"] == "failed"
    assert "ruff" in answer.stderr
    assert pipeline("run", project, "--tools", "ruff", "--quiet").stderr == ""


def test_a_session_can_be_left_alone_and_looked_after_later(
    project: Path, pipeline: Pipeline, wait_until
) -> None:
    # `--detach` prints a handle at once …
    handle = pipeline("run", project, "--tools", "ruff", "--detach", "--format", "json").json
    session_id = handle["session_id"]
    assert re.fullmatch(r"pipeline-\d+-[0-9a-f]{8}", session_id)

    # … any other command, on any host with the same database, can ask how it stands …
    def is_over() -> bool:
        status = pipeline("status", session_id, "--format", "json").json
        return bool(status["units"]["total"] and status["status"] == "failed")

    wait_until(is_over, timeout=60, message="the session ends")

    # … and it is in the list for ever after.
    listed = pipeline("sessions", "--format", "json").json["sessions"]
    assert [each["session_id"] for each in listed] == [session_id]


def test_the_same_from_python(project: Path, state_dir: Path) -> None:
    seen: list[Progress] = []
    with connected():  # broker, database and a worker, for as long as we are inside
        request = resolve(RunOptions(path=str(project), tools=("ruff",)))
        session_id = submit(request)  # from here on the session is safe in the database
        session = wait(session_id, timeout=60, on_progress=seen.append)
    assert session.status is SessionStatus.FAILED
    assert seen[-1].session == session
    assert [finding.rule for finding in report(session_id).findings] == ["F401", "F821"]


def test_a_run_that_could_not_ask_every_tool_never_says_passed(
    project: Path, pipeline: Pipeline
) -> None:
    (project / "shop.py").unlink()
    (project / "pipeline.yaml").write_text(
        "custom_tools:\n"
        "  broken:\n"
        '    command: ["false", "{files}"]\n'
        '    files: ["*.py"]\n'
        "    parser: {kind: sarif}\n"
    )
    answer = pipeline("run", project, "--tools", "ruff,broken", "--trust", "--format", "json")
    assert answer.exit_code == 3, answer.stderr
    assert answer.json["status"] == "incomplete"
