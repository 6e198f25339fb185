"""The stages of a scan as plain functions: what is run, what is remembered, what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import migrate, sessions
from pipeline_mcp.db.engine import engine, transaction
from pipeline_mcp.domain.report import Report
from pipeline_mcp.domain.session import SessionRequest, SessionStatus, new_session_id
from pipeline_mcp.scanning import surroundings
from pipeline_mcp.scanning.capture import capture
from pipeline_mcp.scanning.close import close_scan, finish
from pipeline_mcp.scanning.execute import execute
from pipeline_mcp.scanning.plan import plan
from pipeline_mcp.sessions.report import report

Scan = Callable[..., Report]


@pytest.fixture
def workspace(tmp_path: Path, state_dir: Path) -> Path:
    migrate.upgrade()
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "clean.py").write_text('"""Nothing wrong."""\n')
    (root / "unused.py").write_text("import os\n")
    return root


def begin(workspace: Path, **options: object) -> str:
    session_id = new_session_id()
    request = SessionRequest(str(workspace), settings().node, **options)  # type: ignore[arg-type]
    with transaction() as connection:
        sessions.insert(connection, session_id, request)
    return session_id


@pytest.fixture
def scan(workspace: Path) -> Scan:
    """Run one session over the workspace, stage by stage."""

    def scan(*tools: str, **options: object) -> Report:
        session_id = begin(workspace, tools=tools, **options)
        capture(session_id)
        for key, _tool in plan(session_id)[0]:
            execute(session_id, key, owner="test")
        close_scan(session_id)
        finish(session_id)
        return report(session_id)

    return scan


def rules(found: Report) -> list[tuple[str, str]]:
    return [(finding.path, finding.rule) for finding in found.findings]


def test_findings_come_out_and_the_gate_fails(scan: Scan) -> None:
    found = scan("ruff")
    assert rules(found) == [("unused.py", "F401")]
    assert found.status is SessionStatus.FAILED
    assert all(finding.fingerprint for finding in found.findings)


def test_nothing_found_passes(scan: Scan, workspace: Path) -> None:
    (workspace / "unused.py").unlink()
    assert scan("ruff").status is SessionStatus.PASSED


def test_nothing_changed_is_answered_from_the_cache_with_the_same_findings(scan: Scan) -> None:
    first, second = scan("ruff", "mypy"), scan("ruff", "mypy")
    assert (first.units_cached, second.units_cached) == (0, second.units)
    assert first.findings == second.findings


def test_a_one_file_change_runs_that_file_and_the_whole_program_tools(
    scan: Scan, workspace: Path
) -> None:
    scan("black", "mypy")
    (workspace / "clean.py").write_text('"""Still nothing wrong."""\n')
    ran = {tool.tool: tool for tool in scan("black", "mypy").tools}
    assert (ran["black"].files, ran["black"].files_cached) == (2, 1)
    assert (ran["mypy"].units, ran["mypy"].cached) == (1, 0)


def test_a_new_file_makes_context_scoped_results_stale(scan: Scan, workspace: Path) -> None:
    scan("ruff", "black")
    (workspace / "another.py").write_text('"""One more."""\n')
    ran = {tool.tool: tool for tool in scan("ruff", "black").tools}
    assert ran["ruff"].files_cached == 0
    assert ran["black"].files_cached == 2


def test_changed_configuration_makes_results_stale(scan: Scan, workspace: Path) -> None:
    scan("ruff")
    (workspace / "ruff.toml").write_text('lint.ignore = ["F401"]\n')
    found = scan("ruff")
    assert (found.units_cached, rules(found)) == (0, [])


def test_configuration_above_the_state_directory_is_told_and_makes_results_stale(
    scan: Scan, state_dir: Path
) -> None:
    scan("ruff")
    above = state_dir / "ruff.toml"
    above.write_text('lint.ignore = ["F401"]\n')
    surroundings._above.cache_clear()
    found = scan("ruff")
    assert found.units_cached == 0
    assert any(str(above) in notice for notice in found.notices)


def test_the_cache_can_be_left_out(scan: Scan) -> None:
    scan("ruff")
    assert scan("ruff", use_cache=False).units_cached == 0


def test_a_tool_that_is_not_installed_is_incomplete_and_says_so(
    scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline_mcp.tools.executables.Program.argv", lambda self: None)
    found = scan("ruff")
    assert found.status is SessionStatus.INCOMPLETE
    assert "not installed" in (found.tools[0].error or "")


def test_a_crash_is_incomplete_and_never_remembered(
    scan: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crashing = tmp_path / "crash"
    crashing.write_text("#!/bin/sh\nkill -9 $$\n")
    crashing.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline_mcp.tools.executables.Program.argv", lambda self: [str(crashing)])
        found = scan("ruff")
    assert (found.status, found.tools[0].outcome) == (SessionStatus.INCOMPLETE, "tool_error")
    assert scan("ruff").status is SessionStatus.FAILED


def test_a_tool_that_takes_too_long_is_a_timeout(
    scan: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "slow"
    slow.write_text('#!/bin/sh\n[ "$1" = --version ] && echo 1.0 || exec sleep 600\n')
    slow.chmod(0o755)
    monkeypatch.setattr("pipeline_mcp.tools.executables.Program.argv", lambda self: [str(slow)])
    monkeypatch.setenv("PIPELINE_TOOL__TIMEOUT_SECONDS", "0.3")
    settings.cache_clear()
    found = scan("ruff")
    assert (found.status, found.tools[0].outcome) == (SessionStatus.INCOMPLETE, "timeout")


def test_unreadable_output_is_a_tool_error(
    scan: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chatty = tmp_path / "chatty"
    chatty.write_text("#!/bin/sh\necho hello\n")
    chatty.chmod(0o755)
    monkeypatch.setattr("pipeline_mcp.tools.executables.Program.argv", lambda self: [str(chatty)])
    found = scan("ruff")
    assert (found.status, found.tools[0].outcome) == (SessionStatus.INCOMPLETE, "tool_error")


def test_only_the_files_that_were_asked_about_are_reported(scan: Scan, workspace: Path) -> None:
    (workspace / "more.py").write_text("import sys\n")
    assert rules(scan("ruff", "mypy", files=("more.py",))) == [("more.py", "F401")]


def test_every_stage_may_be_run_twice(workspace: Path) -> None:
    session_id = begin(workspace, tools=("ruff",))
    assert capture(session_id) == capture(session_id)
    first, second = plan(session_id), plan(session_id)
    assert first == second
    [(key, _tool)] = first[0]
    assert execute(session_id, key, owner="a") == execute(session_id, key, owner="b")
    assert plan(session_id)[0] == []
    assert [close_scan(session_id), close_scan(session_id)] == [True, False]
    finish(session_id)
    finish(session_id)
    assert len(report(session_id).findings) == 1


def test_a_scan_with_open_units_is_neither_closed_nor_judged(workspace: Path) -> None:
    session_id = begin(workspace, tools=("ruff",))
    capture(session_id)
    plan(session_id)
    assert not close_scan(session_id)
    finish(session_id)
    assert report(session_id).status is SessionStatus.RUNNING


def test_a_cancelled_session_plans_and_starts_nothing(workspace: Path) -> None:
    session_id = begin(workspace, tools=("ruff",))
    capture(session_id)
    [(key, _tool)] = plan(session_id)[0]
    with transaction() as connection:
        sessions.cancel(connection, session_id)
    assert execute(session_id, key, owner="test").outcome == "stopped"
    assert plan(session_id)[0] == []
    assert report(session_id).status is SessionStatus.CANCELLED


def test_an_empty_workspace_passes_and_says_that_nothing_was_checked(
    scan: Scan, workspace: Path
) -> None:
    for file in workspace.iterdir():
        file.unlink()
    found = scan()
    assert (found.status, found.units) == (SessionStatus.PASSED, 0)
    assert any("nothing was checked" in notice for notice in found.notices)


def test_a_module_that_the_snapshot_left_out_is_no_broken_import(
    scan: Scan, workspace: Path
) -> None:
    package = workspace / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "made.py").write_text("X = 1\n")
    (package / "linked.py").symlink_to("made.py")
    (package / "use.py").write_text("import pkg.made\nimport pkg.linked\nimport pkg.nothing\n")
    assert [one.line for one in scan("imports", exclude=("pkg/made.py",)).findings] == [3]


def test_a_state_directory_inside_the_workspace_is_no_part_of_it(
    scan: Scan, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "deep" / "state").mkdir(parents=True)
    (workspace / "deep" / "state" / "of_the_same_name.py").write_text("import os\n")
    before = scan("ruff")
    assert len(before.findings) == 2
    monkeypatch.setenv("PIPELINE_STATE_DIR", str(workspace / "state"))
    settings.cache_clear()
    engine.cache_clear()
    (workspace / "state").mkdir()
    migrate.upgrade()
    assert [scan("ruff").snapshot for _ in range(2)] == [before.snapshot] * 2


def test_a_database_inside_the_workspace_is_never_read(
    scan: Scan, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scan("ruff")
    monkeypatch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{workspace / 'mine.db'}")
    settings.cache_clear()
    engine.cache_clear()
    migrate.upgrade()
    assert [scan("ruff").snapshot for _ in range(2)] == [before.snapshot] * 2
    assert (workspace / "mine.db").exists()


def test_odd_file_names_are_scanned_like_any_other(scan: Scan, workspace: Path) -> None:
    names = ["with space.py", "-dash.py", "new\nline.py", "ünïcode.py"]
    for name in names:
        (workspace / name).write_text("import os\n")
    assert {path for path, _rule in rules(scan("ruff"))} == {*names, "unused.py"}
