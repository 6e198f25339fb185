"""The older system's two command lines: their options, their JSON, and nothing that they fake."""

from __future__ import annotations

import json
import os
import pty
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures import own_backend
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.stack import Answer
from fixtures.warm_stack import Command

LINT = ["timestamp", "session_id", "version", "branch", "summary", "details", "performance"]
LINT += ["recommendations", "priority_fixes"]
FIXES = ["timestamp", "session_id", "summary", "details", "performance", "recommendations"]
FIXES += ["session_results", "source_lint_report"]
BEFORE = {
    "a.py": b"import os\n\nprint(missing)\n",
    "b.py": b"import sys\r\n\r\nx = 1\r\n",
    "old.bak/c.py": b"print(gone)\n",
}
FIXED = {"a.py": b"\nprint(missing)\n", "b.py": b"\r\nx = 1\r\n"}
SILENT = ("--output-format", "json")

Older = Callable[..., Answer]


@pytest.fixture
def shop(git_repository: RepositoryFactory) -> GitRepository:
    return git_repository(
        BEFORE
        | {
            "pyproject.toml": b'[project]\nname = "shop"\nversion = "1.2.0"\n',
            "pipeline.yaml": b"tools: [ruff]\n",
        }
    )


def older(warm: Command, module: str, place: GitRepository) -> Older:
    """Runs one of the two commands in the repository."""
    python = replace(warm, program=sys.executable)

    def run(*words: str | Path, **options: Any) -> Answer:
        command = ("-P", "-m", f"pipeline_mcp.compat.{module}")
        return python(*command, *words, cwd=place.path, **options)

    return run


@pytest.fixture
def keeper(warm: Command, shop: GitRepository) -> Older:
    return older(warm, "version_keeper", shop)


@pytest.fixture
def patcher(warm: Command, shop: GitRepository) -> Older:
    return older(warm, "quality_patcher", shop)


def contents(repository: GitRepository) -> dict[str, bytes]:
    return {name: (repository.path / name).read_bytes() for name in FIXED}


def statuses(document: dict[str, Any]) -> list[str]:
    return [each["status"] for each in document["session_results"]["fixes_processed"]]


def test_a_scan_is_the_older_lint_report(
    keeper: Older, shop: GitRepository, tmp_path: Path
) -> None:
    saved, session = tmp_path / "out" / "reports", tmp_path / "session"
    mine = "pipeline-1700000000-0a1b2c3d"
    answer = keeper("--lint-only", *SILENT, "--output-dir", saved, "--session-dir", session)
    report = answer.json
    assert answer.exit_code == 1
    assert list(report) == LINT
    assert (report["version"], report["branch"]) == ("1.2.0", "main")
    assert report["summary"] == {
        "total_issues": 4,
        "fixes_applied": 0,
        "remaining_issues": 4,
        "success_rate": 0.0,
    }
    assert report["details"].keys() == {
        *("quality_issues", "security_issues", "duplicate_issues", "connection_issues")
    }
    ruff = report["details"]["quality_issues"]["ruff"]
    assert ruff.keys() == {"passed", "stdout", "stderr", "fixes"}
    assert len(ruff["stdout"].splitlines()) == 4
    assert report["priority_fixes"][0].keys() == {"priority", "category", "fix"}
    for directory in (saved, session / "lint"):
        (file,) = directory.glob("claude-lint-report-*.json")
        assert json.loads(file.read_text()) == report
    assert shop.git("status", "--porcelain", "--ignored") == ""
    chosen = keeper("--claude-lint", "--quick-check", *SILENT, "--session-id", mine)
    assert chosen.json["session_id"] == mine
    again = keeper("--lint-only", "--session-id", mine)
    assert (again.exit_code, again.stdout) == (2, "")


def test_a_scan_leaves_out_what_it_is_told_to(keeper: Older, tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.json"
    answer = keeper(
        *("--lint-only", "--exclude-backups", "--real-issues-only", *SILENT),
        *("--output-file", file),
    )
    assert (answer.exit_code, answer.stdout) == (1, "")
    report = json.loads(file.read_text())
    said = report["details"]["quality_issues"]["ruff"]["stdout"]
    assert said == "a.py:3:7: Undefined name `missing` (ruff F821)"
    assert report["summary"]["total_issues"] == 1


def test_a_scan_has_the_tools_that_it_is_asked_for(keeper: Older, shop: GitRepository) -> None:
    both = keeper("--detect-duplicates", "--check-connections", *SILENT).json
    assert both["details"]["quality_issues"].keys() == {"duplicates", "imports"}
    shop.write("pipeline.yaml", "")
    every = keeper("--comprehensive-lint", "--exclude-duplicates", *SILENT).json
    assert {"pylint", "imports"} <= every["details"]["quality_issues"].keys()
    assert "duplicates" not in every["details"]["quality_issues"]
    nothing = keeper("--detect-duplicates", "--exclude-duplicates")
    assert (nothing.exit_code, nothing.stdout) == (2, "")


def test_fixes_are_applied_and_undone(
    warm: Command, keeper: Older, patcher: Older, shop: GitRepository, tmp_path: Path
) -> None:
    session = tmp_path / "session"
    scanned = keeper("--lint-only", "--exclude-backups", *SILENT, "--session-dir", session).json
    (report,) = (session / "lint").iterdir()
    answer = patcher("--lint-report", report, "--auto-apply", "--claude-agent", *SILENT)
    fixed = answer.json
    assert list(fixed) == [*FIXES, "agent_instructions"]
    assert answer.exit_code == 1  # something is left
    assert contents(shop) == FIXED
    assert fixed["summary"] == {
        "total_issues": scanned["summary"]["total_issues"],
        "fixes_applied": 2,
        "fixes_failed": 0,
        "fixes_skipped": 0,
        "remaining_issues": 1,
        "success_rate": 66.7,
    }
    assert fixed["details"].keys() == {
        *("fixes_attempted", "max_fixes_limit", "session_duration"),
        *("performance_metrics", "fix_timings"),
    }
    assert fixed["performance"].keys() == {
        *("duration_seconds", "fixes_per_minute", "average_fix_time", "success_rate")
    }
    processed = fixed["session_results"]["fixes_processed"]
    assert statuses(fixed) == ["applied", "applied"]
    assert processed[0].keys() >= {
        *("fix_item", "status", "reason", "validation", "line_validation", "backup_path"),
        "timestamp",
    }
    assert fixed["source_lint_report"] == str(report)
    assert [each["rule"] for each in fixed["agent_instructions"]] == ["F821"]
    assert warm("undo", fixed["session_id"]).exit_code == 0
    assert contents(shop) == {name: BEFORE[name] for name in FIXED}


@pytest.mark.parametrize("words", [("--dry-run", "--auto-apply"), ("--non-interactive",)])
def test_without_auto_apply_no_file_changes(
    patcher: Older, shop: GitRepository, words: tuple[str, ...]
) -> None:
    answer = patcher(*words, "--max-fixes", "1", "--fresh-report", *SILENT)
    fixed = answer.json
    assert shop.git("status", "--porcelain") == ""
    assert statuses(fixed) == ["skipped"]
    summary = fixed["summary"]
    assert (summary["fixes_applied"], summary["remaining_issues"]) == (0, 4)
    assert summary["fixes_skipped"] == 2  # one is verified, and one was not tried
    assert (fixed["details"]["max_fixes_limit"], fixed["source_lint_report"]) == (1, None)
    assert f"pipeline-mcp apply {fixed['session_id']}" in answer.stderr


def test_on_a_terminal_the_user_is_asked_file_by_file(patcher: Older, shop: GitRepository) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"n\ny\n")
    answer = patcher(*SILENT, stdin=theirs)
    os.close(theirs)
    os.close(ours)
    assert contents(shop) == {"a.py": BEFORE["a.py"], "b.py": FIXED["b.py"]}
    assert sorted(statuses(answer.json)) == ["applied", "cancelled"]
    assert "-import sys" in answer.stderr


def test_what_has_nothing_to_do_says_so(warm: Command, patcher: Older, tmp_path: Path) -> None:
    words = ("--protocol-dir", tmp_path, "--monitor-lint", "--claude-cli", "--debug")
    answer = patcher(*words, "--background", *SILENT, "--batch-mode", "--no-interactive")
    assert answer.exit_code == 0
    assert answer.json["status"] in {"queued", "running"}
    for option in ("--protocol-dir", "--monitor-lint", "--claude-cli"):
        assert sum(line.startswith(option) for line in answer.stderr.splitlines()) == 1
    assert warm("cancel", answer.json["session_id"]).exit_code in {0, 2}


def test_a_report_that_is_none_or_of_elsewhere_is_told(
    patcher: Older, shop: GitRepository, tmp_path: Path
) -> None:
    foreign = tmp_path / "claude-lint-report-1.json"
    foreign.write_text(json.dumps({"session_id": "version-keeper-1", "version": "1.1.0"}))
    old = patcher("--lint-report", foreign, "--version-match", *SILENT)
    assert (old.exit_code, old.stdout) == (2, "")
    assert "of version 1.1.0" in old.stderr
    anew = patcher("--session-dir", tmp_path, "--auto-mode", *SILENT)
    assert "is no session here" in anew.stderr
    assert anew.json["source_lint_report"] == str(foreign)
    assert contents(shop) == FIXED
    foreign.write_text("[]")
    for path in (foreign, tmp_path / "nowhere.json"):
        wrong = patcher("--lint-report", path)
        assert (wrong.exit_code, wrong.stdout) == (2, "")


def test_a_release_is_checked_whole_before_the_version_goes_up(
    warm: Command, git_repository: RepositoryFactory, tmp_path: Path
) -> None:
    files = dict(own_backend.FILES) | {"pipeline.yaml": _PIPELINE}
    place = git_repository(files, name="release")
    keeper = older(warm, "version_keeper", place)
    untrusted = keeper("--bump-type", "minor", *SILENT)
    assert (untrusted.exit_code, untrusted.json["overall_status"]) == (3, "incomplete")
    assert (untrusted.json["bump"], place.git("status", "--porcelain")) == (None, "")
    assert warm("scan", place.path, "--trust").exit_code == 0
    dry = keeper("--bump-type", "minor", "--dry-run", *SILENT, "--output-dir", tmp_path)
    assert dry.exit_code == 0, dry.json
    report = dry.json
    assert (report["version"], report["overall_status"]) == ("1.3.0", "passed")
    assert report["quality_checks"] == {"ruff": True}
    assert report["test_results"] == {"tests": True}
    assert report["compatibility"]["compatible"] is True
    assert report["bump"]["dry_run"] is True
    assert json.loads((tmp_path / "release-report-1.3.0.json").read_text()) == report
    assert place.git("status", "--porcelain", "--ignored") == ""
    place.write("shop.py", own_backend.SHOP + "print(missing)\n")
    failed = keeper("--skip-tests", "--skip-build", *SILENT)
    assert failed.exit_code == 1
    assert failed.json["quality_checks"] == {"ruff": False}
    assert place.git("status", "--porcelain") == " M shop.py\n"
    place.write("shop.py", own_backend.SHOP)
    assert keeper("--skip-tests", "--skip-build", *SILENT).exit_code == 0
    assert 'version = "1.2.1"' in (place.path / "pyproject.toml").read_text()
    assert keeper("--base-branch", "nope", "--skip-tests", "--skip-build").exit_code == 2


_PIPELINE = f"tools: [ruff]\nexclude: [backend.py]\n{own_backend.FILES['pipeline.yaml']!s}"
