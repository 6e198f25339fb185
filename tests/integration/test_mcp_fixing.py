"""An agent has findings fixed, applied and undone over MCP, on a real work tree."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.warm_stack import Command
from fixtures.web_server import texts
from mcp import Client
from mcp.types import ElicitResult

Ask = Callable[..., Any]


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    """Three unused imports in two files, and a name that nobody defines."""
    return git_repository(
        {
            "a.py": "import os\nimport sys\n\nprint(missing)\n",
            "b.py": "import os\r\nx = 1\r\n",
            "ruff.toml": 'lint.select = ["F"]\n',
        }
    )


@pytest.fixture
def ask(warm_server: str) -> Ask:
    """`ask("session_apply", session_id=…)` gives the envelope; with `yes` it can be asked."""

    def call(tool: str, /, *, yes: bool | None = None, fails: bool = False, **sent: Any) -> Any:
        async def on_question(_ctx: Any, _params: Any) -> ElicitResult:
            return ElicitResult(action="accept" if yes else "decline", content={"confirm": True})

        async def main() -> Any:
            options = {} if yes is None else {"elicitation_callback": on_question}
            async with Client(warm_server, mode="2026-07-28", **options) as client:
                return await client.call_tool(tool, sent)

        answer = anyio.run(main)
        assert answer.is_error is fails, texts(answer)
        return texts(answer) if fails else answer.structured_content

    return call


@pytest.fixture
def scanned(ask: Ask, repository: GitRepository) -> str:
    """The id of a session that has looked at the repository with ruff."""
    sent = {"workspace": str(repository.path), "options": {"tools": ["ruff"]}, "wait_seconds": 45}
    return str(ask("version_keeper_scan", **sent)["session_id"])


def text(repository: GitRepository, name: str) -> bytes:
    return (repository.path / name).read_bytes()


def test_findings_are_fixed_applied_and_undone(
    ask: Ask, repository: GitRepository, scanned: str
) -> None:
    before = {name: text(repository, name) for name in ("a.py", "b.py")}
    fixed = ask("quality_patcher_fix", session_id=scanned, wait_seconds=60)
    results = fixed["results"]
    assert (fixed["status"], results["source_session_id"]) == ("success", scanned)
    assert results["application"]["counts"] == {"applied": 2}
    assert text(repository, "a.py") == b"\nprint(missing)\n"
    assert text(repository, "b.py") == b"x = 1\r\n"
    summary = results["summary"]
    assert {key: summary[key] for key in ("total_issues", "fixes_applied", "remaining_issues")} == {
        "total_issues": 4,
        "fixes_applied": 3,
        "remaining_issues": 1,
    }
    assert (summary["fixes_failed"], summary["fixes_skipped"]) == (0, 0)
    assert summary["success_rate"] == 75.0
    processed = results["session_results"]["fixes_processed"]
    assert {one["status"] for one in processed} == {"applied"}
    assert results["details"]["max_fixes_limit"] == 10
    left = results["agent_instructions"]
    assert [(one["rule"], one["path"]) for one in left] == [("F821", "a.py")]
    assert "print(missing)" in "".join(left[0]["excerpt"])
    undone = ask("session_undo", session_id=fixed["session_id"])
    assert (undone["status"], undone["results"]["counts"]) == ("success", {"undone": 2})
    assert {name: text(repository, name) for name in before} == before
    status = ask("pipeline_status", session_id=fixed["session_id"])
    assert status["results"]["application"]["action"] == "undo"


def test_a_limit_is_exact_and_without_auto_apply_nothing_is_written(
    ask: Ask, repository: GitRepository, scanned: str
) -> None:
    fixed = ask(
        "quality_patcher_fix",
        session_id=scanned,
        max_fixes=1,
        auto_apply=False,
        claude_agent=False,
        wait_seconds=60,
    )
    results = fixed["results"]
    assert results["summary"]["fixes_applied"] == 1
    assert results["summary"]["fixes_skipped"] == 2
    assert results["application"] is None
    assert "agent_instructions" not in results
    assert repository.git("status", "--porcelain") == ""
    dry = ask("session_apply", session_id=fixed["session_id"], dry_run=True)["results"]
    assert dry["counts"] == {"ready": 1}
    command = ["git", "apply", "--check", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=repository.path, input=dry["patch"].encode(), check=True)
    assert repository.git("status", "--porcelain") == ""
    (path,) = (file["path"] for file in dry["files"])
    (repository.path / path).write_text("mine\n")
    partial = ask("session_apply", session_id=fixed["session_id"])
    assert (partial["status"], partial["results"]["counts"]) == ("partial", {"moved_on": 1})
    assert text(repository, path) == b"mine\n"


def test_a_patch_is_committed_on_a_branch(
    ask: Ask, repository: GitRepository, scanned: str
) -> None:
    repository.git("config", "user.name", "Ada")
    repository.git("config", "user.email", "ada@example.org")
    sent = {"session_id": scanned, "auto_apply": False, "wait_seconds": 60}
    wish = {"branch": "fixes/lint", "push": False}
    fixed = ask("quality_patcher_fix", **sent)["session_id"]
    dry = ask("session_apply", session_id=fixed, integrate=wish, dry_run=True)["results"]
    assert (dry["commit"], dry["files"]) == (None, ["a.py", "b.py"])
    refused = ask("session_apply", session_id=fixed, integrate=wish, files=["a.py"], fails=True)
    assert "integrate goes with none of files" in refused
    done = ask("session_apply", session_id=fixed, integrate=wish)
    assert (done["status"], done["results"]["left_out"]) == ("success", [])
    assert repository.git("rev-parse", "fixes/lint").strip() == done["results"]["commit"]
    assert repository.git("status", "--porcelain") == ""
    missing = ask("session_apply", session_id=fixed, integrate={"push": True})
    assert missing["status"] == "partial"
    assert "no remote 'origin'" in missing["results"]["error"]


def test_a_person_who_declines_keeps_his_files(
    ask: Ask, repository: GitRepository, scanned: str
) -> None:
    refused = ask("quality_patcher_fix", session_id=scanned, yes=False, fails=True)
    assert "Nothing was done" in refused
    sent = {"session_id": scanned, "auto_apply": False, "wait_seconds": 60}
    fixed = ask("quality_patcher_fix", yes=False, **sent)["session_id"]  # nothing to ask about
    assert "Nothing was done" in ask("session_apply", session_id=fixed, yes=False, fails=True)
    assert ask("session_apply", session_id=fixed, dry_run=True, yes=False)["status"] == "success"
    assert repository.git("status", "--porcelain") == ""
    assert ask("session_apply", session_id=fixed, yes=True)["results"]["counts"] == {"applied": 2}
    assert "Nothing was done" in ask("session_undo", session_id=fixed, yes=False, fails=True)
    assert ask("session_undo", session_id=fixed, yes=True)["results"]["counts"] == {"undone": 2}


def test_a_repeated_call_starts_nothing_more(ask: Ask, scanned: str) -> None:
    sent = {"session_id": scanned, "auto_apply": False, "idempotency_key": f"fix-{scanned}"}
    first, again = (ask("quality_patcher_fix", **sent) for _ in range(2))
    assert first["session_id"] == again["session_id"]


def test_a_lint_report_must_be_that_of_the_session(
    ask: Ask, warm: Command, repository: GitRepository, tmp_path: Path
) -> None:
    report = repository.path / "report.json"
    options = ("--tools", "ruff", "--format", "json", "--output", report)
    warm("scan", repository.path, *options)
    known = json.loads(report.read_text())["session_id"]
    sent = {"session_id": known, "auto_apply": False}
    named = ask("quality_patcher_fix", lint_report_path="report.json", **sent)
    assert named["results"]["source_lint_report"] == "report.json"
    (tmp_path / "outside.json").write_text(report.read_text())
    (repository.path / "no.json").write_text("nonsense")
    report.write_text(report.read_text().replace(known, "pipeline-1795557824-00000000"))
    for path, said in (
        ("report.json", "is the report of 'pipeline-1795557824-00000000'"),
        ("no.json", "is no JSON"),
        ("../outside.json", "outside the workspace"),
        ("missing.json", "does not exist"),
    ):
        refused = ask("quality_patcher_fix", lint_report_path=path, fails=True, **sent)
        assert said in refused


def test_a_patch_of_the_agents_own_is_verified_and_applied(
    ask: Ask, repository: GitRepository, scanned: str
) -> None:
    (repository.path / "a.py").write_text("import os\nimport sys\n\nmissing = 1\nprint(missing)\n")
    (repository.path / "b.py").write_bytes(b"import os\r\nx = gone\r\n")
    # Not through `repository.git`, whose text has no CR.
    printed = subprocess.run(["git", "diff"], cwd=repository.path, check=True, capture_output=True)
    proposed = printed.stdout.decode()
    repository.git("checkout", "--quiet", ".")
    sent = {"session_id": scanned, "patch": proposed, "wait_seconds": 60}
    checked = ask("session_apply", dry_run=True, **sent)["results"]
    assert checked["application"] is None
    assert repository.git("status", "--porcelain") == ""
    results = ask("session_apply", **sent)["results"]
    assert results["application"]["counts"] == {"applied": 1}
    assert repository.git("diff", "--name-only").split() == ["a.py"]  # b.py got worse
    statuses = {one["status"] for one in results["session_results"]["fixes_processed"]}
    assert statuses == {"applied", "failed"}
    refused = ask("session_apply", files=["a.py"], fails=True, **sent)
    assert "files and all_or_nothing are for a session's own patch" in refused


def test_what_has_no_patch_is_told(ask: Ask, scanned: str) -> None:
    refused = ask("session_apply", session_id=scanned, fails=True)
    assert "has looked and fixed nothing" in refused
    assert "quality_patcher_fix" in refused
