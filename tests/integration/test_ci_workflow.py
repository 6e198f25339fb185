"""The GitHub workflow that users copy, job by job, over repositories of four kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.requirements import require
from fixtures.warm_stack import Command
from fixtures.workflows import Job, Runner

WORKFLOW = Path(__file__).parents[2] / "examples" / "ci" / "pipeline-integration.yml"
CLEAN = "X = 1\n"
FIXABLE = "import os\n\nX = 1\n"
UNFIXABLE = "X = undefined\n"
# `gh`, which GitHub's runners have: it writes down what it is asked, and answers as told.
GH = """#!/bin/sh
printf '%s\\n' "$*" >>"$ASKED"
[ "$GH_TOKEN" = token-of-the-test ] || exit 4
case "$*" in
    "pr create"*) echo https://github.com/octocat/shop/pull/7 ;;
    *PATCH*|*POST*) echo '{}' ;;
    *comments*) printf '%s' "$COMMENT" ;;
esac
"""

Run = Callable[..., dict[str, Job]]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return tmp_path / "asked"


@pytest.fixture
def run(tmp_path: Path, warm: Command, asked: Path) -> Run:
    """`run(repository, event="push", settings="", **options of the runner)`: the jobs' ends."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(GH)
    program.chmod(0o755)

    def start(
        repository: GitRepository,
        *,
        event: str = "push",
        comment: str = "",
        settings: dict[str, Any] | None = None,
        **options: Any,
    ) -> dict[str, Job]:
        (tmp_path / "operator.yaml").write_text(json.dumps(settings or {}))
        path = f"{program.parent}:{Path(require('pipeline-mcp')).parent}:{warm.environment['PATH']}"
        environment = {
            **warm.environment,
            "PATH": path,
            "PIPELINE_CONFIG_FILE": str(tmp_path / "operator.yaml"),
            "ASKED": str(asked),
            "COMMENT": comment,
        }
        scratch = tmp_path / "run"
        github = context(event, repository.git("rev-parse", "HEAD").strip()) | options.pop(
            "github", {}
        )
        runner = Runner(repository.path, scratch, github, environment, **options)
        return runner.run(WORKFLOW)

    return start


def context(event: str, commit: str) -> dict[str, Any]:
    return {
        "event_name": event,
        "event": {},
        "sha": commit,
        "ref_name": "main",
        "repository": "octocat/shop",
        "run_id": "42",
        "token": "token-of-the-test",
    }


def made(git_repository: RepositoryFactory, source: str) -> GitRepository:
    return git_repository({"shop.py": source, "pipeline.yaml": "tools: [ruff]\n"})


def results(jobs: dict[str, Job]) -> list[str]:
    return [job.result for job in jobs.values()]


def test_a_clean_repository_passes(run: Run, git_repository: RepositoryFactory) -> None:
    jobs = run(made(git_repository, CLEAN))
    assert results(jobs) == ["success", "skipped", "skipped", "success", "success"]
    scan = jobs["version-keeper-scan"]
    assert (scan.outputs["has-issues"], scan.outputs["issues-count"]) == ("false", "0")
    assert scan.outputs["session-id"].startswith("pipeline-")
    assert "passed: no findings" in scan.summary
    assert "nothing to integrate" in jobs["github-integration"].summary


def test_what_can_be_fixed_is_patched_validated_and_proposed(
    run: Run, git_repository: RepositoryFactory, asked: Path
) -> None:
    repository = made(git_repository, FIXABLE)
    before = repository.git("rev-parse", "main")
    tested = {"PIPELINE_TEST_COMMAND": "python -c \"import shop; assert not hasattr(shop, 'os')\""}
    jobs = run(repository, variables=tested, inputs={"max_fixes": 5, "force_fresh_report": True})
    # The commit itself is not clean: that is what the last job says.
    assert results(jobs) == ["success", "success", "success", "success", "failure"]
    assert jobs["cleanup"].exit_code == 1
    assert jobs["quality-patcher"].outputs == {
        "fixes-applied": "1",
        "remaining-issues": "0",
        "has-patch": "true",
    }
    validated = jobs["version-keeper-validate"]
    assert validated.outputs == {"validation-passed": "true", "final-issues-count": "0"}
    assert validated.steps["Test the patched tree"] == "success"
    branch = "pipeline-mcp/fixes-main"
    assert repository.git("diff", "--name-only", "main", branch) == "shop.py\n"
    assert "import os" not in repository.git("show", f"{branch}:shop.py")
    assert repository.git("rev-parse", "main") == before
    assert repository.git("log", "-1", "--format=%s", branch) == "Fix 1 findings\n"
    assert [line.split(" --")[0] for line in asked.read_text().splitlines()] == [
        "pr list",
        "pr create",
    ]
    assert "pull/7" in jobs["github-integration"].summary


def test_what_no_tool_can_fix_fails_and_changes_nothing(
    run: Run, git_repository: RepositoryFactory, asked: Path
) -> None:
    repository = made(git_repository, UNFIXABLE)
    jobs = run(repository)
    assert results(jobs) == ["success", "success", "skipped", "skipped", "failure"]
    assert jobs["quality-patcher"].outputs["remaining-issues"] == "1"
    assert jobs["cleanup"].exit_code == 1
    assert "1 findings in this commit" in jobs["cleanup"].log
    assert repository.git("branch", "--list") == "* main\n"
    assert not asked.exists()


def test_a_tool_that_fails_is_never_no_issues(run: Run, git_repository: RepositoryFactory) -> None:
    broken = {"command": ["false", "{files}"], "files": ["*"], "parser": {"kind": "sarif"}}
    repository = made(git_repository, CLEAN)
    repository.write("pipeline.yaml", "tools: [ruff, broken]\n")
    repository.commit()
    jobs = run(repository, settings={"custom_tools": {"broken": broken}})
    assert results(jobs) == ["failure", "skipped", "skipped", "skipped", "failure"]
    scan = jobs["version-keeper-scan"]
    assert scan.exit_code == jobs["cleanup"].exit_code == 3
    assert (scan.outputs["has-issues"], scan.outputs["status"]) == ("unknown", "incomplete")
    assert scan.steps["Keep the reports"] == scan.steps["Upload to code scanning"] == "success"


def test_a_patch_that_does_not_keep_its_promise_is_not_integrated(
    run: Run, git_repository: RepositoryFactory
) -> None:
    repository = made(git_repository, FIXABLE)
    jobs = run(repository, variables={"PIPELINE_TEST_COMMAND": "exit 7"})
    assert results(jobs) == ["success", "success", "failure", "skipped", "failure"]
    assert jobs["version-keeper-validate"].exit_code == 7
    assert jobs["version-keeper-validate"].outputs["validation-passed"] == "false"
    assert repository.git("branch", "--list") == "* main\n"


def change(repository: GitRepository, source: str, head: str) -> dict[str, Any]:
    """What GitHub says of a pull request of this new file; it is committed."""
    base = repository.git("rev-parse", "HEAD").strip()
    repository.write("new.py", source)
    commit = repository.commit()
    told = {"number": 5, "base": {"sha": base}, "head": {"sha": commit}}
    told["head"]["repo"] = {"full_name": head}
    return {"event": {"pull_request": told}}


def test_a_pull_request_is_judged_by_what_it_changes(
    run: Run, git_repository: RepositoryFactory, asked: Path
) -> None:
    repository = made(git_repository, UNFIXABLE)
    event = change(repository, FIXABLE, "octocat/shop")
    jobs = run(repository, event="pull_request", comment="99\n", github=event)
    assert results(jobs) == ["success", "success", "success", "skipped", "failure"]
    assert jobs["version-keeper-scan"].outputs["issues-count"] == "1"  # not the old one
    assert repository.git("branch", "--list") == "* main\n"
    listed, changed = asked.read_text().splitlines()
    assert listed.startswith("api --paginate repos/octocat/shop/issues/5/comments")
    assert changed.startswith("api --method PATCH repos/octocat/shop/issues/comments/99 ")
    comment = (jobs["cleanup"].temporary / "comment.md").read_text()
    assert comment.startswith("<!-- pipeline-mcp -->\nA validated patch for 1 of the findings")


def test_a_fork_is_looked_at_without_a_token_that_writes(
    run: Run, git_repository: RepositoryFactory, asked: Path
) -> None:
    repository = made(git_repository, UNFIXABLE)
    event = change(repository, CLEAN, "mallory/shop")
    jobs = run(repository, event="pull_request", github=event)
    assert results(jobs) == ["success", "skipped", "skipped", "skipped", "success"]
    scan, cleanup = jobs["version-keeper-scan"], jobs["cleanup"]
    assert scan.steps["Upload to code scanning"] == "skipped"
    assert cleanup.steps["Comment on the pull request"] == "skipped"
    assert not asked.exists()


def test_no_job_may_do_more_than_it_needs() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert workflow["permissions"] == {}
    writes = {
        name: {scope for scope, may in job["permissions"].items() if may == "write"}
        for name, job in workflow["jobs"].items()
    }
    assert writes == {
        "version-keeper-scan": {"security-events"},
        "quality-patcher": set(),
        "version-keeper-validate": set(),
        "github-integration": {"contents", "pull-requests"},
        "cleanup": {"pull-requests"},
    }
    assert [job["timeout-minutes"] for job in workflow["jobs"].values()] == [15, 20, 15, 10, 5]
    # With a token that writes contents no tool runs, and nothing of a registry is installed.
    for name in ("github-integration", "cleanup"):
        scripts = " ".join(step.get("run", "") for step in workflow["jobs"][name]["steps"])
        assert not any(part in scripts for part in ("pip install", "pipeline-mcp scan", "python"))
